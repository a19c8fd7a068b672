#include "backend/transactions/admit.h"

#include <utility>

#include "proto/partition.pb.h"

namespace mesh::backend {
namespace {

// The answer to each refusal: 401 where another authentication may help, 403 where the
// caller is known and may not.
ResultCode AnswerTo(proto::Refusal refusal) {
  switch (refusal) {
    case proto::REFUSAL_NOBODY:
    case proto::REFUSAL_PROFILE:
      return kUnauthenticatedCaller;
    case proto::REFUSAL_NOT_IN_ACCOUNT:
      return kDeviceUnknown;
    case proto::REFUSAL_INCARNATION:
      return kTicketExpired;
    case proto::REFUSAL_TIME:
      return kWrongTime;
    case proto::REFUSAL_GRANT_EXPIRED:
    case proto::REFUSAL_RATE:
      return kBusy;
    case proto::REFUSAL_ADMINISTRATOR:
      return kAdministratorNeeded;
    case proto::REFUSAL_CLAIM:
      return kPublicationUnknown;
    default:
      return kInsufficientPrivilege;
  }
}

}  // namespace

Status RefuseCaller(proto::Refusal refusal, std::string detail, proto::PartitionReply* reply) {
  reply->set_refusal(refusal);
  return Refuse(AnswerTo(refusal), std::move(detail), reply);
}

Status AdmitMode(const proto::PartitionRequest& request, Right right,
                 proto::PartitionReply* reply) {
  Verdict mode = CheckMode(request.caller(), right);
  if (mode.refusal == proto::REFUSAL_NONE) return Status();
  return RefuseCaller(mode.refusal, std::move(mode.detail), reply);
}

Status AdmitNew(const proto::PartitionRequest& request, const TransactionContext& context,
                Right right, proto::PartitionReply* reply) {
  Verdict verdict = AuthorizeNew(request.caller(), request.account(), context.now, right);
  if (verdict.refusal == proto::REFUSAL_NONE) return Status();
  return RefuseCaller(verdict.refusal, std::move(verdict.detail), reply);
}

Result<Admitted> Admit(const proto::PartitionRequest& request, const TransactionContext& context,
                       Right right, proto::PartitionReply* reply) {
  MESH_RETURN_IF_ERROR(AdmitMode(request, right, reply));  // Strangers learn of no account.
  const uint32_t slot = SlotOf(context.slot_key, request.account());
  MESH_ASSIGN(Account account, Account::Load(context.reader, slot, request.account()));
  MESH_ASSIGN(Verdict verdict,
              Authorize(request.caller(), account, context.reader, context.now, right));
  if (verdict.refusal != proto::REFUSAL_NONE) {
    return RefuseCaller(verdict.refusal, std::move(verdict.detail), reply);
  }
  if (verdict.access.in_account()) reply->set_incarnation(account.usage().incarnation);
  return Admitted{std::move(account), std::move(verdict.access)};
}

}  // namespace mesh::backend
