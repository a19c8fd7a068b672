// The authenticator says who is calling. Whether that caller may is decided by the
// owner of the account, inside the transaction that acts (docs/AUTHENTICATION.md).

#pragma once

#include <string>

#include "common/base/status.h"
#include "common/mesh/transaction_codec.h"
#include "frontend/http/message.h"

namespace mesh::frontend {

// Who asks, and about which account. Mirrors proto::Caller.
struct CallerIdentity {
  enum class Mode { kNobody, kReference };
  Mode mode = Mode::kNobody;
  std::string account;  // Canonical address; of the caller and acted on.
  std::string device_udf;
  std::string connection_digest;  // SHA-2-512 of the ConnectionAccount presented, or empty.
};

// Stateless; any thread.
class Authenticator {
 public:
  explicit Authenticator(bool reference_compatibility)
      : reference_compatibility_(reference_compatibility) {}

  // For a bare request, which proves nothing. Without reference compatibility nobody
  // is calling: OK for Hello and kUnauthenticated for the rest. With it, the account
  // is the one that the request names, or else X-Mesh-Account; the device that of
  // X-Mesh-Device, and its connection that of X-Mesh-Connection.
  //   kUnauthenticated  no account is named anywhere
  //   kInvalidArgument  an address or header is malformed
  Result<CallerIdentity> Identify(const http::Request& http, const DecodedRequest& request) const;

 private:
  const bool reference_compatibility_;
};

}  // namespace mesh::frontend
