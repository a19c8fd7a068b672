// What owners of accounts refuse, until it is written into their partitions' incident spools.

#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string_view>
#include <vector>

#include "backend/model/incident_spool.h"
#include "backend/model/message_policy.h"
#include "common/base/clock.h"
#include "common/mesh/incident_tally.h"
#include "common/mesh/partition_map.h"

namespace mesh::backend {

// Occurrences that were recorded, by IncidentKind. Thread-safe.
struct IncidentFigures {
  std::array<std::atomic<uint64_t>, kIncidentKinds> counts{};

  void Count(const Incident& incident) {
    counts[static_cast<size_t>(incident.kind)].fetch_add(incident.count, std::memory_order_relaxed);
  }
};

// One tally for each partition of a process. Thread-safe; locks, for what is refused only.
class OwnerIncidents {
 public:
  void Count(PartitionId partition, IncidentKind kind, std::string_view reason,
             std::string_view source, std::string_view account, WallMillis now);
  // Those of one partition; none of it are left.
  std::vector<Incident> Take(PartitionId partition);

 private:
  std::mutex mutex_;
  std::map<PartitionId, IncidentTally> tallies_;  // Guarded by mutex_.
};

// What transactions of one partition are told about incidents. Everything outlives them.
struct IncidentContext {
  PartitionId partition;
  IncidentLimits limits;
  IncidentFigures& figures;
  OwnerIncidents& tally;

  // Counts a message that was not delivered to `account`, if that is one. `service` is the domain
  // that transmitted it; empty: this service, and then `sender` is who was refused.
  void CountMessage(DeliveryResult result, std::string_view service, std::string_view sender,
                    std::string_view account, WallMillis now) const;
};

}  // namespace mesh::backend
