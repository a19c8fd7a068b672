#include "common/mesh/create_check.h"

#include "common/crypto/digest.h"
#include "common/crypto/udf.h"
#include "common/mesh/account_address.h"
#include "common/mesh/profile.h"
#include "proto/mesh.pb.h"

namespace mesh {
namespace {

// KeysOnlineSignature keys of an account and its mesh. Real ones have one each; the owner
// keeps their names with the account.
constexpr size_t kAdministratorKeysMax = 32;

bool Names(const Profile& profile, const AccountAddress& address) {
  for (const std::string& text : profile.account_addresses) {
    const Result<AccountAddress> named = AccountAddress::Parse(text);
    if (named.ok() && *named == address) return true;
  }
  return false;
}

Status CheckPresent(const std::string& member, std::string_view name) {
  return member.empty() ? InvalidArgument(std::string(name) + ": missing") : Status();
}

// The keys that administrators sign with.
Status AddAdministrators(const Profile& profile, proto::CreateRequest* create) {
  for (const KeyData& key : profile.keys_online_signature) create->add_administrator_udfs(key.udf);
  if (static_cast<size_t>(create->administrator_udfs_size()) <= kAdministratorKeysMax) {
    return Status();
  }
  return InvalidArgument("KeysOnlineSignature: at most " + std::to_string(kAdministratorKeysMax) +
                         " in both profiles together");
}

}  // namespace

Status CheckCreate(std::string_view account, proto::CreateRequest* create) {
  MESH_ASSIGN(const AccountAddress address, AccountAddress::Parse(account));
  MESH_RETURN_IF_ERROR(CheckPresent(create->signed_profile_mesh(), "SignedProfileMesh"));
  MESH_RETURN_IF_ERROR(CheckPresent(create->signed_assertion_account(), "SignedAssertionAccount"));
  MESH_ASSIGN(const dare::Envelope mesh, dare::ParseEnvelope(create->signed_profile_mesh()));
  MESH_ASSIGN(const dare::Envelope assertion,
              dare::ParseEnvelope(create->signed_assertion_account()));
  MESH_ASSIGN(const AccountChain chain, VerifyAccountChain(mesh, assertion));
  if (!Names(chain.account, address)) {
    return InvalidArgument("SignedAssertionAccount: its AccountAddresses do not name the account");
  }
  create->set_account_address(address.canonical());
  create->set_mesh_udf(chain.mesh.udf());
  create->set_account_udf(chain.account.udf());
  create->set_profile_mesh_digest(std::string(crypto::Sha512(mesh.payload).view()));
  create->set_profile_account_digest(std::string(crypto::Sha512(assertion.payload).view()));
  create->set_mesh_fingerprint(crypto::KeyFingerprintOctets(chain.mesh.key_offline_signature.key));
  create->clear_administrator_udfs();
  MESH_RETURN_IF_ERROR(AddAdministrators(chain.mesh, create));
  return AddAdministrators(chain.account, create);
}

Status CheckCreateGroup(std::string_view account, proto::CreateGroupRequest* create) {
  MESH_ASSIGN(const AccountAddress address, AccountAddress::Parse(account));
  MESH_RETURN_IF_ERROR(CheckPresent(create->signed_profile_group(), "SignedProfileGroup"));
  MESH_ASSIGN(const dare::Envelope envelope, dare::ParseEnvelope(create->signed_profile_group()));
  MESH_ASSIGN(const Profile group, VerifySelfSigned(envelope, ProfileKind::kGroup));
  if (!group.account_addresses.empty() && !Names(group, address)) {
    return InvalidArgument("SignedProfileGroup: its AccountAddresses do not name the group");
  }
  create->set_account_address(address.canonical());
  create->set_group_udf(group.udf());
  return Status();
}

}  // namespace mesh
