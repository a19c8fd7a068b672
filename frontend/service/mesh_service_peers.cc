// What MeshService does for other services, and asks of them (docs/PROTOCOL.md, "Between
// services").

#include <utility>

#include "frontend/service/inbound_post.h"
#include "frontend/service/mesh_visit.h"
#include "frontend/service/peer_forward.h"
#include "proto/partition.pb.h"

namespace mesh::frontend {
namespace {

// What is left of a deadline for the way back from another service and the reply.
constexpr std::chrono::milliseconds kPeerReplyTime{250};

std::string_view DomainOf(std::string_view account) {
  return account.substr(account.rfind('@') + 1);
}

// Whether the client may have the other service's answer: its Status becomes HTTP's, so it is one
// that ends no reply early. 401 says that it does not know us, which is not the client's to mend.
bool MayPassOn(const PeerAnswer& answer, Transaction transaction) {
  const int64_t status = answer.status;
  if (answer.success()) return status <= 202 && IsResponse(transaction, answer.message);
  return status >= 400 && status < 600 && status != 401;
}

}  // namespace

// What another service forwards: asked of the owner of each recipient, by the same deadline.
void MeshService::DeliverPost(const VisitPtr& visit,
                              std::unique_ptr<proto::PartitionRequest> request) {
  if (!AdmitRate(*visit, *request)) return;
  Complete(*visit, *request);
  const auto post = std::make_shared<InboundPost>(std::move(request));
  const InboundPostFault fault =
      post->Check([this](std::string_view account) { return DomainServed(account); });
  if (fault.code.status != kSuccess.status) {
    NoteCaller(*visit, IncidentKind::kRequest, std::to_string(fault.code.status));
    return AnswerResult(*visit, fault.code, fault.detail);
  }
  for (size_t i = 0; i < post->recipients(); ++i) {
    const Router::Remake make = [post, i] { return post->DeliverTo(i); };
    router_->Call(make(), visit->deadline, make,
                  [this, visit, post](std::unique_ptr<proto::PartitionReply> reply) {
                    if (!post->Take(*reply)) return;
                    proto::PartitionReply whole = post->Reply();
                    AnswerReply(*visit, whole);
                  });
  }
}

// --- For an account of another service -------------------------------------------------

bool MeshService::IsForOthers(const Visit& visit, const proto::PartitionRequest& request) const {
  return calls_ != nullptr && ForwardedFor(visit.transaction) &&
         request.caller().mode() == proto::Caller::PROFILE && !DomainServed(request.account());
}

// The caller's owner is asked first whether it is in its account, as for a group.
void MeshService::AskOther(const VisitPtr& visit,
                           std::unique_ptr<proto::PartitionRequest> request) {
  if (!AdmitRate(*visit, *request)) return;
  const Status own = CheckForwarded(*request);
  if (!own.ok()) return AnswerResult(*visit, kInsufficientPrivilege, own.message());
  AskGrant(visit, std::move(request),
           [this, visit](auto granted, auto grant) { CallOther(visit, *granted, *grant); });
}

void MeshService::CallOther(const VisitPtr& visit, const proto::PartitionRequest& request,
                            const proto::Grant& grant) {
  const std::string& account = request.caller().account();
  Result<std::string> message = ForwardedMessage(
      visit->opened->message(), visit->opened->encoding().form, {account, grant.account_udf()});
  if (!message.ok()) return AnswerResult(*visit, kMalformed, message.status().message());
  PeerCall call{std::string(DomainOf(account)), std::string(DomainOf(request.account())),
                RequestTag(visit->transaction), *std::move(message),
                visit->deadline - kPeerReplyTime};
  calls_->Call(std::move(call),
               [this, visit](const Result<PeerAnswer>& answer) { AnswerOther(*visit, answer); });
}

// Its answer is ours. A domain that has no service has no accounts.
void MeshService::AnswerOther(Visit& visit, const Result<PeerAnswer>& answer) {
  const Code code = answer.ok() ? Code::kOk : answer.status().code();
  if (code == Code::kNotFound || code == Code::kInvalidArgument) {
    return AnswerResult(visit, kUnknownAccount, "the account's domain has no service");
  }
  if (code != Code::kOk || !MayPassOn(*answer, visit.transaction)) {
    return AnswerResult(visit, kBusy, "the account's service gives no answer now");
  }
  const auto status = static_cast<int>(answer->status);
  if (!answer->success()) return AnswerResult(visit, {status, 0, answer->description}, {});
  std::string* const message = NewMessage(visit);
  message->append(answer->message);
  Finish(visit, status, message);
}

}  // namespace mesh::frontend
