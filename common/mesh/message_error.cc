#include "common/mesh/message_error.h"

#include <string>
#include <utility>

#include "common/crypto/udf.h"
#include "common/mesh/message.h"
#include "common/mesh/service_message.h"
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
  return ServiceMessage(message.head, std::move(payload), now);
}

}  // namespace mesh
