// ServiceClient calls the transactions of a Mesh Service as functions: it writes
// the request, has it wrapped by Credentials, sends it by a Transport, tries again
// where that is safe, and reads the reply. Verifying what was received is the
// business of verifier.h.

#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/client/codec.h"
#include "common/client/credentials.h"
#include "common/client/messages.h"
#include "common/client/transport.h"
#include "common/crypto/random.h"

namespace mesh::client {

// How long to try. Waits double from `first_wait` to `longest_wait`, and a random
// half of each is left out, so that many clients do not come back together.
struct RetryPolicy {
  int attempts = 5;
  std::chrono::milliseconds first_wait{100};
  std::chrono::milliseconds longest_wait{2000};
  std::chrono::milliseconds request_time{30000};  // For each attempt.
};

// Waiting, injected. Returns after `duration`.
using Waiter = std::function<void(Duration)>;
Waiter ThreadSleep();

// The service understood and said no.
struct Refusal {
  int64_t status = 0;
  int64_t extended = 0;
  std::string description;
};

// The transport, credentials, clock and random source outlive this. For one thread.
//
// Every call blocks, and fails with
//   the Code that fits the service's answer when it refused; then refusal() says what
//   kUnavailable, kDeadlineExceeded, kUnauthenticated of the Transport
//   kDataLoss  the reply cannot be read
// Hello, Status and Download are tried again after 503 and after any failure to get
// a reply; the others only when no connection could be made, as nothing was sent.
class ServiceClient {
 public:
  struct Environment {
    const Clock& clock;
    crypto::RandomSource& random;
    Waiter wait;
  };

  ServiceClient(Transport& transport, Credentials& credentials, Environment environment,
                RetryPolicy policy = {});

  Result<HelloReply> Hello();
  Result<CreateReply> CreateAccount(const CreateRequest& request);
  Status DeleteAccount();
  Result<StatusReply> AccountStatus(const StatusRequest& request = {});
  Result<DownloadReply> Download(const DownloadRequest& request);
  Result<UploadReply> Upload(const UploadRequest& request);

  // What the service answered to the last call, if that call failed because the
  // service refused it.
  const std::optional<Refusal>& refusal() const { return refusal_; }
  // Requests sent or tried, retries included.
  int64_t attempts() const { return attempts_; }

 private:
  enum class Repeat { kAlways, kUnsentOnly };
  using Decode = std::function<Result<Outcome>(std::string_view payload)>;

  Status Call(std::string payload, Repeat repeat, const Decode& decode);
  Status CallOnce(const WireRequest& request, const Decode& decode);
  Status Refused(const Outcome& outcome);
  Duration WaitBefore(int attempt);

  Transport& transport_;
  Credentials& credentials_;
  const Environment environment_;
  const RetryPolicy policy_;
  std::optional<Refusal> refusal_;
  int64_t attempts_ = 0;
};

}  // namespace mesh::client
