#include "common/mesh/partition_map.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <utility>

#include "common/base/check.h"
#include "common/encoding/domain_name.h"

namespace mesh {
namespace {

constexpr size_t kFileBytesMax = 64 * 1024 * 1024;
// Entries of the table that finds partitions by id without a search, for each partition.
constexpr size_t kPlacesPerPartitionMax = 8;

Status AtFault(const Status& status) {
  return status.ok() ? status : InvalidArgument("partition map: " + status.message());
}

// Without the port.
std::string_view HostPart(std::string_view direct_host) {
  return direct_host.substr(0, direct_host.rfind(':'));
}

// A DNS name in lower case, perhaps with a port.
bool IsHostAndPort(std::string_view text) {
  const std::string_view host = HostPart(text);
  const std::string_view port = text.substr(std::min(text.size(), host.size() + 1));
  const bool digits = port.find_first_not_of("0123456789") == port.npos;
  return IsDomainName(host) && digits && port.size() <= 5 && text.back() != ':';
}

Status CheckBackEnds(const std::vector<BackEnd>& back_ends) {
  for (const BackEnd& back_end : back_ends) {
    if (back_end.address.find(':') == std::string::npos) {
      return InvalidArgument("back end " + back_end.name + ": address is not host:port");
    }
    if (!back_end.direct_host.empty() && !IsHostAndPort(back_end.direct_host)) {
      return InvalidArgument(
          "back end " + back_end.name +
          ": directHost: expected a DNS name in lower case, perhaps with a port");
    }
  }
  return Status();
}

}  // namespace

Result<PartitionMap> PartitionMap::Parse(std::string_view json) {
  MESH_ASSIGN(const MapDocument document, MapDocument::Parse(json));
  MESH_RETURN_IF_ERROR(AtFault(CheckBackEnds(document.back_ends)));
  return Build(document);
}

Result<PartitionMap> PartitionMap::Build(const MapDocument& document) {
  PartitionMap map;
  map.epoch_ = document.epoch;
  map.slot_key_ = document.slot_key;
  MESH_RETURN_IF_ERROR(AtFault(map.PlaceBackEnds(document.back_ends)));
  MESH_RETURN_IF_ERROR(AtFault(map.PlacePartitions(document.partitions)));
  MESH_RETURN_IF_ERROR(AtFault(map.PlaceSlots(document.partitions)));
  MESH_RETURN_IF_ERROR(AtFault(map.PlacePins(document.pins)));
  return map;
}

Result<PartitionMap> PartitionMap::Load(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file.is_open() || file.bad()) {
    return Status(Code::kUnavailable, "partition map: cannot read " + path);
  }
  if (text.size() > kFileBytesMax) {
    return InvalidArgument("partition map: " + path + " is larger than 64 MiB");
  }
  return Parse(text);
}

Status PartitionMap::PlaceBackEnds(const std::vector<BackEnd>& back_ends) {
  std::vector<std::string_view> names;
  for (const BackEnd& back_end : back_ends) names.push_back(back_end.name);
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end()) {
    return InvalidArgument("back end " + std::string(*twice) + ": named twice");
  }
  back_ends_ = back_ends;
  return Status();
}

Status PartitionMap::PlacePartitions(const std::vector<MapDocument::Partition>& partitions) {
  std::map<std::string_view, uint32_t> places;
  for (const BackEnd& back_end : back_ends_) {
    places.emplace(back_end.name, static_cast<uint32_t>(places.size()));
  }
  for (const MapDocument::Partition& partition : partitions) {
    const auto place = places.find(partition.back_end);
    if (place == places.end()) {
      return InvalidArgument("partition " + std::to_string(partition.id) + ": unknown back end \"" +
                             partition.back_end + "\"");
    }
    homes_.push_back({partition.id, place->second});
  }
  const auto id_less = [](const Home& a, const Home& b) { return a.partition < b.partition; };
  std::sort(homes_.begin(), homes_.end(), id_less);
  const auto twice =
      std::adjacent_find(homes_.begin(), homes_.end(),
                         [](const Home& a, const Home& b) { return a.partition == b.partition; });
  if (twice == homes_.end()) return IndexHomes(), Status();
  return InvalidArgument("partition " + std::to_string(twice->partition) +
                         ": its id is used twice");
}

void PartitionMap::IndexHomes() {
  const size_t size = homes_.empty() ? 0 : size_t{homes_.back().partition} + 1;
  if (size > kPlacesPerPartitionMax * (homes_.size() + 1)) return;
  places_.assign(size, 0);
  for (size_t i = 0; i < homes_.size(); ++i) {
    places_[homes_[i].partition] = static_cast<uint32_t>(i + 1);
  }
}

Status PartitionMap::PlaceSlots(const std::vector<MapDocument::Partition>& partitions) {
  slots_.assign(kSlotCount, 0);
  std::vector<bool> assigned(kSlotCount, false);
  for (const MapDocument::Partition& partition : partitions) {
    for (const SlotRange& range : partition.slots) {
      for (uint32_t slot = range.first; slot <= range.last; ++slot) {
        if (assigned[slot]) {
          return InvalidArgument("slot " + std::to_string(slot) + ": assigned twice");
        }
        assigned[slot] = true;
        slots_[slot] = partition.id;
      }
    }
  }
  const auto gap = std::find(assigned.begin(), assigned.end(), false);
  if (gap == assigned.end()) return Status();
  return InvalidArgument("slot " + std::to_string(gap - assigned.begin()) + ": unassigned");
}

Status PartitionMap::PlacePins(const std::vector<MapDocument::Pin>& pins) {
  for (const MapDocument::Pin& pin : pins) {
    if (Has(pin.partition)) continue;
    return InvalidArgument("pin of " + pin.account + ": unknown partition " +
                           std::to_string(pin.partition));
  }
  MESH_ASSIGN(pins_, PinTable::Build(slot_key_, pins));
  return Status();
}

PartitionId PartitionMap::OwnerOf(std::string_view canonical_address) const {
  const uint64_t hash = SipHash(slot_key_, canonical_address);
  const PartitionId* const pin = pins_.Find(hash, canonical_address);
  return pin != nullptr ? *pin : slots_[SlotOfHash(hash)];
}

bool PartitionMap::IsPinned(std::string_view canonical_address) const {
  return pins_.Find(SipHash(slot_key_, canonical_address), canonical_address) != nullptr;
}

const PartitionMap::Home* PartitionMap::FindHome(PartitionId partition) const {
  if (!places_.empty()) {
    const bool placed = partition < places_.size() && places_[partition] != 0;
    return placed ? &homes_[places_[partition] - 1] : nullptr;
  }
  const auto home =
      std::lower_bound(homes_.begin(), homes_.end(), partition,
                       [](const Home& one, PartitionId id) { return one.partition < id; });
  return home != homes_.end() && home->partition == partition ? &*home : nullptr;
}

bool PartitionMap::IsDirectHost(std::string_view host) const {
  return std::any_of(back_ends_.begin(), back_ends_.end(), [host](const BackEnd& back_end) {
    return !back_end.direct_host.empty() && HostPart(back_end.direct_host) == host;
  });
}

const BackEnd& PartitionMap::HomeOf(PartitionId partition) const {
  const Home* const home = FindHome(partition);
  MESH_CHECK(home != nullptr);
  return back_ends_[home->back_end];
}

std::vector<PartitionId> PartitionMap::PartitionsOf(std::string_view name) const {
  std::vector<PartitionId> partitions;
  for (const Home& home : homes_) {
    if (back_ends_[home.back_end].name == name) partitions.push_back(home.partition);
  }
  return partitions;
}

}  // namespace mesh
