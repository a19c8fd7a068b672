// Complete gives a device the answer to what it asked (draft §10.8): a RespondConnection of
// mmm_Local, found by the ResponseID, and only to the device that asked or that it connects, or
// that may read mmm_Local.
// What else lies in mmm_Local is given to nobody here.

#include "backend/model/asked.h"
#include "backend/model/container.h"
#include "backend/model/page.h"
#include "backend/transactions/admit.h"
#include "backend/transactions/rows.h"
#include "common/mesh/container_name.h"
#include "common/mesh/message_class.h"
#include "proto/partition.pb.h"

namespace mesh::backend {
namespace {

// A device of the account reads mmm_Local anyway, if it may. Mode Device proves which device asks;
// one of another account is not known by its ProfileDevice.
Result<bool> ForCaller(const proto::PartitionRequest& request, const TransactionContext& context,
                       const Admitted& admitted, const Entry& response) {
  const proto::Caller& caller = request.caller();
  if (caller.mode() == proto::Caller::REFERENCE) return true;
  if (admitted.access.in_account()) return admitted.access.MayRead(kLocal);
  if (caller.profile_device_udf().empty()) return false;
  if (response.profile_device_udf == caller.profile_device_udf()) return true;
  MESH_ASSIGN(const std::string asked, FindAsked(context.reader, admitted.account.keys(),
                                                 request.complete().envelope_id(), context.now));
  return asked == caller.profile_device_udf();
}

Status NotThere(proto::PartitionReply* reply) {
  return Refuse(kResponseNotFound, "there is no answer yet", reply);
}

}  // namespace

Status Complete(const proto::PartitionRequest& request, TransactionContext& context,
                proto::PartitionReply* reply) {
  MESH_ASSIGN(const Admitted admitted, Admit(request, context, Right::kAsk, reply));
  MESH_ASSIGN(const Container local, Container::Open(context.reader, admitted.account, kLocal));
  if (!local.exists()) return NotThere(reply);
  uint64_t index = 0;
  MESH_ASSIGN(const std::optional<Entry> response,
              local.FindMessage(context.reader, request.complete().envelope_id(),
                                kRespondConnection, &index));
  if (!response) return NotThere(reply);
  MESH_ASSIGN(const bool allowed, ForCaller(request, context, admitted, *response));
  if (!allowed) {
    reply->set_refusal(proto::REFUSAL_OTHER_DEVICE);  // Counted, and told to nobody.
    return NotThere(reply);
  }
  MESH_RETURN_IF_ERROR(ReadWhole(context.reader, admitted.account, local, index,
                                 reply->mutable_complete()->mutable_response()));
  Accept(kSuccess, reply);
  return Status();
}

}  // namespace mesh::backend
