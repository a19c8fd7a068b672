#include "common/client/service_client.h"

#include <algorithm>
#include <thread>
#include <utility>

namespace mesh::client {
namespace {

// With the trailing slash that July's clients write too.
constexpr std::string_view kPath = "/.well-known/mmm/";

// The Code that fits a refusal (result_code.h has the service's side of it).
Code CodeOf(int64_t status, int64_t extended) {
  switch (status) {
    case 400:
      return extended == 1 ? Code::kAlreadyExists : Code::kInvalidArgument;
    case 401:
      return Code::kUnauthenticated;
    case 403:
      return Code::kPermissionDenied;
    case 404:
      return Code::kNotFound;
    case 409:
      return Code::kAborted;
    case 413:
    case 507:
      return Code::kResourceExhausted;
    case 501:
      return Code::kUnimplemented;
    case 503:
      return Code::kUnavailable;
    default:
      return status >= 500 ? Code::kInternal : Code::kInvalidArgument;
  }
}

// A reply that holds no Mesh response: something between the service and us, or
// the service's HTTP layer, speaks.
Outcome FromHttp(int status) { return Outcome{status, 0, "HTTP status " + std::to_string(status)}; }

}  // namespace

Waiter ThreadSleep() {
  return [](Duration duration) { std::this_thread::sleep_for(duration); };
}

ServiceClient::ServiceClient(Transport& transport, Credentials& credentials,
                             Environment environment, RetryPolicy policy)
    : transport_(transport),
      credentials_(credentials),
      environment_(std::move(environment)),
      policy_(policy) {}

Status ServiceClient::Refused(const Outcome& outcome) {
  refusal_ = Refusal{outcome.status, outcome.extended, outcome.description};
  return Status(
      CodeOf(outcome.status, outcome.extended),
      "the service refused: " + std::to_string(outcome.status) + " " + outcome.description);
}

Status ServiceClient::CallOnce(const WireRequest& request, const Decode& decode) {
  ++attempts_;
  const Deadline deadline = environment_.clock.In(policy_.request_time);
  MESH_ASSIGN(HttpReply reply, transport_.Post(kPath, request.headers, request.body, deadline));
  Result<std::string> payload = credentials_.Unwrap(std::move(reply.body));
  const Result<Outcome> outcome = payload.ok() ? decode(*payload) : payload.status();
  if (!outcome.ok()) {
    return reply.status >= 400 ? Refused(FromHttp(reply.status)) : outcome.status();
  }
  return outcome->success() ? Status() : Refused(*outcome);
}

// Half of the wait is certain and half is random.
Duration ServiceClient::WaitBefore(int attempt) {
  Duration wait = policy_.first_wait;
  for (int i = 1; i < attempt && wait < policy_.longest_wait; ++i) wait *= 2;
  wait = std::min<Duration>(wait, policy_.longest_wait);
  uint8_t random = 0;
  environment_.random.Fill({&random, 1});
  return wait / 2 + wait / 2 * random / 255;
}

Status ServiceClient::Call(std::string payload, Repeat repeat, const Decode& decode) {
  MESH_ASSIGN(const WireRequest request, credentials_.Wrap(std::move(payload)));
  for (int attempt = 1;; ++attempt) {
    refusal_.reset();
    Status status = CallOnce(request, decode);
    const bool unsent = status.code() == Code::kUnavailable && !refusal_;
    const bool lost =
        status.code() == Code::kUnavailable || status.code() == Code::kDeadlineExceeded;
    const bool again = unsent || (lost && repeat == Repeat::kAlways);
    if (!again || attempt >= policy_.attempts) return status;
    environment_.wait(WaitBefore(attempt));
  }
}

Result<HelloReply> ServiceClient::Hello() {
  HelloReply reply;
  MESH_RETURN_IF_ERROR(Call(EncodeHello(), Repeat::kAlways, [&](std::string_view payload) {
    return DecodeHello(payload, &(reply = HelloReply()));
  }));
  return reply;
}

Result<CreateReply> ServiceClient::CreateAccount(const CreateRequest& request) {
  CreateReply reply;
  const Status status =
      Call(EncodeCreateAccount(request), Repeat::kUnsentOnly, [&](std::string_view payload) {
        return DecodeCreateAccount(payload, &(reply = CreateReply()));
      });
  if (status.ok()) return reply;
  // The service says why, and where to go, in members of this response alone.
  std::string message = status.message();
  if (!reply.reason.empty()) message += ": " + reply.reason;
  if (!reply.url.empty()) message += " (see " + reply.url + ")";
  return Status(status.code(), std::move(message));
}

Status ServiceClient::DeleteAccount() {
  return Call(EncodeDeleteAccount(), Repeat::kUnsentOnly, DecodeDeleteAccount);
}

Result<StatusReply> ServiceClient::AccountStatus(const StatusRequest& request) {
  StatusReply reply;
  MESH_RETURN_IF_ERROR(Call(EncodeStatus(request), Repeat::kAlways, [&](std::string_view payload) {
    return DecodeStatus(payload, &(reply = StatusReply()));
  }));
  return reply;
}

Result<DownloadReply> ServiceClient::Download(const DownloadRequest& request) {
  DownloadReply reply;
  MESH_RETURN_IF_ERROR(
      Call(EncodeDownload(request), Repeat::kAlways, [&](std::string_view payload) {
        return DecodeDownload(payload, &(reply = DownloadReply()));
      }));
  return reply;
}

Result<UploadReply> ServiceClient::Upload(const UploadRequest& request) {
  UploadReply reply;
  MESH_RETURN_IF_ERROR(Call(
      EncodeUpload(request), Repeat::kUnsentOnly,
      [&](std::string_view payload) { return DecodeUpload(payload, &(reply = UploadReply())); }));
  return reply;
}

}  // namespace mesh::client
