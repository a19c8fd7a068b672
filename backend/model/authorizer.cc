#include "backend/model/authorizer.h"

#include <array>
#include <string>

#include "common/mesh/container_name.h"
#include "proto/partition.pb.h"

namespace mesh::backend {
namespace {

// What a mode of authentication allows.
struct Row {
  proto::Caller::Mode mode;
  bool may_create;
  bool may_use_own;  // Everything else, on the account that the caller speaks for.
};

// Only the reference's own dialect names its callers yet: a front end that was
// not told to be compatible sends NOBODY, whom nothing is allowed.
constexpr std::array kRows = {
    Row{proto::Caller::REFERENCE, true, true},
};

const Row* FindRow(proto::Caller::Mode mode) {
  for (const Row& row : kRows) {
    if (row.mode == mode) return &row;
  }
  return nullptr;
}

}  // namespace

Status Authorize(const proto::Caller& caller, std::string_view account, Right right) {
  const Row* row = FindRow(caller.mode());
  if (row == nullptr) {
    return Status(Code::kUnauthenticated,
                  "only an authenticated device of the account may do this");
  }
  if (right == Right::kCreate) {
    if (row->may_create) return Status();
    return Status(Code::kPermissionDenied, "this caller may not register accounts");
  }
  if (caller.account().empty()) {
    return Status(Code::kUnauthenticated, "the request does not say which account is calling");
  }
  if (!row->may_use_own || caller.account() != account) {
    return Status(Code::kPermissionDenied, "only the account itself may do this");
  }
  return Status();
}

bool Listed(std::string_view container) { return container != kPublicationCatalog; }

}  // namespace mesh::backend
