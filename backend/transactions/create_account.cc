// CreateAccount binds an address to the profiles that speak for it (draft §10.6).
// The edge has verified that they vouch for each other; whether this service wants
// the account is decided here. A new account has the spools that clients fetch without
// ever having uploaded to them, and nothing else: clients bring their catalogs.

#include <algorithm>
#include <cctype>

#include "backend/model/account.h"
#include "backend/model/container.h"
#include "backend/transactions/admit.h"
#include "backend/transactions/rows.h"
#include "common/mesh/account_address.h"
#include "common/mesh/container_name.h"
#include "proto/partition.pb.h"
#include "proto/record.pb.h"

namespace mesh::backend {
namespace {

// The reference client begins each of its copies by downloading frame zero.
constexpr std::string_view kFirstSpools[] = {kInbound, kOutbound, kLocal};

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

// Refuses and says so in the members that the draft has for it.
Status RefuseCreation(const ResultCode& code, const std::string& reason, std::string_view url,
                      proto::PartitionReply* reply) {
  reply->mutable_create()->set_reason(reason);
  reply->mutable_create()->set_url(std::string(url));
  return Refuse(code, reason, reply);
}

Status CheckPolicy(const AccountAddress& address, const AccountPolicy& policy,
                   proto::PartitionReply* reply) {
  const std::string& url = policy.registration_url;
  if (!policy.registration_open) {
    return RefuseCreation(kRefused,
                          url.empty() ? "this service does not take registrations"
                                      : "registration goes on at the URL given",
                          url, reply);
  }
  const auto& reserved = policy.reserved_names;
  if (std::find(reserved.begin(), reserved.end(), LowerCase(address.local())) != reserved.end()) {
    return RefuseCreation(kRefused, "this name is reserved; choose another", url, reply);
  }
  return Status();
}

// Anything but a repeat: no two accounts of one address may share it, so that what
// was given to the old one is worth nothing at the new one.
uint64_t NewIncarnation(crypto::RandomSource& random) {
  uint64_t incarnation = 0;
  while (incarnation == 0) {
    random.Fill({reinterpret_cast<uint8_t*>(&incarnation), sizeof incarnation});
  }
  return incarnation;
}

proto::AccountRecord RecordOf(const proto::CreateRequest& create, const AccountAddress& address,
                              TransactionContext& context) {
  proto::AccountRecord record;
  record.set_address(address.canonical());
  record.set_signed_profile_mesh(create.signed_profile_mesh());
  record.set_signed_assertion_account(create.signed_assertion_account());
  record.set_mesh_udf(create.mesh_udf());
  record.set_account_udf(create.account_udf());
  record.set_profile_mesh_digest(create.profile_mesh_digest());
  record.set_incarnation(NewIncarnation(context.random));
  record.set_created(context.now);
  *record.mutable_administrator_udfs() = create.administrator_udfs();
  record.set_profile_account_digest(create.profile_account_digest());
  return record;
}

}  // namespace

Status CreateAccount(const proto::PartitionRequest& request, TransactionContext& context,
                     proto::PartitionReply* reply) {
  const proto::CreateRequest& create = request.create();
  MESH_RETURN_IF_ERROR(AdmitNewAccount(request, reply));
  MESH_ASSIGN(const AccountAddress address, AccountAddress::Parse(create.account_address()));
  if (address.canonical() != request.account()) {
    return InvalidArgument("AccountAddress: not the account that the request was sent to");
  }
  if (create.signed_profile_mesh().empty() || create.signed_assertion_account().empty()) {
    return InvalidArgument("SignedProfileMesh and SignedAssertionAccount: both are needed");
  }
  MESH_RETURN_IF_ERROR(CheckPolicy(address, context.policy, reply));

  const uint32_t slot = SlotOf(context.slot_key, address.canonical());
  Result<Account> account =
      Account::Create(*context.view, slot, RecordOf(create, address, context));
  if (account.status().code() == Code::kAlreadyExists) {
    return RefuseCreation(kAlreadyRegistered, account.status().message(), "", reply);
  }
  MESH_RETURN_IF_ERROR(account.status());
  for (const std::string_view spool : kFirstSpools) {
    MESH_ASSIGN(Container container, Container::Open(*context.view, *account, spool));
    MESH_RETURN_IF_ERROR(container.Make(context.policy, *account, context.now, *context.view));
    container.Save(*context.view);
  }
  account->Save(*context.view);
  reply->mutable_create();
  Accept(kSuccess, reply);
  return Status();
}

}  // namespace mesh::backend
