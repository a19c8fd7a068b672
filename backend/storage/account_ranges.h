// AccountRanges is a set of accounts, as ranges of their keys: what a move takes from one
// partition to another. A value: copy it, share it as const.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backend/storage/key_schema.h"
#include "common/base/status.h"

namespace mesh::backend {

class AccountRanges {
 public:
  // No account.
  AccountRanges() = default;

  // All accounts of the slots [first, last] of each pair, but those with the prefixes in
  // `without`: pinned accounts do not follow their slot. Pairs may overlap.
  static AccountRanges OfSlots(const std::vector<std::pair<uint32_t, uint32_t>>& slots,
                               const std::vector<std::string>& without = {});
  // The account with this prefix.
  static AccountRanges OfAccount(std::string_view prefix);

  // The bounds as they are stored and sent: begin, end, begin, end, ... kInvalidArgument
  // unless they are in order, disjoint, and hold no key of a partition itself.
  static Result<AccountRanges> FromBounds(std::vector<std::string> bounds);
  std::vector<std::string> Bounds() const;

  // Whether `key`, or the account with the prefix `key`, is of the set.
  bool Contains(std::string_view key) const;
  bool Overlaps(const AccountRanges& other) const;
  // What of `range` is in the set.
  std::vector<KeyRange> Clip(const KeyRange& range) const;

  // In order, disjoint, none empty.
  const std::vector<KeyRange>& ranges() const { return ranges_; }
  bool empty() const { return ranges_.empty(); }

 private:
  void Remove(const KeyRange& hole);

  std::vector<KeyRange> ranges_;
};

}  // namespace mesh::backend
