// Transactions that are asked of the service of another domain, in mode Service
// (docs/AUTHENTICATION.md): what this one forwards for its accounts.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"

namespace mesh::frontend {

struct PeerCall {
  std::string from;      // The domain that we speak for, one of ours.
  std::string to;        // The domain whose service is asked, in lower case.
  std::string_view tag;  // "Post"; a constant.
  std::string message;   // {"Post": {...}}, in JSON.
  Deadline deadline{};
};

// What it answered, under its seal.
struct PeerAnswer {
  int64_t status = 0;
  std::string description;  // StatusDescription: a name, and perhaps ": " and more.
  std::string message;      // {"PostResponse": {...}}, in JSON.

  bool success() const { return status >= 200 && status < 300; }
};

// For one event loop's thread.
class PeerCalls {
 public:
  // The answer, whatever it says, or
  //   kUnavailable, kDeadlineExceeded  it cannot be reached or takes no calls now
  //   kUnauthenticated, kPermissionDenied  it does not prove who it is
  //   kNotFound           the domain has no service
  //   kFailedPrecondition its DNS records cannot be used
  //   kInvalidArgument    not a domain that can have a service
  //   kDataLoss           what came back is no answer
  //   kResourceExhausted  too much is asked at a time; or the answer is too long
  using Then = std::function<void(Result<PeerAnswer>)>;

  virtual ~PeerCalls() = default;

  // `then` is called exactly once, on this thread, by the deadline or soon after, possibly before
  // Call returns. Must not block. A call may be sent several times, with one RequestID and
  // Time: the other service applies it once.
  virtual void Call(PeerCall call, Then then) = 0;
};

}  // namespace mesh::frontend
