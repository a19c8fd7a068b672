// Which service a domain is, as it proved by its Hello.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/discovery/service_target.h"
#include "common/mesh/connection_host.h"

namespace mesh::frontend {

// Immutable; any thread.
struct PeerService {
  ConnectionHost connection;  // ServiceUDF, the hosts' KeyAuthentication, NotOnOrAfter.
  std::vector<discovery::ServiceTarget> targets;  // In the order of use, when it was asked.

  const std::string& udf() const { return connection.service_udf; }
};

// The service, or
//   kInvalidArgument    not a domain that can have one
//   kNotFound           the domain has none
//   kUnavailable        it, or its name servers, cannot be reached
//   kDeadlineExceeded   no answer in time
//   kUnauthenticated    no certificate for mmm.DOMAIN that we trust
//   kPermissionDenied   its keys do not prove who it is, or it is another than it was, or than
//                       is pinned
//   kFailedPrecondition its DNS records cannot be used: see Lookup; or lead to addresses that
//                       are not public
//   kDataLoss           an answer that is no Hello, or no DNS
//   kResourceExhausted  too much is asked at a time
using PeerResult = Result<std::shared_ptr<const PeerService>>;
using PeerDone = std::function<void(PeerResult)>;

}  // namespace mesh::frontend
