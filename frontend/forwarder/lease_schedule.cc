#include "frontend/forwarder/lease_schedule.h"

#include <algorithm>
#include <set>

#include "frontend/forwarder/retry_wait.h"

namespace mesh::frontend {

void LeaseSchedule::SetPartitions(const PartitionMap& map) {
  for (const BackEnd& back_end : map.back_ends()) {
    for (const PartitionId id : map.PartitionsOf(back_end.name)) partitions_.try_emplace(id);
  }
  for (auto& [id, one] : partitions_) one.gone = !map.Has(id);
  std::erase_if(partitions_, [](const auto& one) { return one.second.gone && !one.second.asking; });
}

std::optional<PartitionId> LeaseSchedule::Next(MonotonicTime now) {
  if (asking_ >= kLeasingMax) return std::nullopt;
  auto first = partitions_.end();
  for (auto it = partitions_.begin(); it != partitions_.end(); ++it) {
    if (it->second.asking || it->second.next > now) continue;
    if (first == partitions_.end() || it->second.next < first->second.next) first = it;
  }
  if (first == partitions_.end()) return std::nullopt;
  first->second.asking = true;
  first->second.nudged = false;
  ++asking_;
  return first->first;
}

LeaseSchedule::Partition* LeaseSchedule::Ended(PartitionId partition) {
  --asking_;
  const auto found = partitions_.find(partition);
  found->second.asking = false;
  if (!found->second.gone) return &found->second;
  partitions_.erase(found);
  return nullptr;
}

void LeaseSchedule::Answered(PartitionId partition, MonotonicTime now, bool more,
                             std::optional<Duration> due, uint32_t random) {
  Partition* const one = Ended(partition);
  if (one == nullptr) return;
  one->failures = 0;
  Duration wait = RetryWait(1, poll_, poll_, random);
  if (due) wait = std::min(wait, *due);
  one->next = more || one->nudged ? now : now + wait;
}

void LeaseSchedule::Failed(PartitionId partition, MonotonicTime now, uint32_t random) {
  Partition* const one = Ended(partition);
  if (one == nullptr) return;
  one->next = now + RetryWait(++one->failures, kLeaseRetryMin, kLeaseRetryMax, random);
}

void LeaseSchedule::Nudge(PartitionId partition, MonotonicTime now) {
  const auto found = partitions_.find(partition);
  if (found == partitions_.end()) return;
  Partition& one = found->second;
  one.nudged = true;
  if (!one.asking && one.failures == 0) one.next = std::min(one.next, now);
}

MonotonicTime LeaseSchedule::NextTime(MonotonicTime otherwise) const {
  if (asking_ >= kLeasingMax) return otherwise;
  for (const auto& [id, one] : partitions_) {
    if (!one.asking) otherwise = std::min(otherwise, one.next);
  }
  return otherwise;
}

}  // namespace mesh::frontend
