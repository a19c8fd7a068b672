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

struct Slot {
  uint32_t number = 0;
  double weight = 0;  // What its accounts bear of all, 0 to 1.
};

// A back end that takes part.
struct Place {
  std::string back_end;
  PartitionId partition = 0;  // Where it takes slots: that of its partitions with the fewest.
  std::vector<Slot> slots;
  std::vector<HotAccount> hot;  // Of those, accounts that are not pinned.
  size_t pins = 0;
  double share = 0;  // Of slots and pinned accounts.
  double before = 0;
};

double Part(double of, double all, double otherwise) { return all > 0 ? of / all : otherwise; }

class Planner {
 public:
  Planner(const KeptMap& map, const Loads& loads) : map_(map) {
    for (const MapDocument::Partition& partition : map.document.partitions) {
      if (loads.count(partition.back_end) != 0) Take(partition);
    }
    for (const MapDocument::Pin& pin : map.document.pins) {
      Place* const place = Find(map.map->HomeOf(pin.partition).name);
      if (place != nullptr) ++place->pins;
    }
    for (const Place& place : places_) {
      const BackEndLoad& load = loads.find(place.back_end)->second;
      all_bytes_ += static_cast<double>(load.data_bytes);
      all_requests_ += load.requests;
    }
    if (all_requests_ < kRequestsMin) all_requests_ = 0;
    for (Place& place : places_) Weigh(loads.find(place.back_end)->second, place);
  }

  std::vector<Place>& places() { return places_; }
  double equal() const { return 1.0 / static_cast<double>(places_.size()); }
  Place* Find(std::string_view back_end) {
    const auto found = std::find_if(places_.begin(), places_.end(),
                                    [&](const Place& p) { return p.back_end == back_end; });
    return found == places_.end() ? nullptr : &*found;
  }
  // What an account of so many requests bears of all.
  double WeightOf(double requests) const { return Part(requests, all_requests_, 0) / 2; }

  // The last slot goes from one to the other.
  void GiveLast(Place& from, Place& to) {
    Give(from, to, from.slots.back());
    from.slots.pop_back();
  }
  // So many of the last ones that weigh something, and together no more than `weight`; whether
  // there is one.
  bool GiveWeight(Place& from, Place& to, double weight) {
    std::vector<Slot> kept;
    const size_t before = from.slots.size();
    for (; !from.slots.empty(); from.slots.pop_back()) {
      const Slot slot = from.slots.back();
      if (slot.weight > 0 && slot.weight <= weight) {
        weight -= slot.weight;
        Give(from, to, slot);
      } else {
        kept.push_back(slot);
      }
    }
    from.slots.assign(kept.rbegin(), kept.rend());
    return kept.size() < before;
  }

  void GiveAccount(const std::string& account, double weight, Place& from, Place& to) {
    MoveOrder order;
    order.account = account;
    order.to = std::to_string(to.partition);
    accounts_.push_back(std::move(order));
    from.share -= weight;
    to.share += weight;
  }

