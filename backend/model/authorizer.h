// May this caller do this to this account? The edge has established who calls; the
// owner decides here, inside the transaction that acts (docs/AUTHENTICATION.md, "Who may
// do what").
//
// One table: a row for each mode of authentication. A new kind of caller is a new row.

#pragma once

#include <string>
#include <string_view>

#include "backend/model/account.h"
#include "backend/model/records.h"
#include "common/base/clock.h"
#include "common/base/status.h"

namespace mesh::proto {
class AccountRecord;
class Caller;
enum Refusal : int;
}  // namespace mesh::proto

namespace mesh::backend {

enum class Right {
  kCreateAccount,
  kCreateGroup,
  kRead,        // Status, Download; a grant.
  kWrite,       // Upload.
  kAdminister,  // Change mmm_Device; DeleteAccount.
  kAsk,         // Connect, Complete, PollClaim: of a device that is in no account, too.
  kClaim,       // Claim: of other accounts, and of other services, too.
  kOperate,     // Operate, likewise; which capabilities, these say themselves.
  kDeliver,     // Deliver: of other services, and of our own forwarder.
  kForward,     // LeaseOutbox, SettleOutbox: of our own forwarder.
  kReport,      // RecordIncidents: of our own front ends.
  kOversee,     // ListIncidents: of the operator.
};

// What a caller that was let in may use.
class Access {
 public:
  // Everything.
  Access() = default;
  // What the device `member` of the account is limited to, if it is.
  explicit Access(Member member) : in_account_(true), member_(std::move(member)) {}

  // The caller is a device of the account: it may have a ticket.
  bool in_account() const { return in_account_; }
  // The UniqueID of the caller's own entry in mmm_Device; empty when it has none.
  const std::string& unique_id() const { return member_.unique_id; }
  // Of the connection that put the caller's device into the account; empty when none did.
  const std::string& connection_digest() const { return member_.connection_digest; }
  // Of the account's ProfileAccount; empty when only the account's record says it.
  const std::string& profile_account_digest() const { return member_.profile_account_digest; }

  // The device may not use everything.
  bool limited() const { return member_.limited; }
  bool MayRead(std::string_view container) const;
  bool MayWrite(std::string_view container) const;

 private:
  bool in_account_ = false;
  Member member_;
};

// The authorizer's answer. A value.
struct Verdict {
  proto::Refusal refusal{};  // NONE: let in.
  std::string detail;        // What was wrong and who may.
  Access access;             // When let in.
};

// The part of the answer that needs no account: whether callers of this mode may use
// `right` on any account.
Verdict CheckMode(const proto::Caller& caller, Right right);

// Whether `caller` may use `right`, which is kCreateAccount or kCreateGroup, on the address
// `account`, which nobody owns yet. A group needs a grant for it.
Verdict AuthorizeNew(const proto::Caller& caller, std::string_view account, WallMillis now,
                     Right right);

// Whether `caller` may use `right`, another one, on `account`, read from `reader`: as a
// device in it, or, on a group, with a grant of the account that made it. Reads the caller's
// Member; the account's record only for an exchange, for an administrator, and while no device is
// in the account. A Status that is not OK: the store could not tell.
Result<Verdict> Authorize(const proto::Caller& caller, const Account& account, const Reader& reader,
                          WallMillis now, Right right);

// Whether the request was signed by an administrator of the account of `record`.
bool IsAdministrator(const proto::Caller& caller, const proto::AccountRecord& record);

// Whether Status tells the account's devices about `container`. Publications are
// given out by Claim to whoever knows their id, and are never listed.
bool Listed(std::string_view container);

}  // namespace mesh::backend
