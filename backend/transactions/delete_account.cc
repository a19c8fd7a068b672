// DeleteAccount forgets an account with all it holds (draft §10.7). Nothing is left
// that a later account of the same address could inherit.

#include "backend/model/account.h"
#include "backend/model/authorizer.h"
#include "backend/transactions/rows.h"
#include "proto/partition.pb.h"

namespace mesh::backend {

Status DeleteAccount(const proto::PartitionRequest& request, TransactionContext& context,
                     proto::PartitionReply* reply) {
  MESH_RETURN_IF_ERROR(Authorize(request.caller(), request.account(), Right::kDelete));
  const uint32_t slot = SlotOf(context.slot_key, request.account());
  MESH_ASSIGN(const Account account, Account::Load(*context.view, slot, request.account()));
  MESH_RETURN_IF_ERROR(account.Remove(*context.view));
  reply->mutable_delete_();
  Accept(kSuccess, reply);
  return Status();
}

}  // namespace mesh::backend
