// LeaseSchedule knows which partitions are to be asked for messages that are due, and when.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "common/base/clock.h"
#include "common/mesh/partition_map.h"

namespace mesh::frontend {

// Partitions that are asked at a time.
inline constexpr size_t kLeasingMax = 16;
// A partition that gave no answer is asked again after the first, doubling up to the second.
inline constexpr std::chrono::milliseconds kLeaseRetryMin{250};
inline constexpr std::chrono::seconds kLeaseRetryMax{10};

// For one thread; holds no clock.
class LeaseSchedule {
 public:
  // How often a partition is asked in which nothing is due.
  explicit LeaseSchedule(Duration poll) : poll_(poll) {}

  // These are the partitions from now on.
  void SetPartitions(const PartitionMap& map);

  // A partition that is to be asked now, which must be answered to; nullopt: none.
  std::optional<PartitionId> Next(MonotonicTime now);
  // What came of asking. `more`: as much was given as was asked for. `due`: when the next
  // message is, if one waits. `random` is any number.
  void Answered(PartitionId partition, MonotonicTime now, bool more, std::optional<Duration> due,
                uint32_t random);
  void Failed(PartitionId partition, MonotonicTime now, uint32_t random);
  // Something may be due there.
  void Nudge(PartitionId partition, MonotonicTime now);

  // When Next has one; `otherwise` if that depends on answers.
  MonotonicTime NextTime(MonotonicTime otherwise) const;
  size_t asking() const { return asking_; }

 private:
  struct Partition {
    MonotonicTime next{};
    bool asking = false;
    bool nudged = false;  // While it is asked.
    bool gone = false;    // From the map, while it is asked.
    uint32_t failures = 0;
  };

  // Null: it is no partition any more.
  Partition* Ended(PartitionId partition);

  const Duration poll_;
  std::map<PartitionId, Partition> partitions_;
  size_t asking_ = 0;
};

}  // namespace mesh::frontend
