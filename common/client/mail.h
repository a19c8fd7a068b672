// Messages as people see them: what stands in mmm_Inbound, from whom it is proved to be, and what
// was done with it. Values.

#pragma once

#include <string>

#include "common/base/clock.h"
#include "common/dare/envelope.h"
#include "common/mesh/message.h"

namespace mesh::client {

struct Mail {
  enum class State { kUnread, kRead, kClosed };

  Letter letter;
  std::string error;        // Of a MessageError: why a message was not delivered.
  dare::Envelope envelope;  // As it came.
  WallMillis sent = 0;      // As the sender says; 0: it does not.
  State state = State::kUnread;
  // The name of the ProfileAccount that vouches for the device that signed it, if that profile
  // says that it is the Sender's; else empty.
  std::string signed_by;
};

}  // namespace mesh::client
