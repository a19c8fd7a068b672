#include "backend/storage/account_ranges.h"

#include <algorithm>

#include "common/base/bytes.h"

namespace mesh::backend {
namespace {

std::string SlotBound(uint32_t slot) {
  std::string bound;
  AppendBigEndian16(bound, static_cast<uint16_t>(slot));
  return bound;
}

std::vector<KeyRange> Merged(std::vector<KeyRange> ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](const KeyRange& a, const KeyRange& b) { return a.begin < b.begin; });
  std::vector<KeyRange> merged;
  for (KeyRange& range : ranges) {
    if (!merged.empty() && range.begin <= merged.back().end) {
      merged.back().end = std::max(merged.back().end, range.end);
    } else {
      merged.push_back(std::move(range));
    }
  }
  return merged;
}

}  // namespace

AccountRanges AccountRanges::OfSlots(const std::vector<std::pair<uint32_t, uint32_t>>& slots,
                                     const std::vector<std::string>& without) {
  std::vector<KeyRange> whole;
  for (const auto& [first, last] : slots) {
    whole.push_back({SlotBound(first), SlotBound(last + 1)});
  }
  AccountRanges set;
  set.ranges_ = Merged(std::move(whole));
  for (const std::string& prefix : without) set.Remove(PrefixRange(prefix));
  return set;
}

AccountRanges AccountRanges::OfAccount(std::string_view prefix) {
  AccountRanges set;
  set.ranges_.push_back(PrefixRange(prefix));
  return set;
}

Result<AccountRanges> AccountRanges::FromBounds(std::vector<std::string> bounds) {
  const std::string end = SlotBound(kPartitionSlot);
  for (size_t i = 0; i < bounds.size(); ++i) {
    if ((i > 0 && bounds[i] <= bounds[i - 1]) || bounds[i] > end) {
      return InvalidArgument("ranges of accounts: the bounds are not in order");
    }
  }
  if (bounds.size() % 2 != 0) return InvalidArgument("ranges of accounts: a bound is missing");
  AccountRanges set;
  for (size_t i = 0; i < bounds.size(); i += 2) {
    set.ranges_.push_back({std::move(bounds[i]), std::move(bounds[i + 1])});
  }
  return set;
}

std::vector<std::string> AccountRanges::Bounds() const {
  std::vector<std::string> bounds;
  for (const KeyRange& range : ranges_) {
    bounds.push_back(range.begin);
    bounds.push_back(range.end);
  }
  return bounds;
}

bool AccountRanges::Contains(std::string_view key) const {
  const auto after =
      std::upper_bound(ranges_.begin(), ranges_.end(), key,
                       [](std::string_view k, const KeyRange& range) { return k < range.begin; });
  return after != ranges_.begin() && key < std::prev(after)->end;
}

bool AccountRanges::Overlaps(const AccountRanges& other) const {
  return std::any_of(other.ranges_.begin(), other.ranges_.end(),
                     [this](const KeyRange& range) { return !Clip(range).empty(); });
}

std::vector<KeyRange> AccountRanges::Clip(const KeyRange& range) const {
  std::vector<KeyRange> parts;
  auto at = std::upper_bound(
      ranges_.begin(), ranges_.end(), range.begin,
      [](const std::string& begin, const KeyRange& mine) { return begin < mine.end; });
  for (; at != ranges_.end() && at->begin < range.end; ++at) {
    KeyRange part{std::max(at->begin, range.begin), std::min(at->end, range.end)};
    if (part.begin < part.end) parts.push_back(std::move(part));
  }
  return parts;
}

void AccountRanges::Remove(const KeyRange& hole) {
  std::vector<KeyRange> left;
  for (KeyRange& range : ranges_) {
    KeyRange before{range.begin, std::min(range.end, hole.begin)};
    KeyRange after{std::max(range.begin, hole.end), range.end};
    if (before.begin < before.end) left.push_back(std::move(before));
    if (after.begin < after.end) left.push_back(std::move(after));
  }
  ranges_ = std::move(left);
}

}  // namespace mesh::backend
