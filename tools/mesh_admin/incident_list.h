// What the partitions of a map know of incidents, as one list.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/mesh/incident.h"
#include "common/operator/back_ends.h"

namespace mesh::admin {

struct IncidentQuery {
  WallMillis since = 0;                  // Which ended before is left out.
  std::optional<PartitionId> partition;  // None: all of the map.
  // "seal", "authentication/seal" or all of "authentication/"; empty: all.
  std::string reason;
};

struct IncidentList {
  // One for each kind, reason, source and account, over all partitions and hours; those that
  // happened last come last.
  std::vector<Incident> incidents;
  uint64_t dropped = 0;  // Incidents that gave way to newer ones, ever, in what answered.
};

// Asks the partitions. `missing` is told why one did not answer. When none did, the Status is the
// first one's; kInvalidArgument: the map has no such partition.
Result<IncidentList> ListIncidents(BackEnds& back_ends, const IncidentQuery& query,
                                   const std::function<void(const Status&)>& missing);

// Whether `incident` is one of `reason`, as in IncidentQuery.
bool IsOfReason(const Incident& incident, std::string_view reason);

}  // namespace mesh::admin
