// PollClaim tells who knows a publication's id who has claimed it (draft §10.16): the newest
// MessageClaim of mmm_Local with that id, and nothing else that lies there.

#include "backend/model/container.h"
#include "backend/model/page.h"
#include "backend/transactions/admit.h"
#include "backend/transactions/rows.h"
#include "common/mesh/container_name.h"
#include "common/mesh/message_class.h"
#include "proto/partition.pb.h"

namespace mesh::backend {

Status PollClaim(const proto::PartitionRequest& request, TransactionContext& context,
                 proto::PartitionReply* reply) {
  MESH_ASSIGN(const Admitted admitted, Admit(request, context, Right::kAsk, reply));
  MESH_ASSIGN(const Container local, Container::Open(context.reader, admitted.account, kLocal));
  proto::PollClaimResponse* response = reply->mutable_poll_claim();
  Accept(kSuccess, reply);
  if (!local.exists()) return Status();
  uint64_t index = 0;
  MESH_ASSIGN(
      const std::optional<Entry> claim,
      local.FindMessage(context.reader, request.poll_claim().envelope_id(), kMessageClaim, &index));
  if (!claim) return Status();
  return ReadWhole(context.reader, admitted.account, local, index, response->mutable_claim());
}

}  // namespace mesh::backend
