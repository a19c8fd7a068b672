// May this caller do this to this account? The edge has established who calls; the
// owner decides here, inside the transaction that acts.
//
// One table: a row for each mode of authentication, a column for each right. A new
// kind of caller is a new row.

#pragma once

#include <string_view>

#include "common/base/status.h"

namespace mesh::proto {
class Caller;
}

namespace mesh::backend {

enum class Right {
  kCreate,  // Register the address; nobody owns it yet.
  kRead,    // Status, Download.
  kWrite,   // Upload.
  kDelete,  // DeleteAccount.
};

// OK if `caller` may use `right` on the account with the canonical address
// `account`. kUnauthenticated when nobody known is calling and somebody must be;
// kPermissionDenied when the caller is known and may not.
Status Authorize(const proto::Caller& caller, std::string_view account, Right right);

// Whether Status tells the account's devices about `container`. Publications are
// given out by Claim to whoever knows their id, and are never listed.
bool Listed(std::string_view container);

}  // namespace mesh::backend
