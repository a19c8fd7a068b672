// CreateAccount binds an address to the profiles that speak for it (draft §10.6).
// The edge has verified that they vouch for each other; whether this service wants
// the account is decided here.

#include "backend/transactions/admit.h"
#include "backend/transactions/new_account.h"
#include "backend/transactions/rows.h"
#include "proto/partition.pb.h"
#include "proto/record.pb.h"

namespace mesh::backend {
namespace {

proto::AccountRecord RecordOf(const proto::CreateRequest& create) {
  proto::AccountRecord record;
  record.set_signed_profile_mesh(create.signed_profile_mesh());
  record.set_signed_assertion_account(create.signed_assertion_account());
  record.set_mesh_udf(create.mesh_udf());
  record.set_account_udf(create.account_udf());
  record.set_profile_mesh_digest(create.profile_mesh_digest());
  record.set_profile_account_digest(create.profile_account_digest());
  record.set_mesh_fingerprint(create.mesh_fingerprint());
  *record.mutable_administrator_udfs() = create.administrator_udfs();
  return record;
}

}  // namespace

Status CreateAccount(const proto::PartitionRequest& request, TransactionContext& context,
                     proto::PartitionReply* reply) {
  const proto::CreateRequest& create = request.create();
  MESH_RETURN_IF_ERROR(AdmitNew(request, context, Right::kCreateAccount, reply));
  if (create.signed_profile_mesh().empty() || create.signed_assertion_account().empty()) {
    return InvalidArgument("SignedProfileMesh and SignedAssertionAccount: both are needed");
  }
  return Register(create.account_address(), request, RecordOf(create), context,
                  reply->mutable_create(), reply);
}

}  // namespace mesh::backend
