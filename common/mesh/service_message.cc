#include "common/mesh/service_message.h"

#include <utility>

#include "common/crypto/digest.h"
#include "common/crypto/udf.h"
#include "proto/mesh.pb.h"

namespace mesh {

Result<proto::Envelope> ServiceMessage(const MessageHead& head, std::string payload,
                                       WallMillis created) {
  MESH_ASSIGN(dare::Envelope wrapped, WrapMessage(head, payload, created, nullptr));
  proto::Envelope envelope;
  envelope.set_header(std::move(wrapped.header));
  envelope.set_trailer(std::move(wrapped.trailer));
  envelope.set_payload_digest(std::string(crypto::Sha512(payload).view()));
  envelope.set_payload(std::move(payload));
  envelope.set_envelope_id(crypto::EnvelopeId(head.message_id));
  envelope.set_unique_id(head.message_id);
  envelope.set_message_type(head.type);
  return envelope;
}

}  // namespace mesh
