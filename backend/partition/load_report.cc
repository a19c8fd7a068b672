#include "backend/partition/load_report.h"

#include <algorithm>
#include <unordered_map>

#include "common/mesh/slot.h"

namespace mesh::backend {
namespace {

// What all meters have of one account.
struct Sum {
  const AccountSketch::Entry* entry = nullptr;
  double requests = 0;
  double bytes = 0;
  double by_slot = 0;  // Those of `requests` that are in its slot's.
  double unseen = 0;
};

class Report {
 public:
  Report(PartitionId partition, const PartitionMap& map, const std::vector<LoadReading>& readings)
      : map_(map), slots_(kSlotCount, 0) {
    load_.partition = partition;
    for (const LoadReading& reading : readings) Add(reading);
  }

  PartitionLoad Make() {
    for (const auto& [hash, sum] : sums_) Take(sum);
    for (uint32_t slot = 0; slot < kSlotCount; ++slot) {
      if (Here(slot) && slots_[slot] > 0) load_.slots.emplace_back(slot, slots_[slot]);
    }
    load_.requests = load_.pinned_requests = std::max(pinned_, 0.0);
    for (const auto& [slot, requests] : load_.slots) load_.requests += requests;
    const double counted = requests_ - gone_requests_;
    const double part = counted > 0 ? std::min(load_.requests / counted, 1.0) : 0;
    load_.bytes = std::max(bytes_ - gone_bytes_, 0.0) * part;
    std::sort(load_.accounts.begin(), load_.accounts.end(),
              [](const AccountLoad& a, const AccountLoad& b) {
                return a.load() > b.load() || (a.load() == b.load() && a.account < b.account);
              });
    return std::move(load_);
  }

 private:
  bool Here(uint32_t slot) const { return map_.slots()[slot] == load_.partition; }

  // An account that a meter does not have may have had as much there as its least.
  void Add(const LoadReading& reading) {
    requests_ += reading.requests;
    bytes_ += reading.bytes;
    pinned_ += reading.pinned_requests;
    for (uint32_t slot = 0; slot < kSlotCount; ++slot) slots_[slot] += reading.slots[slot];
    for (const AccountSketch::Entry& entry : reading.accounts) {
      Sum& sum = sums_.try_emplace(entry.hash, Sum{&entry, 0, 0, 0, least_}).first->second;
      sum.requests += entry.requests;
      sum.bytes += entry.bytes;
      if (entry.by_slot) sum.by_slot += entry.requests;
      sum.unseen += entry.error - reading.least;
    }
    for (auto& [hash, sum] : sums_) sum.unseen += reading.least;
    least_ += reading.least;
  }

  void Take(const Sum& sum) {
    const std::string& account = sum.entry->account;
    double& slot = slots_[SlotOfHash(sum.entry->hash)];
    if (map_.OwnerOf(account) != load_.partition) {
      gone_requests_ += sum.requests;
      gone_bytes_ += sum.bytes;
      pinned_ -= sum.requests - sum.by_slot;
      slot = std::max(slot - sum.by_slot, 0.0);
      return;
    }
    const bool pinned = map_.IsPinned(account);
    if (pinned) {  // Its slot may go without it.
      const double moved = std::min(slot, sum.by_slot);
      slot -= moved;
      pinned_ += moved;
    }
    load_.accounts.push_back({account, pinned, sum.requests, sum.bytes, sum.unseen});
  }

  const PartitionMap& map_;
  PartitionLoad load_;
  std::vector<double> slots_;
  std::unordered_map<uint64_t, Sum> sums_;  // By the account's hash.
  double requests_ = 0;
  double bytes_ = 0;
  double pinned_ = 0;
  double least_ = 0;  // Of the readings so far.
  double gone_requests_ = 0;
  double gone_bytes_ = 0;
};

}  // namespace

PartitionLoad ReportLoad(PartitionId partition, const PartitionMap& map,
                         const std::vector<LoadReading>& readings) {
  return Report(partition, map, readings).Make();
}

}  // namespace mesh::backend
