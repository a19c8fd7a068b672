#include "tools/mesh_admin/placement.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "common/mesh/slot.h"

namespace mesh::admin {
namespace {

// Of what an evacuated back end has: few enough that slots stay together, enough that the others
// bear alike.
constexpr size_t kPieces = 64;

// A back end that takes part.
struct Place {
  std::string back_end;
  PartitionId partition = 0;  // Where it takes slots: that of its partitions with the fewest.
  std::vector<uint32_t> slots;
  double share = 0;
  double before = 0;

  double PerSlot() const { return slots.empty() ? 0 : share / static_cast<double>(slots.size()); }
};

double Part(int64_t of, int64_t all, double otherwise) {
  return all > 0 ? static_cast<double>(of) / static_cast<double>(all) : otherwise;
}

class Planner {
 public:
  Planner(const KeptMap& map, const Loads& loads) : map_(map) {
    for (const MapDocument::Partition& partition : map.document.partitions) {
      if (loads.count(partition.back_end) != 0) Take(partition);
    }
    Weigh(loads);
  }

  std::vector<Place>& places() { return places_; }
  Place* Find(std::string_view back_end) {
    const auto found = std::find_if(places_.begin(), places_.end(),
                                    [&](const Place& p) { return p.back_end == back_end; });
    return found == places_.end() ? nullptr : &*found;
  }

  // `count` slots go from one to the other.
  void Give(Place& from, Place& to, size_t count) {
    const double weight = from.PerSlot();
    for (size_t i = 0; i < count; ++i) {
      moved_[to.partition].push_back(from.slots.back());
      to.slots.push_back(from.slots.back());
      from.slots.pop_back();
      from.share -= weight;
      to.share += weight;
    }
  }

  void GivePin(const MapDocument::Pin& pin, const Place& to) {
    MoveOrder order;
    order.account = pin.account;
    order.to = std::to_string(to.partition);
    pins_.push_back(std::move(order));
  }

  Placement Finish() {
    Placement placement;
    for (auto& [partition, slots] : moved_) {
      MoveOrder order;
      order.slots = Ranges(slots);
      order.to = std::to_string(partition);
      placement.orders.push_back(std::move(order));
    }
    std::move(pins_.begin(), pins_.end(), std::back_inserter(placement.orders));
    for (const Place& place : places_) {
      placement.shares.push_back({place.back_end, place.before, place.share});
    }
    return placement;
  }

 private:
  void Take(const MapDocument::Partition& partition) {
    Place* place = Find(partition.back_end);
    const size_t slots = CountOf(partition.id);
    if (place == nullptr) {
      places_.push_back({partition.back_end, partition.id, {}, 0, 0});
      place = &places_.back();
    } else if (slots < CountOf(place->partition)) {
      place->partition = partition.id;
    }
    for (uint32_t slot = 0; slot < kSlotCount; ++slot) {
      if (map_.map->slots()[slot] == partition.id) place->slots.push_back(slot);
    }
  }

  size_t CountOf(PartitionId partition) const {
    const auto& slots = map_.map->slots();
    return static_cast<size_t>(std::count(slots.begin(), slots.end(), partition));
  }

  void Weigh(const Loads& loads) {
    int64_t bytes = 0;
    int64_t requests = 0;
    for (const Place& place : places_) {
      bytes += loads.find(place.back_end)->second.data_bytes;
      requests += loads.find(place.back_end)->second.requests;
    }
    for (Place& place : places_) {
      const BackEndLoad& load = loads.find(place.back_end)->second;
      const double slots = static_cast<double>(place.slots.size()) / kSlotCount;
      // An empty one bears nothing, whatever its files weigh.
      place.share =
          place.slots.empty()
              ? 0
              : (Part(load.data_bytes, bytes, slots) + Part(load.requests, requests, slots)) / 2;
      place.before = place.share;
    }
  }

  static MovedSlots Ranges(std::vector<uint32_t>& slots) {
    std::sort(slots.begin(), slots.end());
    MovedSlots ranges;
    for (const uint32_t slot : slots) {
      if (!ranges.empty() && ranges.back().second + 1 == slot) {
        ranges.back().second = slot;
      } else {
        ranges.emplace_back(slot, slot);
      }
    }
    return ranges;
  }

  const KeptMap& map_;
  std::vector<Place> places_;
  std::map<PartitionId, std::vector<uint32_t>> moved_;  // By where they go.
  std::vector<MoveOrder> pins_;
};

bool BearsLess(const Place& one, const Place& other) {
  return one.share < other.share || (one.share == other.share && one.back_end < other.back_end);
}

// One step from the one that bears most to the one that bears least; false when none is needed.
bool Step(Planner& planner, double equal) {
  auto& places = planner.places();
  Place& most = *std::max_element(places.begin(), places.end(), BearsLess);
  Place& least = *std::min_element(places.begin(), places.end(), BearsLess);
  if (most.share <= equal * (1 + kShareTolerance) || most.PerSlot() <= 0) return false;
  const double gives = std::min(most.share - equal, equal - least.share);
  const auto count = static_cast<size_t>(std::floor(gives / most.PerSlot()));
  if (count == 0) return false;
  planner.Give(most, least, std::min(count, most.slots.size()));
  return true;
}

Status NeedsOthers() {
  return Status(Code::kFailedPrecondition,
                "fewer than two registered back ends have a partition; start another one and give "
                "it one with `mesh-admin map add-partition`");
}

}  // namespace

Result<Placement> PlanRebalance(const KeptMap& map, const Loads& loads) {
  Planner planner(map, loads);
  if (planner.places().size() < 2) return NeedsOthers();
  const double equal = 1.0 / static_cast<double>(planner.places().size());
  // Each step brings one back end to an equal share, so there are no more than back ends.
  for (size_t i = 0; i < planner.places().size() && Step(planner, equal); ++i) {
  }
  return planner.Finish();
}

Result<Placement> PlanEvacuation(const KeptMap& map, const Loads& loads,
                                 std::string_view back_end) {
  if (map.map->PartitionsOf(back_end).empty()) {
    return Status(Code::kNotFound,
                  "the map gives no partition to a back end called " + std::string(back_end));
  }
  Planner planner(map, loads);
  Place* const from = planner.Find(back_end);
  if (from == nullptr || planner.places().size() < 2) return NeedsOthers();
  const auto least = [&]() -> Place& {
    Place* found = nullptr;
    for (Place& place : planner.places()) {
      if (&place != from && (found == nullptr || BearsLess(place, *found))) found = &place;
    }
    return *found;
  };
  const size_t piece = std::max<size_t>(1, from->slots.size() / kPieces);
  while (!from->slots.empty()) {
    planner.Give(*from, least(), std::min(piece, from->slots.size()));
  }
  for (const MapDocument::Pin& pin : map.document.pins) {
    if (map.map->HomeOf(pin.partition).name == back_end) planner.GivePin(pin, least());
  }
  return planner.Finish();
}

}  // namespace mesh::admin
