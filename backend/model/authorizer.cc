#include "backend/model/authorizer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "backend/model/members.h"
#include "common/mesh/container_name.h"
#include "proto/partition.pb.h"
#include "proto/record.pb.h"

namespace mesh::backend {
namespace {

// Which of an account's callers a mode brings.
enum class Use {
  kNone,    // None.
  kNamed,   // Whoever names the account is believed.
  kDevice,  // Its devices, which the account itself knows.
};

// What a mode of authentication allows.
struct Row {
  proto::Caller::Mode mode;
  bool known;    // Somebody is calling: what is not allowed is 403, else 401.
  bool create;   // CreateAccount.
  bool ask;      // kAsk, whoever the account is.
  bool claim;    // kClaim and kOperate, likewise.
  bool deliver;  // kDeliver, likewise.
  bool forward;  // kForward and kReport, likewise.
  bool oversee;  // kOversee, likewise.
  Use use;       // Everything else; and what is not allowed to all.
};

constexpr std::array kRows = {
    Row{proto::Caller::NOBODY, false, false, false, false, false, false, false, Use::kNone},
    Row{proto::Caller::REFERENCE, true, true, true, true, false, false, false, Use::kNamed},
    Row{proto::Caller::DEVICE, true, true, true, false, false, false, false, Use::kNone},
    Row{proto::Caller::PROFILE, true, false, false, false, false, false, false, Use::kDevice},
    Row{proto::Caller::SERVICE, true, false, false, true, true, false, false, Use::kNone},
    Row{proto::Caller::FORWARDER, true, false, false, false, true, true, false, Use::kNone},
    Row{proto::Caller::OPERATOR, true, false, false, false, false, false, true, Use::kNone},
};

const Row& RowOf(proto::Caller::Mode mode) {
  const auto* row = std::find_if(kRows.begin(), kRows.end(),
                                 [mode](const Row& candidate) { return candidate.mode == mode; });
  return row == kRows.end() ? kRows.front() : *row;
}

bool IsClaim(Right right) { return right == Right::kClaim || right == Right::kOperate; }

bool AllowedToAll(const Row& row, Right right) {
  switch (right) {
    case Right::kAsk:
      return row.ask;
    case Right::kClaim:
    case Right::kOperate:
      return row.claim;
    case Right::kDeliver:
      return row.deliver;
    case Right::kForward:
    case Right::kReport:
      return row.forward;
    case Right::kOversee:
      return row.oversee;
    default:
      return false;
  }
}

// Whether no client has `right`, however it is authenticated.
bool OfTheHop(Right right) {
  return right == Right::kDeliver || right == Right::kForward || right == Right::kReport ||
         right == Right::kOversee;
}

Verdict Refused(proto::Refusal refusal, std::string detail) {
  Verdict verdict;
  verdict.refusal = refusal;
  verdict.detail = std::move(detail);
  return verdict;
}

Verdict NeedsAdministrator() {
  return Refused(proto::REFUSAL_ADMINISTRATOR,
                 "this needs the signature of an administrator: a KeysOnlineSignature key of the "
                 "ProfileAccount or the ProfileMesh");
}

Verdict LetIn(Access access) {
  Verdict verdict;
  verdict.access = std::move(access);
  return verdict;
}

bool Allows(const std::vector<Permission>& permissions, std::string_view container, bool write) {
  return std::any_of(permissions.begin(), permissions.end(), [&](const Permission& permission) {
    return permission.container == container && (permission.write || !write);
  });
}

// An exchange presents the ProfileAccount that vouches for its device.
bool PresentsProfile(const proto::Caller& caller, const proto::AccountRecord& record) {
  return !caller.profile_account_digest().empty() &&
         caller.profile_account_digest() == record.profile_account_digest();
}

Verdict AuthorizeNamed(const proto::Caller& caller, const Account& account) {
  if (caller.account().empty()) {
    return Refused(proto::REFUSAL_NOBODY, "the request does not say which account is calling");
  }
  if (caller.account() == account.address()) return LetIn(Access());
  return Refused(proto::REFUSAL_GRANT, "only the account itself may do this");
}

// Whether the caller's own owner vouches for it here and now.
Verdict CheckGrant(const proto::Caller& caller, std::string_view account, WallMillis now) {
  const proto::Grant& grant = caller.grant();
  if (!caller.has_grant() || grant.target() != account || grant.account() != caller.account() ||
      grant.device_udf() != caller.device_udf()) {
    return Refused(proto::REFUSAL_GRANT, "only devices of the account may do this");
  }
  if (grant.expires() <= now) {
    return Refused(proto::REFUSAL_GRANT_EXPIRED, "the grant has expired on its way");
  }
  return LetIn(Access());
}

// On a group, the account that made it. One that took its address since has another name.
Result<Verdict> AuthorizeGranted(const proto::Caller& caller, const Account& account,
                                 const Reader& reader, WallMillis now, Right right) {
  Verdict granted = CheckGrant(caller, account.address(), now);
  if (granted.refusal != proto::REFUSAL_NONE) return granted;
  if (right == Right::kAsk || IsClaim(right)) return granted;
  proto::AccountRecord record;
  MESH_RETURN_IF_ERROR(account.ReadRecord(reader, &record));
  const proto::Grant& grant = caller.grant();
  if (record.owner() != grant.account() || record.owner_udf() != grant.account_udf()) {
    return Refused(proto::REFUSAL_GRANT, "only the account that made the group may do this");
  }
  if (right == Right::kAdminister && !grant.administrator()) return NeedsAdministrator();
  return granted;
}

Result<Verdict> AuthorizeDevice(const proto::Caller& caller, const Account& account,
                                const Reader& reader, Right right) {
  const bool exchange = caller.incarnation() == 0;
  if (!exchange && caller.incarnation() != account.usage().incarnation) {
    return Refused(proto::REFUSAL_INCARNATION,
                   "the account was made anew since the ticket was issued");
  }
  const bool empty = account.usage().members == 0;
  const bool needs_administrator = empty || right == Right::kAdminister;
  proto::AccountRecord record;
  if (exchange || needs_administrator) MESH_RETURN_IF_ERROR(account.ReadRecord(reader, &record));
  if (exchange && !PresentsProfile(caller, record)) {
    return Refused(proto::REFUSAL_PROFILE,
                   "the ProfileAccount presented is not the one that the account was made with");
  }
  MESH_ASSIGN(std::optional<Member> member, FindMember(reader, account, caller.device_udf()));
  if (!member && !empty) {
    return Refused(proto::REFUSAL_NOT_IN_ACCOUNT, "the device is not in the account");
  }
  if (needs_administrator && !IsAdministrator(caller, record)) return NeedsAdministrator();
  return LetIn(Access(member ? *std::move(member) : Member()));
}

}  // namespace

bool IsAdministrator(const proto::Caller& caller, const proto::AccountRecord& record) {
  const auto& keys = record.administrator_udfs();
  return !caller.administrator_udf().empty() &&
         std::find(keys.begin(), keys.end(), caller.administrator_udf()) != keys.end();
}

bool Access::MayRead(std::string_view container) const {
  return !member_.limited || Allows(member_.permissions, container, false);
}

bool Access::MayWrite(std::string_view container) const {
  return !member_.limited || Allows(member_.permissions, container, true);
}

Verdict CheckMode(const proto::Caller& caller, Right right) {
  const Row& row = RowOf(caller.mode());
  if (!row.known) {
    return Refused(proto::REFUSAL_NOBODY, "only an authenticated caller may do this");
  }
  const bool create = right == Right::kCreateAccount;
  const bool used = row.use != Use::kNone && !OfTheHop(right);
  if (create ? row.create : used || AllowedToAll(row, right)) return LetIn(Access());
  return Refused(proto::REFUSAL_MODE, create ? "an account is made in mode Device"
                                             : "only devices of the account may do this");
}

Verdict AuthorizeNew(const proto::Caller& caller, std::string_view account, WallMillis now,
                     Right right) {
  Verdict mode = CheckMode(caller, right);
  const bool granted = right == Right::kCreateGroup && RowOf(caller.mode()).use == Use::kDevice;
  return granted ? CheckGrant(caller, account, now) : mode;
}

Result<Verdict> Authorize(const proto::Caller& caller, const Account& account, const Reader& reader,
                          WallMillis now, Right right) {
  const Row& row = RowOf(caller.mode());
  if (AllowedToAll(row, right)) return LetIn(Access());
  switch (row.use) {
    case Use::kNamed:
      return AuthorizeNamed(caller, account);
    case Use::kDevice:
      return caller.account() == account.address()
                 ? AuthorizeDevice(caller, account, reader, right)
                 : AuthorizeGranted(caller, account, reader, now, right);
    default:
      return CheckMode(caller, right);
  }
}

bool Listed(std::string_view container) { return container != kPublicationCatalog; }

}  // namespace mesh::backend
