#include "backend/partition/partition_opener.h"

#include <pthread.h>

#include <algorithm>
#include <string>

#include "common/base/log.h"

namespace mesh::backend {

OpenerMetrics::OpenerMetrics(Registry& registry)
    : opened(registry.GetCounter("mesh_backend_partitions_opened_total",
                                 "Partitions opened because the map gave them to us while we "
                                 "served.")),
      failures(registry.GetCounter("mesh_backend_partition_open_failures_total",
                                   "Attempts to open one that failed.")),
      waiting(registry.GetGauge("mesh_backend_partitions_waiting",
                                "Partitions that the map gives to us and that are not open.")) {}

PartitionOpener::PartitionOpener(const OpenerLimits& limits, OpenerMetrics& metrics, Open open)
    : limits_(limits), metrics_(metrics), open_(std::move(open)), thread_([this] { Run(); }) {}

PartitionOpener::~PartitionOpener() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

// What is wanted already keeps the time of its next attempt.
void PartitionOpener::Want(const std::vector<PartitionId>& partitions) {
  {
    const std::lock_guard lock(mutex_);
    std::map<PartitionId, Wanted> wanted;
    for (const PartitionId partition : partitions) {
      const auto known = wanted_.find(partition);
      wanted[partition] =
          known == wanted_.end() ? Wanted{Time(), limits_.retry_min} : known->second;
    }
    wanted_ = std::move(wanted);
    metrics_.waiting.Set(static_cast<int64_t>(wanted_.size()));
  }
  wake_.notify_all();
}

void PartitionOpener::Run() {
  pthread_setname_np(pthread_self(), "opener");
  PartitionId partition = 0;
  while (AwaitDue(&partition)) Try(partition);
}

// Waits until an attempt is due; false at the end.
bool PartitionOpener::AwaitDue(PartitionId* partition) {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto first = std::min_element(
        wanted_.begin(), wanted_.end(),
        [](const auto& one, const auto& other) { return one.second.next < other.second.next; });
    if (first == wanted_.end()) {
      wake_.wait(lock);
    } else if (const Time next = first->second.next; next > std::chrono::steady_clock::now()) {
      wake_.wait_until(lock, next);
    } else {
      *partition = first->first;
      return true;
    }
  }
  return false;
}

void PartitionOpener::Try(PartitionId partition) {
  const Status opened = open_(partition);
  if (!opened.ok()) return Failed(partition, opened);
  metrics_.opened.Add();
  Log(LogLevel::kInfo, "a partition that the map added is open",
      {{"partition", std::to_string(partition)}});
  const std::lock_guard lock(mutex_);
  wanted_.erase(partition);
  metrics_.waiting.Set(static_cast<int64_t>(wanted_.size()));
}

// The waits keep the log short as well.
void PartitionOpener::Failed(PartitionId partition, const Status& why) {
  metrics_.failures.Add();
  std::chrono::milliseconds wait = limits_.retry_min;
  {
    const std::lock_guard lock(mutex_);
    const auto wanted = wanted_.find(partition);
    if (wanted == wanted_.end()) return;  // The map has taken it away meanwhile.
    wait = wanted->second.wait;
    wanted->second.next = std::chrono::steady_clock::now() + wait;
    wanted->second.wait = std::min(2 * wait, limits_.retry_max);
  }
  Log(LogLevel::kError, "a partition that the map added cannot be opened",
      {{"partition", std::to_string(partition)},
       {"error", why.message()},
       {"next", "mend what the error names; it is tried again by itself"},
       {"again_in_ms", std::to_string(wait.count())}});
}

}  // namespace mesh::backend
