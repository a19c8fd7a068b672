// The question for a service's Hello, and what its answer proves (docs/AUTHENTICATION.md,
// "Hello and the service's keys").
//
// Pure functions; any thread.

#pragma once

#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/mesh/connection_host.h"

namespace mesh::frontend {

// The body of an enveloped Hello, in JSON.
std::string HelloRequestBody();

// Verifies the body of the answer. kDataLoss if it is not an enveloped Hello that was granted,
// kPermissionDenied if its keys do not prove who the service is at `now`.
Result<ConnectionHost> VerifyHelloReply(std::string_view body, WallMillis now);

}  // namespace mesh::frontend
