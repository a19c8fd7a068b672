// PartitionMap answers one question on the request path: which partition, on
// which back end, owns this account?
//
// Every slot belongs to exactly one partition and a partition lives on one back
// end, so all of an account is in one place and its transactions are local. A
// PartitionMap never changes once built: any number of threads may read one.
// Moving slots means a new map under a higher epoch.
//
// Look-ups take tens of nanoseconds also with ten thousand ranges and a hundred thousand
// pins; building such a map takes tens of milliseconds and is never done on an event loop.
// Letting go of one takes microseconds.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/mesh/map_document.h"
#include "common/mesh/pin_table.h"
#include "common/mesh/slot.h"

namespace mesh {

class PartitionMap {
 public:
  // Reads the map from its JSON text:
  //   {"epoch": 1, "slotKey": "<32 hex digits>",
  //    "backEnds": [{"name": "b1", "address": "127.0.0.1:9201", "directHost": "b1.example.com"}],
  //    "partitions": [{"id": 1, "backEnd": "b1", "slots": [[0, 8191]]}],
  //    "pins": [{"account": "a@example.com", "partition": 1}]}
  // Slot ranges are inclusive. `directHost` and `pins` may be left out.
  // kInvalidArgument, naming the first thing at fault: a slot that is missing or
  // assigned twice, a partition on an unknown back end, a duplicate id, a back end without
  // address, a directHost that is none.
  static Result<PartitionMap> Parse(std::string_view json);

  // The same of a document; back ends may be without address.
  static Result<PartitionMap> Build(const MapDocument& document);

  // Parse of the file at `path`; kUnavailable when it cannot be read. Blocks.
  static Result<PartitionMap> Load(const std::string& path);

  // The owner of a canonical account address. Every account has one.
  PartitionId OwnerOf(std::string_view canonical_address) const;

  // Whether an account is pinned, to the partition that OwnerOf gives.
  bool IsPinned(std::string_view canonical_address) const;

  // Where devices reach the owner of an account directly; empty: nowhere.
  const std::string& DirectHostOf(std::string_view canonical_address) const {
    return HomeOf(OwnerOf(canonical_address)).direct_host;
  }

  // Whether a back end is called so by devices: `host` in lower case, without a port.
  bool IsDirectHost(std::string_view host) const;

  // Where `partition` lives. The id must come from this map.
  const BackEnd& HomeOf(PartitionId partition) const;

  // The partitions that live on the back end called `name`, in order of id.
  std::vector<PartitionId> PartitionsOf(std::string_view name) const;

  bool Has(PartitionId partition) const { return FindHome(partition) != nullptr; }
  uint64_t epoch() const { return epoch_; }
  const SlotKey& slot_key() const { return slot_key_; }
  const std::vector<BackEnd>& back_ends() const { return back_ends_; }
  // The owner of each slot: kSlotCount entries.
  const std::vector<PartitionId>& slots() const { return slots_; }

 private:
  struct Home {
    PartitionId partition = 0;
    uint32_t back_end = 0;  // Into back_ends_.
  };

  PartitionMap() = default;
  const Home* FindHome(PartitionId partition) const;
  Status PlaceBackEnds(const std::vector<BackEnd>& back_ends);
  Status PlacePartitions(const std::vector<MapDocument::Partition>& partitions);
  void IndexHomes();
  Status PlaceSlots(const std::vector<MapDocument::Partition>& partitions);
  Status PlacePins(const std::vector<MapDocument::Pin>& pins);

  uint64_t epoch_ = 0;
  SlotKey slot_key_{};
  std::vector<BackEnd> back_ends_;
  std::vector<PartitionId> slots_;
  std::vector<Home> homes_;  // In order of partition.
  // Where in homes_ the partition of each id is, plus 1; empty when ids are so far apart
  // that it would be large.
  std::vector<uint32_t> places_;
  PinTable pins_;
};

}  // namespace mesh
