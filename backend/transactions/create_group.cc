// CreateGroup binds an address to a group's profile (draft §10.17) and to the account
// that makes it, which from then on acts on it: a group has no devices. The edge has
// verified the profile, the owner of that account its device.

#include "backend/transactions/admit.h"
#include "backend/transactions/new_account.h"
#include "backend/transactions/rows.h"
#include "proto/partition.pb.h"
#include "proto/record.pb.h"

namespace mesh::backend {
namespace {

proto::AccountRecord RecordOf(const proto::CreateGroupRequest& create,
                              const proto::Caller& caller) {
  proto::AccountRecord record;
  record.set_signed_assertion_account(create.signed_profile_group());
  record.set_account_udf(create.group_udf());
  record.set_owner(caller.account());
  record.set_owner_udf(caller.grant().account_udf());
  return record;
}

}  // namespace

Status CreateGroup(const proto::PartitionRequest& request, TransactionContext& context,
                   proto::PartitionReply* reply) {
  const proto::CreateGroupRequest& create = request.create_group();
  MESH_RETURN_IF_ERROR(AdmitNew(request, context, Right::kCreateGroup, reply));
  if (create.signed_profile_group().empty()) {
    return InvalidArgument("SignedProfileGroup: it is needed");
  }
  return Register(create.account_address(), request, RecordOf(create, request.caller()), context,
                  reply->mutable_create_group(), reply);
}

}  // namespace mesh::backend
