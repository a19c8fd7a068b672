#include "common/mesh/pin_table.h"

#include <bit>
#include <limits>

namespace mesh {

Result<PinTable> PinTable::Build(const SlotKey& key, const std::vector<MapDocument::Pin>& pins) {
  PinTable table;
  if (pins.empty()) return table;
  size_t octets = 0;
  for (const MapDocument::Pin& pin : pins) octets += pin.account.size();
  if (octets > std::numeric_limits<uint32_t>::max()) return InvalidArgument("too many pins");
  table.accounts_.reserve(octets);
  table.places_.resize(std::bit_ceil(2 * pins.size()));
  table.marks_.resize(table.places_.size());
  const size_t mask = table.places_.size() - 1;
  for (const MapDocument::Pin& pin : pins) {
    const uint64_t hash = SipHash(key, pin.account);
    if (table.Find(hash, pin.account) != nullptr) {
      return InvalidArgument("pin: account " + pin.account + " is pinned twice");
    }
    size_t place = hash & mask;
    while (table.marks_[place] != 0) place = (place + 1) & mask;
    table.marks_[place] = MarkOf(hash);
    table.places_[place] = {hash, static_cast<uint32_t>(table.accounts_.size()),
                            static_cast<uint32_t>(pin.account.size()), pin.partition};
    table.accounts_ += pin.account;
  }
  return table;
}

const PartitionId* PinTable::Find(uint64_t hash, std::string_view account) const {
  if (places_.empty()) return nullptr;
  const size_t mask = places_.size() - 1;
  const uint8_t mark = MarkOf(hash);
  for (size_t at = hash & mask; marks_[at] != 0; at = (at + 1) & mask) {
    if (marks_[at] != mark) continue;
    const Place& place = places_[at];
    if (place.hash == hash && AccountOf(place) == account) return &place.partition;
  }
  return nullptr;
}

}  // namespace mesh
