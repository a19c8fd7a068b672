// What links a service's profile to the key that its hosts authenticate with
// (docs/AUTHENTICATION.md, "Hello and the service's keys").
//
// Values; pure functions; any thread.

#pragma once

#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/crypto/keys.h"
#include "common/dare/envelope.h"
#include "common/mesh/key_data.h"
#include "common/mesh/profile.h"

namespace mesh {

struct ConnectionHost {
  std::string service_udf;
  std::string host_udf;
  KeyData key_authentication;
  WallMillis not_before = 0;
  WallMillis not_on_or_after = 0;
};

// The payload {"ConnectionHost": {...}}. kInvalidArgument if it is not one.
Result<ConnectionHost> ParseConnectionHost(std::string_view payload);
void WriteConnectionHost(const ConnectionHost& connection, std::string& out);
// In an envelope signed by the service's KeyOfflineSignature.
Result<dare::Envelope> SignConnectionHost(const ConnectionHost& connection,
                                          const crypto::PrivateKey& signer);

// Who a service is, as its Hello shows it.
struct ServiceIdentity {
  Profile service;
  Profile host;
  ConnectionHost connection;
};
// Verifies the three envelopes, that they belong together and are good at `now`, and that
// exchanges can be made with the key.
// kInvalidArgument says what is malformed, kPermissionDenied which link does not hold,
// kFailedPrecondition that it is not good yet or any more.
Result<ServiceIdentity> VerifyService(const dare::Envelope& profile_service,
                                      const dare::Envelope& profile_host,
                                      const dare::Envelope& connection_host, WallMillis now);

}  // namespace mesh
