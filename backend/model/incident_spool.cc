#include "backend/model/incident_spool.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "backend/storage/key_schema.h"
#include "common/crypto/digest.h"
#include "proto/record.pb.h"

namespace mesh::backend {
namespace {

constexpr WallMillis kHour = 3'600'000;

Status Damaged() { return Status(Code::kDataLoss, "a stored incident cannot be read"); }

uint32_t HourOf(WallMillis time) {
  return static_cast<uint32_t>(std::max<WallMillis>(time, 0) / kHour);
}

// The end of every hour there can be.
constexpr uint32_t kNoHour = std::numeric_limits<uint32_t>::max();

std::string KeyOf(const Incident& incident) {
  const auto digest = crypto::Sha512(IncidentKey(incident));
  return IncidentRecordKey(HourOf(incident.last), digest.view().substr(0, kIncidentIdBytes));
}

// Clocks differ, and reports may be late.
void SetTimes(WallMillis now, Incident& incident) {
  incident.last = std::clamp(incident.last, now - kIncidentReportTime, now);
  incident.first = std::clamp(incident.first, incident.last - kIncidentReportTime, incident.last);
}

Result<Incident> ReadRecord(std::string_view octets) {
  proto::IncidentRecord record;
  if (!record.ParseFromArray(octets.data(), static_cast<int>(octets.size()))) return Damaged();
  Result<Incident> incident = TakeIncident(*record.mutable_incident());
  if (!incident.ok()) return Damaged();
  return incident;
}

void PutRecord(const Incident& incident, std::string key, WriteView& view) {
  proto::IncidentRecord record;
  FillIncident(incident, record.mutable_incident());
  view.Put(ColumnFamily::kIndex, std::move(key), record.SerializeAsString());
}

// Adds `incident` to the record of its hour, if there is one.
Result<bool> Merge(const Incident& incident, const std::string& key, WriteView& view) {
  MESH_ASSIGN(const std::optional<std::string> octets, view.Get(ColumnFamily::kIndex, key));
  if (!octets) return false;
  MESH_ASSIGN(Incident before, ReadRecord(*octets));
  MergeIncident(incident, before);
  PutRecord(before, key, view);
  return true;
}

}  // namespace

Result<IncidentSpool> IncidentSpool::Open(const Reader& reader) {
  MESH_ASSIGN(const std::optional<std::string> octets,
              reader.Get(ColumnFamily::kIndex, IncidentSpoolKey()));
  IncidentSpool spool;
  if (!octets) return spool;
  proto::IncidentSpoolRecord record;
  if (!record.ParseFromString(*octets)) return Damaged();
  spool.incidents_ = record.incidents();
  spool.dropped_ = record.dropped();
  spool.hour_ = record.hour();
  spool.hour_incidents_ = record.hour_incidents();
  return spool;
}

void IncidentSpool::Save(WriteView& view) const {
  if (!changed_) return;
  proto::IncidentSpoolRecord record;
  record.set_incidents(incidents_);
  record.set_dropped(dropped_);
  record.set_hour(hour_);
  record.set_hour_incidents(hour_incidents_);
  view.Put(ColumnFamily::kIndex, IncidentSpoolKey(), record.SerializeAsString());
}

// Whether the hour may make one more record.
bool IncidentSpool::HasRoom(const IncidentLimits& limits, WallMillis now) {
  if (hour_ != HourOf(now)) {
    hour_ = HourOf(now);
    hour_incidents_ = 0;
  }
  return hour_incidents_ < std::max(limits.incidents_max / kIncidentHourShare, 1u);
}

Status IncidentSpool::Record(Incident incident, const IncidentLimits& limits, WallMillis now,
                             WriteView& view) {
  SetTimes(now, incident);
  std::string key = KeyOf(incident);
  MESH_ASSIGN(const bool merged, Merge(incident, key, view));
  if (merged) return Status();
  if (HasRoom(limits, now)) return Add(std::move(incident), std::move(key), view);
  incident.source = kOtherSources;
  incident.account.clear();
  key = KeyOf(incident);
  MESH_ASSIGN(const bool among_others, Merge(incident, key, view));
  return among_others ? Status() : Add(std::move(incident), std::move(key), view);
}

Status IncidentSpool::Add(Incident incident, std::string key, WriteView& view) {
  PutRecord(incident, std::move(key), view);
  ++incidents_;
  ++hour_incidents_;
  changed_ = true;
  return Status();
}

Result<size_t> IncidentSpool::Trim(const IncidentLimits& limits, WallMillis now, size_t most,
                                   WriteView& view) {
  const uint32_t oldest = HourOf(now - static_cast<WallMillis>(limits.days) * 24 * kHour);
  const uint64_t beyond = incidents_ > limits.incidents_max ? incidents_ - limits.incidents_max : 0;
  const KeyRange range = IncidentRecords(0, beyond > 0 ? kNoHour : oldest);
  const std::unique_ptr<Cursor> cursor = view.Scan(ColumnFamily::kIndex, range.begin, range.end);
  const std::string kept = IncidentRecords(oldest, oldest).begin;
  size_t trimmed = 0;
  for (; cursor->Valid() && trimmed < most; cursor->Next()) {
    if (trimmed >= beyond && cursor->key() >= kept) break;
    view.Delete(ColumnFamily::kIndex, std::string(cursor->key()));
    ++trimmed;
  }
  MESH_RETURN_IF_ERROR(cursor->status());
  incidents_ -= std::min<uint64_t>(incidents_, trimmed);
  dropped_ += trimmed;
  changed_ = changed_ || trimmed > 0;
  return trimmed;
}

Result<IncidentPage> ReadIncidents(const Reader& reader, WallMillis since, std::string_view after,
                                   size_t most, const std::function<void(Incident)>& take) {
  if (!after.empty() && !IsIncidentRecordKey(after)) {
    return InvalidArgument("After: not the end of a page");
  }
  KeyRange range = IncidentRecords(HourOf(since), kNoHour);
  range.begin = std::max(range.begin, after.empty() ? std::string() : std::string(after) + '\0');
  const std::unique_ptr<Cursor> cursor = reader.Scan(ColumnFamily::kIndex, range.begin, range.end);
  IncidentPage page;
  for (size_t count = 0; cursor->Valid() && count < most; ++count, cursor->Next()) {
    MESH_ASSIGN(Incident incident, ReadRecord(cursor->value()));
    take(std::move(incident));
    page.next = std::string(cursor->key());
  }
  MESH_RETURN_IF_ERROR(cursor->status());
  if (!cursor->Valid()) page.next.clear();
  return page;
}

}  // namespace mesh::backend
