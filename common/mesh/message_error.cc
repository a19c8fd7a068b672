#include "common/mesh/message_error.h"

#include <string>
#include <utility>

#include "common/crypto/digest.h"
#include "common/crypto/udf.h"
#include "common/mesh/message.h"
#include "proto/mesh.pb.h"

namespace mesh {
namespace {

constexpr std::string_view kUndelivered = "Undelivered";
constexpr size_t kNonceBytes = 16;  // Of a MessageID.

}  // namespace

Result<proto::Envelope> MakeMessageError(const Undelivered& what, WallMillis now,
                                         crypto::RandomSource& random) {
  MessageError message;
  message.head.message_id =
      crypto::FormatUdf(crypto::UdfType::kNonce, crypto::RandomBytes(kNonceBytes, random));
  message.head.sender = what.recipient;
  message.head.recipient = what.sender;
  message.head.references.push_back({std::string(what.message_id), {}, std::string(kUndelivered)});
  message.error = what.error;
  std::string payload;
  WriteMessage(message, payload);
  MESH_ASSIGN(dare::Envelope wrapped, WrapMessage(message.head, payload, now, nullptr));
  proto::Envelope envelope;
  envelope.set_header(std::move(wrapped.header));
  envelope.set_trailer(std::move(wrapped.trailer));
  envelope.set_payload_digest(std::string(crypto::Sha512(payload).view()));
  envelope.set_payload(std::move(payload));
  envelope.set_envelope_id(crypto::EnvelopeId(message.head.message_id));
  envelope.set_unique_id(message.head.message_id);
  envelope.set_message_type(message.head.type);
  return envelope;
}

}  // namespace mesh
