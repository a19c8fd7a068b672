// PinTable holds which accounts are pinned, to which partition: a hundred thousand of
// them, looked up with each request.
//
// It is three runs of memory, whatever it holds: the last reader lets go of it on an event
// loop, which must not be busy with freeing a hundred thousand strings.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/mesh/map_document.h"
#include "common/mesh/slot.h"

namespace mesh {

// Never changes once built.
class PinTable {
 public:
  PinTable() = default;

  // kInvalidArgument: an account is pinned twice.
  static Result<PinTable> Build(const SlotKey& key, const std::vector<MapDocument::Pin>& pins);

  // The partition of an account, or null; `hash` is SipHash of it under the table's key.
  const PartitionId* Find(uint64_t hash, std::string_view account) const;

 private:
  struct Place {
    uint64_t hash = 0;
    uint32_t offset = 0;  // Of the account in accounts_.
    uint32_t size = 0;
    PartitionId partition = 0;
  };

  // Of a place that is taken, never 0: eight bits of the hash that did not choose the place.
  static uint8_t MarkOf(uint64_t hash) { return static_cast<uint8_t>(hash >> 56 | 1); }
  std::string_view AccountOf(const Place& place) const {
    return std::string_view(accounts_).substr(place.offset, place.size);
  }

  // A power of two of places, at most half taken; hash % count says where a pin's search
  // begins. Most accounts are not pinned, and for them the marks alone are looked at, which
  // fit into a core's cache.
  std::vector<uint8_t> marks_;
  std::vector<Place> places_;
  std::string accounts_;
};

}  // namespace mesh
