#include "common/client/service_client.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "common/mesh/container_name.h"
#include "common/mesh/result_code.h"

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

// Requests that one attempt may take: Hello, an exchange, the request under its ticket, and
// once more for each thing that can be out of date.
constexpr int kStepsMax = 8;

Request MakeRequest(std::string_view tag, std::string message) {
  Request request;
  request.tag = tag;
  request.message = std::move(message);
  return request;
}

bool ChangesDevices(const UploadRequest& request) {
  return std::any_of(request.updates.begin(), request.updates.end(),
                     [](const ContainerUpdate& u) { return u.container == kDeviceCatalog; });
}

// The service says why, and where to go, in members of these responses alone.
Status WithReason(const Status& status, const CreateReply& reply) {
  std::string text = status.message();
  if (!reply.reason.empty()) text += ": " + reply.reason;
  if (!reply.url.empty()) text += " (see " + reply.url + ")";
  return Status(status.code(), std::move(text));
}

}  // namespace

Waiter ThreadSleep() {
  return [](Duration duration) { std::this_thread::sleep_for(duration); };
}

ServiceClient::ServiceClient(Transport& transport, Credentials& credentials,
                             Environment environment, RetryPolicy policy)
    : transport_(transport),
      credentials_(credentials),
      form_(binding::WriterForm(credentials.encoding())),
      environment_(std::move(environment)),
      policy_(policy) {}

Status ServiceClient::Refused(const Outcome& outcome, bool proven) {
  refusal_ = Refusal{outcome.status, outcome.extended, outcome.description, proven};
  return Status(
      CodeOf(outcome.status, outcome.extended),
      "the service refused: " + std::to_string(outcome.status) + " " + outcome.description);
}

Result<HttpReply> ServiceClient::Send(const WireRequest& wire) {
  ++attempts_;
  const MonotonicTime start = environment_.clock.Now();
  const Deadline deadline = start + policy_.request_time;
  Result<HttpReply> reply = transport_.Post(kPath, wire.headers, wire.body, deadline);
  if (environment_.trace) {
    environment_.trace({wire.what, wire.body.size(), reply, environment_.clock.Now() - start});
  }
  return reply;
}

Status ServiceClient::CallOnce(const Request& request, const Decode& decode) {
  for (int step = 0; step < kStepsMax; ++step) {
    MESH_ASSIGN(const WireRequest wire, credentials_.Next(request));
    MESH_ASSIGN(HttpReply reply, Send(wire));
    MESH_ASSIGN(const Answer answer, credentials_.Take(std::move(reply)));
    if (answer.kind != Answer::Kind::kAgain) return Finish(answer, decode);
  }
  return Status(Code::kUnauthenticated,
                "the service asked for a new beginning again and again; nothing was done");
}

