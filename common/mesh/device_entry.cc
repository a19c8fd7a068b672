#include "common/mesh/device_entry.h"

#include <algorithm>

#include "common/crypto/digest.h"
#include "common/mesh/assertion_cache.h"
#include "common/mesh/profile.h"
#include "proto/mesh.pb.h"

namespace mesh {
namespace {

Status Denied(std::string_view why) {
  return Status(Code::kPermissionDenied, "CatalogedDevice: " + std::string(why));
}

void AddConnectionDigests(const CatalogedDevice& device, proto::Envelope* entry) {
  for (const AccountEntry& account : device.accounts) {
    if (!account.connection_account) continue;
    const crypto::Digest512 digest = crypto::Sha512(account.connection_account->payload);
    entry->add_connection_digests(digest.data(), digest.size());
  }
}

// The entry is filed under the name of the device whose profile it holds.
Status CheckProfileDevice(const CatalogedDevice& device, std::string_view unique_id,
                          AssertionCache& assertions) {
  if (!device.profile_device) return InvalidArgument("EnvelopedProfileDevice: missing");
  MESH_ASSIGN(const auto profile,
              assertions.SelfSigned(*device.profile_device, ProfileKind::kDevice));
  if (profile->udf() != device.device_udf) return Denied("DeviceUDF does not name ProfileDevice");
  if (unique_id != device.device_udf) return Denied("UniqueID is not the DeviceUDF");
  return Status();
}

Status AddMember(const AccountEntry& account, AssertionCache& assertions, proto::Envelope* entry) {
  MESH_ASSIGN(const auto verified,
              assertions.ConnectionAccount(*account.connection_account, *account.profile_account));
  if (account.account_udf != verified->account.udf()) {
    return Denied("AccountUDF does not name ProfileAccount");
  }
  proto::Member* member = entry->add_members();
  member->set_device_udf(verified->connection.key_authentication.udf);
  member->set_connection_digest(verified->connection_digest);
  member->set_profile_account_digest(verified->profile_account_digest);
  member->set_limited(verified->connection.permissions.has_value());
  if (!verified->connection.permissions) return Status();
  for (const Permission& permission : *verified->connection.permissions) {
    proto::Permission* permitted = member->add_permissions();
    permitted->set_container(permission.container);
    permitted->set_write(permission.write);
  }
  return Status();
}

// Whether an element of Accounts connects the device to an account.
bool Connects(const AccountEntry& account) {
  return account.profile_account.has_value() && account.connection_account.has_value();
}

size_t AssertionsIn(const CatalogedDevice& device) {
  return 1 + static_cast<size_t>(
                 std::count_if(device.accounts.begin(), device.accounts.end(), Connects));
}

Status AddMembers(const CatalogedDevice& device, AssertionCache& assertions,
                  proto::Envelope* entry) {
  if (device.accounts.size() > kAccountsPerDeviceMax) {
    return InvalidArgument("Accounts: at most " + std::to_string(kAccountsPerDeviceMax));
  }
  MESH_RETURN_IF_ERROR(CheckProfileDevice(device, entry->unique_id(), assertions));
  for (const AccountEntry& account : device.accounts) {
    if (Connects(account)) MESH_RETURN_IF_ERROR(AddMember(account, assertions, entry));
  }
  return Status();
}

void SetFault(const Status& status, proto::Envelope* entry) {
  entry->clear_members();
  entry->set_device_fault(status.message());
  entry->set_device_denied(status.code() == Code::kPermissionDenied);
}

}  // namespace

bool DescribeDevice(DecodeContext& context, proto::Envelope* entry) {
  const bool puts = entry->event() == proto::EVENT_NEW || entry->event() == proto::EVENT_UPDATE;
  if (!puts || entry->redacted()) return true;
  const Result<CatalogedDevice> device = ParseCatalogedDevice(entry->payload());
  if (device.ok()) AddConnectionDigests(*device, entry);
  if (!context.options.strict) return true;
  if (!device.ok()) {
    SetFault(device.status(), entry);
    return true;
  }
  context.assertions += AssertionsIn(*device);
  if (context.assertions > kAssertionsPerRequestMax) {
    return context.Refuse(Status(Code::kResourceExhausted,
                                 "the entries of mmm_Device in one request may hold at most " +
                                     std::to_string(kAssertionsPerRequestMax) +
                                     " profiles and connections together"));
  }
  AssertionCache none;
  AssertionCache& assertions = context.options.assertions ? *context.options.assertions : none;
  const Status added = AddMembers(*device, assertions, entry);
  if (!added.ok()) SetFault(added, entry);
  return true;
}

}  // namespace mesh