  Placement Finish() {
    Placement placement;
    for (auto& [partition, slots] : moved_) {
      MoveOrder order;
      order.slots = Ranges(slots);
      order.to = std::to_string(partition);
      placement.orders.push_back(std::move(order));
    }
    std::move(accounts_.begin(), accounts_.end(), std::back_inserter(placement.orders));
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
      places_.emplace_back().back_end = partition.back_end;
      place = &places_.back();
      place->partition = partition.id;
    } else if (slots < CountOf(place->partition)) {
      place->partition = partition.id;
    }
    for (uint32_t slot = 0; slot < kSlotCount; ++slot) {
      if (map_.map->slots()[slot] == partition.id) place->slots.push_back({slot, 0});
    }
  }

  size_t CountOf(PartitionId partition) const {
    const auto& slots = map_.map->slots();
    return static_cast<size_t>(std::count(slots.begin(), slots.end(), partition));
  }

  void Weigh(const BackEndLoad& load, Place& place) {
    // An empty one bears nothing, whatever its files weigh.
    if (place.slots.empty() && place.pins == 0) return;
    const double count = static_cast<double>(place.slots.size());
    const double bytes =
        Part(static_cast<double>(load.data_bytes), all_bytes_, count / kSlotCount) / 2;
    const double requests = Part(load.requests, all_requests_, count / kSlotCount) / 2;
    const bool told = load.told && all_requests_ > 0;
    for (Slot& slot : place.slots) slot.weight = (bytes + (told ? 0 : requests)) / count;
    if (told) AddRequests(*load.told, place);
    place.share = place.before = bytes + requests;
  }

  void AddRequests(const RequestLoad& told, Place& place) {
    std::map<uint32_t, double> requests(told.slots.begin(), told.slots.end());
    for (Slot& slot : place.slots) {
      const auto found = requests.find(slot.number);
      if (found != requests.end()) slot.weight += WeightOf(found->second);
    }
    for (const HotAccount& one : told.accounts) {
      if (!one.pinned) place.hot.push_back(one);
    }
  }

  void Give(Place& from, Place& to, const Slot& slot) {
    moved_[to.partition].push_back(slot.number);
    to.slots.push_back(slot);
    from.share -= slot.weight;
    to.share += slot.weight;
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
  double all_bytes_ = 0;
  double all_requests_ = 0;
  std::map<PartitionId, std::vector<uint32_t>> moved_;  // By where they go.
  std::vector<MoveOrder> accounts_;
};

bool BearsLess(const Place& one, const Place& other) {
  return one.share < other.share || (one.share == other.share && one.back_end < other.back_end);
}

Place& Most(Planner& planner) {
  return *std::max_element(planner.places().begin(), planner.places().end(), BearsLess);
}
Place& Least(Planner& planner) {
  return *std::min_element(planner.places().begin(), planner.places().end(), BearsLess);
}
bool BearsTooMuch(const Place& place, double equal) {
  return place.share > equal * (1 + kShareTolerance);
}

// One step from the one that bears most to the one that bears least; false when none is needed, or
// no slot is light enough.
bool Step(Planner& planner) {
  const double equal = planner.equal();
  Place& most = Most(planner);
  Place& least = Least(planner);
  if (!BearsTooMuch(most, equal)) return false;
  return planner.GiveWeight(most, least, std::min(most.share - equal, equal - least.share));
}

// The same with an account. That one is best which leaves less to the one of both that bears more.
bool PinStep(Planner& planner) {
  Place& most = Most(planner);
  Place& least = Least(planner);
  if (!BearsTooMuch(most, planner.equal())) return false;
  double lowest = most.share - planner.equal() * kShareTolerance;
  auto best = most.hot.end();
  for (auto one = most.hot.begin(); one != most.hot.end(); ++one) {
    const double weight = planner.WeightOf(one->requests);
    const double higher = std::max(most.share - weight, least.share + weight);
    if (higher >= lowest) continue;
    lowest = higher;
    best = one;
  }
  if (best == most.hot.end()) return false;
  planner.GiveAccount(best->account, planner.WeightOf(best->requests), most, least);
  most.hot.erase(best);
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
  // A step brings one back end near to an equal share; a slot that is too heavy may cost another.
  for (size_t i = 0; i < 2 * planner.places().size() && Step(planner); ++i) {
  }
  return planner.Finish();
}

Result<Placement> PlanPins(const KeptMap& map, const Loads& loads) {
  Planner planner(map, loads);
  if (planner.places().size() < 2) return NeedsOthers();
  for (size_t i = 0; i < kPinsPerPlan && PinStep(planner); ++i) {
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
    Place& to = least();
    for (size_t i = 0; i < piece && !from->slots.empty(); ++i) planner.GiveLast(*from, to);
  }
  // What is left of its share is that of pinned accounts, taken for alike.
  const double weight = from->pins == 0 ? 0 : from->share / static_cast<double>(from->pins);
  for (const MapDocument::Pin& pin : map.document.pins) {
    if (map.map->HomeOf(pin.partition).name != back_end) continue;
    planner.GiveAccount(pin.account, weight, *from, least());
  }
  return planner.Finish();
}

}  // namespace mesh::admin