Status ServiceClient::Finish(const Answer& answer, const Decode& decode) {
  if (answer.kind == Answer::Kind::kRefusal) return Refused(answer.refusal, answer.proven);
  MESH_ASSIGN(const Outcome outcome, decode(answer.message));
  return outcome.success() ? Status() : Refused(outcome, answer.proven);
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

Status ServiceClient::Call(Request request, bool reads, const Decode& decode) {
  request.id = crypto::RandomBytes(binding::kRequestIdBytes, environment_.random);
  request.administrator = request.administrator || bootstrap_;
  const Deadline last = environment_.clock.In(policy_.window);
  for (int attempt = 1;; ++attempt) {
    refusal_.reset();
    Status status = CallOnce(request, decode);
    const bool unsent = status.code() == Code::kUnavailable && !refusal_;
    const bool lost =
        status.code() == Code::kUnavailable || status.code() == Code::kDeadlineExceeded;
    const bool again = unsent || (lost && (reads || credentials_.repeatable()));
    if (!again || attempt >= policy_.attempts) return status;
    environment_.wait(WaitBefore(attempt));
    if (environment_.clock.Now() >= last) return status;
  }
}

void ServiceClient::TellDirectHost(const std::string& host) const {
  if (environment_.direct_host) environment_.direct_host(host);
}

Result<HelloReply> ServiceClient::Hello() {
  Request request = MakeRequest("Hello", EncodeHello());
  request.hello = true;
  HelloReply reply;
  MESH_RETURN_IF_ERROR(Call(std::move(request), true, [&](std::string_view message) {
    return DecodeHello(message, &(reply = HelloReply()));
  }));
  return reply;
}

Result<CreateReply> ServiceClient::CreateAccount(const CreateRequest& request) {
  CreateReply reply;
  const Status status = Call(MakeRequest("CreateAccount", EncodeCreateAccount(request, form_)),
                             false, [&](std::string_view message) {
                               return DecodeCreateAccount(message, &(reply = CreateReply()), form_);
                             });
  if (!status.ok()) return WithReason(status, reply);
  TellDirectHost(reply.direct_host);
  return reply;
}

Result<CreateReply> ServiceClient::CreateGroup(const CreateGroupRequest& request) {
  CreateReply reply;
  const Status status = Call(MakeRequest("CreateGroup", EncodeCreateGroup(request, form_)), false,
                             [&](std::string_view message) {
                               return DecodeCreateGroup(message, &(reply = CreateReply()), form_);
                             });
  if (status.ok()) return reply;
  return WithReason(status, reply);
}

Status ServiceClient::DeleteAccount() {
  Request request = MakeRequest("DeleteAccount", EncodeDeleteAccount());
  request.administrator = true;
  return Call(std::move(request), false,
              [&](std::string_view message) { return DecodeDeleteAccount(message, form_); });
}

Result<ConnectReply> ServiceClient::Connect(const dare::Envelope& request) {
  ConnectReply reply;
  MESH_RETURN_IF_ERROR(Call(MakeRequest("Connect", EncodeConnect(request, form_)), false,
                            [&](std::string_view message) {
                              return DecodeConnect(message, &(reply = ConnectReply()), form_);
                            }));
  return reply;
}

// That there is no answer yet is an answer.
Result<std::optional<dare::Envelope>> ServiceClient::Complete(std::string_view address,
                                                              std::string_view response_id) {
  std::optional<dare::Envelope> response;
  const Status status =
      Call(MakeRequest("Complete", EncodeComplete(address, response_id, form_)), true,
           [&](std::string_view message) { return DecodeComplete(message, &response, form_); });
  const bool none = refusal_ && refusal_->extended == kResponseNotFound.extended &&
                    refusal_->status == kResponseNotFound.status;
  if (!status.ok() && !none) return status;
  refusal_.reset();
  return response;
}

Result<std::optional<dare::Envelope>> ServiceClient::PollClaim(std::string_view address,
                                                               std::string_view publication_id) {
  std::optional<dare::Envelope> claim;
  MESH_RETURN_IF_ERROR(
      Call(MakeRequest("PollClaim", EncodePollClaim(address, publication_id, form_)), true,
           [&](std::string_view message) { return DecodePollClaim(message, &claim, form_); }));
  return claim;
}

Status ServiceClient::Publish(const std::vector<std::string>& publications) {
  return Call(MakeRequest("Publish", EncodePublish(publications)), false,
              [&](std::string_view message) { return DecodePublish(message, form_); });
}

Result<CatalogedPublication> ServiceClient::Claim(const dare::Envelope& claim) {
  std::optional<CatalogedPublication> publication;
  MESH_RETURN_IF_ERROR(
      Call(MakeRequest("Claim", EncodeClaim(claim, form_)), false,
           [&](std::string_view message) { return DecodeClaim(message, &publication, form_); }));
  if (publication) return *std::move(publication);
  return Status(Code::kDataLoss, "the service accepted the claim and gave no publication");
}

Result<UploadReply> ServiceClient::Post(const PostRequest& request) {
  UploadReply reply;
  MESH_RETURN_IF_ERROR(
      Call(MakeRequest("Post", EncodePost(request, form_)), false, [&](std::string_view message) {
        return DecodePost(message, &(reply = UploadReply()), form_);
      }));
  return reply;
}

Result<StatusReply> ServiceClient::AccountStatus(const StatusRequest& request) {
  StatusReply reply;
  MESH_RETURN_IF_ERROR(Call(MakeRequest("Status", EncodeStatus(request, form_)), true,
                            [&](std::string_view message) {
                              return DecodeStatus(message, &(reply = StatusReply()), form_);
                            }));
  if (request.account.empty()) TellDirectHost(reply.direct_host);
  return reply;
}

Result<DownloadReply> ServiceClient::Download(const DownloadRequest& request) {
  DownloadReply reply;
  MESH_RETURN_IF_ERROR(Call(MakeRequest("Download", EncodeDownload(request, form_)), true,
                            [&](std::string_view message) {
                              return DecodeDownload(message, &(reply = DownloadReply()), form_);
                            }));
  return reply;
}

Result<UploadReply> ServiceClient::Upload(const UploadRequest& upload) {
  Request request = MakeRequest("Upload", EncodeUpload(upload, form_));
  request.administrator = ChangesDevices(upload);
  UploadReply reply;
  MESH_RETURN_IF_ERROR(Call(std::move(request), false, [&](std::string_view message) {
    return DecodeUpload(message, &(reply = UploadReply()), form_);
  }));
  return reply;
}

Result<OperateReply> ServiceClient::Operate(const OperateRequest& request) {
  OperateReply reply;
  MESH_RETURN_IF_ERROR(Call(MakeRequest("Operate", EncodeOperate(request, form_)), true,
                            [&](std::string_view message) {
                              return DecodeOperate(message, &(reply = OperateReply()), form_);
                            }));
  return reply;
}

}  // namespace mesh::client
