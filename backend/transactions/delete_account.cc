// DeleteAccount forgets an account with all it holds (draft §10.7). Nothing is left
// that a later account of the same address could inherit.

#include "backend/transactions/admit.h"
#include "backend/transactions/rows.h"
#include "proto/partition.pb.h"

namespace mesh::backend {

Status DeleteAccount(const proto::PartitionRequest& request, TransactionContext& context,
                     proto::PartitionReply* reply) {
  MESH_ASSIGN(const Admitted admitted, Admit(request, context, Right::kAdminister, reply));
  MESH_RETURN_IF_ERROR(admitted.account.Remove(*context.view));
  reply->mutable_delete_();
  Accept(kSuccess, reply);
  return Status();
}

}  // namespace mesh::backend
