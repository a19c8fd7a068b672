// Which service a domain is: what the receiver of a request in mode Service asks before it
// believes whom the sender speaks for (docs/AUTHENTICATION.md, "Exchange").

#pragma once

#include <functional>
#include <string>

#include "common/base/clock.h"
#include "common/base/status.h"

namespace mesh::frontend {

// For one event loop's thread.
class PeerDirectory {
 public:
  using Then = std::function<void(Result<std::string> service_udf)>;

  virtual ~PeerDirectory() = default;

  // The UDF of the service whose Hello `domain`, a DNS name in lower case, shows over verified
  // TLS. kUnavailable, kDeadlineExceeded or kResourceExhausted when it cannot be asked now; any
  // other failure when what it has is no proof. `then` is called exactly once, on this thread, by
  // the deadline, possibly before Resolve returns. Must not block.
  virtual void Resolve(const std::string& domain, Deadline deadline, Then then) = 0;
};

}  // namespace mesh::frontend
