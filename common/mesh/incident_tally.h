// IncidentTally counts incidents until somebody takes them to a partition: the same thing of
// the same source is one, however often it happens.

#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/mesh/incident.h"

namespace mesh {

// Incidents with a source of their own that wait in one tally. About 200 octets each: a flood from
// ever new sources costs 50 KiB, and more names than these nobody reads.
inline constexpr size_t kIncidentsTalliedMax = 256;

// Not thread-safe.
class IncidentTally {
 public:
  // Counts one that happened `now`. Beyond kIncidentsTalliedMax what has no place is counted
  // under its kind and reason, of which there are few, with the source kOtherSources.
  void Count(IncidentKind kind, std::string_view reason, std::string_view source,
             std::string_view account, WallMillis now);
  // The same of one that was counted before.
  void Add(Incident incident);

  bool empty() const { return incidents_.empty(); }
  // All of them; none are left.
  std::vector<Incident> Take();

 private:
  std::map<std::string, Incident> incidents_;  // By IncidentKey.
};

}  // namespace mesh
