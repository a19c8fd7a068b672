#include "backend/transactions/transaction.h"

#include <utility>

#include "backend/model/kept_reply.h"
#include "backend/transactions/admit.h"
#include "backend/transactions/rows.h"
#include "common/base/limits.h"
#include "proto/partition.pb.h"

namespace mesh::backend {
namespace {

// Whether the caller, and not this service, is the reason for `code`: then the
// protocol has an answer, and it is final.
bool IsAnswer(Code code) {
  switch (code) {
    case Code::kInvalidArgument:
    case Code::kNotFound:
    case Code::kAlreadyExists:
    case Code::kPermissionDenied:
    case Code::kFailedPrecondition:
    case Code::kUnimplemented:
    case Code::kUnauthenticated:
      return true;
    default:
      return false;
  }
}

// Fills in what a transaction that returned `status` has not said in `reply`.
Outcome Answer(const Status& status, proto::PartitionReply* reply) {
  if (status.ok()) return Outcome::kKeep;
  if (reply->mesh_status() != 0) return Outcome::kDrop;  // Answered already.
  reply->clear_transaction();
  if (IsAnswer(status.code())) {
    (void)Refuse(ResultCodeOf(status.code()), status.message(), reply);
  } else {
    reply->set_code(static_cast<int>(status.code()));
    reply->set_message(status.message());
  }
  return Outcome::kDrop;
}

// Requests that were sealed have a RequestID, under which their sender may repeat them.
bool Sealed(const proto::Caller& caller) {
  return caller.mode() == proto::Caller::DEVICE || caller.mode() == proto::Caller::PROFILE ||
         caller.mode() == proto::Caller::SERVICE;
}

Status CheckSeal(const proto::Caller& caller, WallMillis now, proto::PartitionReply* reply) {
  if (caller.request_id().size() != kRequestIdBytes) {
    return InvalidArgument("a sealed request has a RequestID of 16 octets");
  }
  if (MayApply(caller.request_time(), now)) return Status();
  return RefuseCaller(proto::REFUSAL_TIME,
                      "the request is too old, or of the future, to be sure that it is no repeat",
                      reply);
}

// Runs a request that was sealed and writes, unless it is a repeat of one that was kept.
Outcome ExecuteOnce(const TransactionRow& row, const proto::PartitionRequest& request,
                    TransactionContext& context, proto::PartitionReply* reply) {
  const proto::Caller& caller = request.caller();
  const Status sealed = CheckSeal(caller, context.now, reply);
  if (!sealed.ok()) return Answer(sealed, reply);
  const AccountKeys keys(SlotOf(context.slot_key, request.account()), request.account());
  std::string key = keys.KeptReply(caller.device_udf(), caller.request_id());
  const Result<bool> repeated = FindKeptReply(context.reader, key, context.now, reply);
  if (!repeated.ok()) return Answer(repeated.status(), reply);
  if (*repeated) {
    if (static_cast<int>(reply->transaction_case()) == row.request_case) return Outcome::kRepeat;
    reply->Clear();
    return Answer(InvalidArgument("the RequestID is that of another request"), reply);
  }
  const Outcome outcome = Answer(row.run(request, context, reply), reply);
  if (outcome == Outcome::kKeep) {
    KeepReply(*reply, std::move(key), caller.request_time(), *context.view);
  }
  return outcome;
}

}  // namespace

const SitePolicy& TransactionContext::site() const {
  static const SitePolicy kDefault;
  return messaging == nullptr ? kDefault : *messaging->site;
}

const std::vector<TransactionRow>& Transactions() {
  using Request = proto::PartitionRequest;
  static const std::vector<TransactionRow> kRows = {
      {Request::kCreate, "CreateAccount", true, CreateAccount},
      {Request::kDelete, "DeleteAccount", true, DeleteAccount},
      {Request::kStatus, "Status", false, AccountStatus},
      {Request::kDownload, "Download", false, Download},
      {Request::kUpload, "Upload", true, Upload},
      {Request::kCreateGroup, "CreateGroup", true, CreateGroup},
      {Request::kGrant, "Grant", false, MakeGrant},
      {Request::kConnect, "Connect", true, Connect},
      {Request::kComplete, "Complete", false, Complete},
      {Request::kClaim, "Claim", true, Claim},
      {Request::kPollClaim, "PollClaim", false, PollClaim},
      {Request::kPost, "Post", true, Post},
      {Request::kDeliver, "Deliver", true, Deliver, true},
      {Request::kLeaseOutbox, "LeaseOutbox", true, LeaseOutbox},
      {Request::kSettleOutbox, "SettleOutbox", true, SettleOutbox},
      {Request::kOperate, "Operate", false, Operate},
      {Request::kRecordIncidents, "RecordIncidents", true, RecordIncidents},
      {Request::kListIncidents, "ListIncidents", false, ListIncidents},
  };
  return kRows;
}

const TransactionRow* FindTransaction(const proto::PartitionRequest& request) {
  for (const TransactionRow& row : Transactions()) {
    if (row.request_case == static_cast<int>(request.transaction_case())) return &row;
  }
  return nullptr;
}

Outcome Execute(const proto::PartitionRequest& request, TransactionContext& context,
                proto::PartitionReply* reply) {
  const TransactionRow* row = FindTransaction(request);
  if (row == nullptr) {
    return Answer(Status(Code::kUnimplemented, "this transaction is not served"), reply);
  }
  if (!row->writes || row->repeatable || !Sealed(request.caller())) {
    return Answer(row->run(request, context, reply), reply);
  }
  return ExecuteOnce(*row, request, context, reply);
}

Status Refuse(const ResultCode& code, std::string detail, proto::PartitionReply* reply) {
  Accept(code, reply);
  reply->set_message(detail);
  return Status(Code::kFailedPrecondition, std::move(detail));
}

void Accept(const ResultCode& code, proto::PartitionReply* reply) {
  reply->set_mesh_status(code.status);
  reply->set_mesh_status_extended(code.extended);
  reply->set_mesh_status_description(std::string(code.description));
}

}  // namespace mesh::backend
