// ServiceClient calls the transactions of a Mesh Service as functions: it writes the
// message, sends what Credentials make of it by a Transport until there is an answer,
// tries again where that is safe, and reads the answer. Verifying what was received is
// the business of verifier.h.

#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/binding/sealed_text.h"
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
  // No attempt begins later than this after the first: so long the service takes the time
  // that all of them have, and knows a request again that it has served.
  std::chrono::milliseconds window{binding::kTimeWindow};
};

// Waiting, injected. Returns after `duration`.
using Waiter = std::function<void(Duration)>;
Waiter ThreadSleep();

// The service understood and said no.
struct Refusal {
  int64_t status = 0;
  int64_t extended = 0;
  std::string description;
  bool proven = false;  // It is the service that said so (Answer::proven).
};

// What was sent and what came of it, for people. Valid in the call.
struct Attempt {
  std::string_view what;
  size_t octets = 0;
  const Result<HttpReply>& reply;
  Duration took{};
};

// The transport, credentials, clock and random source outlive this. For one thread.
//
// Every call blocks, and fails with
//   the Code that fits the service's answer when it refused; then refusal() says what
//   kUnavailable, kDeadlineExceeded, kUnauthenticated of the Transport
//   kDataLoss  the reply cannot be read, or does not verify
//   kUnauthenticated  the service asks for a new beginning again and again
// A call keeps its RequestID however often it is sent. So with credentials that are
// repeatable() every call is tried again after 503 and after any failure to get a reply. With
// others Hello, Status and Download are; the rest only when no connection could be made, as
// nothing was sent.
class ServiceClient {
 public:
  struct Environment {
    const Clock& clock;
    crypto::RandomSource& random;
    Waiter wait;
    std::function<void(const Attempt&)> trace = {};  // Told of every attempt; may be empty.
    // Told what CreateAccount and Status say of the caller's account (StatusReply::direct_host);
    // may be empty.
    std::function<void(const std::string&)> direct_host = {};
  };

  ServiceClient(Transport& transport, Credentials& credentials, Environment environment,
                RetryPolicy policy = {});

  Result<HelloReply> Hello();
  Result<CreateReply> CreateAccount(const CreateRequest& request);
  Status DeleteAccount();
  Result<StatusReply> AccountStatus(const StatusRequest& request = {});
  Result<DownloadReply> Download(const DownloadRequest& request);
  Result<UploadReply> Upload(const UploadRequest& request);
  Result<CreateReply> CreateGroup(const CreateGroupRequest& request);
  // Fails also when the service did none of the operations; else each result says.
  Result<OperateReply> Operate(const OperateRequest& request);

  // Of a device that is in no account: asks for one, and for the answer, if there is one.
  Result<ConnectReply> Connect(const dare::Envelope& request);
  Result<std::optional<dare::Envelope>> Complete(std::string_view address,
                                                 std::string_view response_id);
  // The newest claim, if there is one.
  Result<std::optional<dare::Envelope>> PollClaim(std::string_view address,
                                                  std::string_view publication_id);
  // `publications`: texts of CatalogedPublication objects.
  Status Publish(const std::vector<std::string>& publications);
  Result<CatalogedPublication> Claim(const dare::Envelope& claim);
  Result<UploadReply> Post(const PostRequest& request);

  // Whether every call carries the administrator's signature, as it must while mmm_Device
  // has no entry. Else only those do that need it: DeleteAccount, and Uploads to mmm_Device.
  void set_bootstrap(bool bootstrap) { bootstrap_ = bootstrap; }

  // What the service answered to the last call, if that call failed because the
  // service refused it.
  const std::optional<Refusal>& refusal() const { return refusal_; }
  // Requests sent or tried, retries included.
  int64_t attempts() const { return attempts_; }

 private:
  using Decode = std::function<Result<Outcome>(std::string_view message)>;

  // `reads`: it changes nothing, so that it can be repeated with any credentials.
  Status Call(Request request, bool reads, const Decode& decode);
  Status CallOnce(const Request& request, const Decode& decode);
  Result<HttpReply> Send(const WireRequest& wire);
  Status Finish(const Answer& answer, const Decode& decode);
  Status Refused(const Outcome& outcome, bool proven);
  Duration WaitBefore(int attempt);
  void TellDirectHost(const std::string& host) const;

  Transport& transport_;
  Credentials& credentials_;
  const json::Form form_;  // Of messages, as the credentials want them.
  const Environment environment_;
  const RetryPolicy policy_;
  bool bootstrap_ = false;
  std::optional<Refusal> refusal_;
  int64_t attempts_ = 0;
};

}  // namespace mesh::client
