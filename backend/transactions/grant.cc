// A grant says of a device, to the owner of another account, what the owner of its own
// account knows: which account it is in, and whether an administrator signed. It lives
// for seconds, because the device may be removed meanwhile.

#include "backend/transactions/admit.h"
#include "backend/transactions/rows.h"
#include "common/mesh/account_address.h"
#include "proto/partition.pb.h"
#include "proto/record.pb.h"

namespace mesh::backend {
namespace {

// As long as a request may take.
constexpr WallMillis kGrantTime = std::chrono::milliseconds(kRequestTime).count();

}  // namespace

Status MakeGrant(const proto::PartitionRequest& request, TransactionContext& context,
                 proto::PartitionReply* reply) {
  const proto::Caller& caller = request.caller();
  MESH_ASSIGN(const Admitted admitted, Admit(request, context, Right::kRead, reply));
  MESH_ASSIGN(const AccountAddress target, AccountAddress::Parse(request.grant().account()));
  if (admitted.access.limited()) {
    return RefuseCaller(proto::REFUSAL_PERMISSION,
                        "a device with Permissions acts on no other account", reply);
  }
  proto::AccountRecord record;
  MESH_RETURN_IF_ERROR(admitted.account.ReadRecord(context.reader, &record));
  proto::Grant* grant = reply->mutable_grant()->mutable_grant();
  grant->set_account(record.address());
  grant->set_account_udf(record.account_udf());
  grant->set_incarnation(record.incarnation());
  grant->set_device_udf(caller.device_udf());
  grant->set_administrator(IsAdministrator(caller, record));
  grant->set_map_epoch(request.map_epoch());
  grant->set_target(target.canonical());
  grant->set_expires(context.now + kGrantTime);
  Accept(kSuccess, reply);
  return Status();
}

}  // namespace mesh::backend
