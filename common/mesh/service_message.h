// Messages that the service itself writes, as an owner files them: unsigned, in clear.

#pragma once

#include <string>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/mesh/message.h"

namespace mesh {

namespace proto {
class Envelope;
}

// The envelope of the message with this head, whose payload WriteMessage wrote, `created` now.
// Fails as WrapMessage does. Pure; any thread.
Result<proto::Envelope> ServiceMessage(const MessageHead& head, std::string payload,
                                       WallMillis created);

}  // namespace mesh
