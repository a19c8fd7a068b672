// The incident spool of a partition (draft §3.1): refused and abusive traffic, for operators.
//
// It is no container: nobody synchronizes it, so it has no frames, no index and no digest, and
// what happens again changes the record of its hour instead of adding one. That, and a bound on
// the records that one hour may make, keeps a flood from filling it and from costing the writer
// more than a look-up each (docs/STORAGE_FORMAT.md).

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "backend/storage/write_view.h"
#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/mesh/incident.h"

namespace mesh::backend {

// What one partition keeps; the oldest go first.
struct IncidentLimits {
  // Records, about 200 octets each: 2 MB, and more than a person reads.
  uint32_t incidents_max = 10'000;
  uint32_t days = 30;
};

// Of incidents_max, what one hour may make: a flood from ever new sources cannot push out what
// happened before it within less than ten hours. The others are counted without their sources.
inline constexpr uint32_t kIncidentHourShare = 10;
// When a report comes later than that, its times are moved up: it is found where people look.
inline constexpr WallMillis kIncidentReportTime = 24 * 3'600'000;

// Of one transaction or sweep.
class IncidentSpool {
 public:
  // One read. kDataLoss.
  static Result<IncidentSpool> Open(const Reader& reader);

  // Counts `incident` in the record of its hour. One read more, or two.
  Status Record(Incident incident, const IncidentLimits& limits, WallMillis now, WriteView& view);

  // Takes out what is older than `limits` or beyond them, at most `most` records. Returns how many
  // that were.
  Result<size_t> Trim(const IncidentLimits& limits, WallMillis now, size_t most, WriteView& view);

  // Writes the figures, if they have changed. Call once, last.
  void Save(WriteView& view) const;

  uint64_t incidents() const { return incidents_; }
  uint64_t dropped() const { return dropped_; }

 private:
  Status Add(Incident incident, std::string key, WriteView& view);
  bool HasRoom(const IncidentLimits& limits, WallMillis now);

  uint64_t incidents_ = 0;
  uint64_t dropped_ = 0;
  uint32_t hour_ = 0;
  uint32_t hour_incidents_ = 0;
  bool changed_ = false;
};

// A page of a partition's incidents, in the order of their hours.
struct IncidentPage {
  std::string next;  // After which the next page begins; empty: there is none.
};
// Calls `take` with at most `most` incidents of the hours from that of `since` on, behind `after`,
// which is empty or the `next` of a page. kInvalidArgument: it is not. kDataLoss.
Result<IncidentPage> ReadIncidents(const Reader& reader, WallMillis since, std::string_view after,
                                   size_t most, const std::function<void(Incident)>& take);

}  // namespace mesh::backend
