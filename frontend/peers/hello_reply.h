// The question for a service's Hello, and what its answer proves (docs/AUTHENTICATION.md,
// "Hello and the service's keys").
//
// Pure functions; any thread.

#pragma once

#include <string>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/client/transport.h"
#include "common/mesh/connection_host.h"

namespace mesh::frontend {

// The body of an enveloped Hello, in JSON.
std::string HelloRequestBody();

// Verifies the answer. kUnavailable for an HTTP status other than success, kDataLoss if it is
// not an enveloped Hello that was granted, kPermissionDenied if its keys do not prove who the
// service is at `now`.
Result<ConnectionHost> VerifyHelloReply(const client::HttpReply& reply, WallMillis now);

}  // namespace mesh::frontend
