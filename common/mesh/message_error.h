// MessageError, which a service puts into the mmm_Inbound of who sent a message that was not
// delivered (schema-06 §11.6.2; draft -06 §9).

#pragma once

#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/crypto/random.h"

namespace mesh {

namespace proto {
class Envelope;
}

// What the sender is told of one message and one recipient.
struct Undelivered {
  std::string_view message_id;  // UniqueID of the message.
  std::string_view recipient;   // Who did not get it.
  std::string_view sender;      // Who is told.
  std::string_view error;       // "MeshUnknownAccount".
};

// The message, unsigned, as an owner files it. Its Sender is the recipient that did not get the
// message: draft and schema have no other member for it.
Result<proto::Envelope> MakeMessageError(const Undelivered& what, WallMillis now,
                                         crypto::RandomSource& random);

}  // namespace mesh
