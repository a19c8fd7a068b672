// PartitionMap answers one question on the request path: which partition, on
// which back end, owns this account?
//
// Every slot belongs to exactly one partition and a partition lives on one back
// end, so all of an account is in one place and its transactions are local. A
// PartitionMap never changes once built: any number of threads may read one.
// Moving slots means a new map under a higher epoch.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/mesh/slot.h"

namespace mesh {

using PartitionId = uint32_t;

// One back end: its name, where its gRPC listens, and the DNS name that leads
// devices straight to it (empty: no direct connection).
struct BackEnd {
  std::string name;
  std::string address;  // host:port
  std::string direct_host;
};

class PartitionMap {
 public:
  // Reads the map from its JSON text:
  //   {"epoch": 1, "slotKey": "<32 hex digits>",
  //    "backEnds": [{"name": "b1", "address": "127.0.0.1:9201", "directHost": "b1.example.com"}],
  //    "partitions": [{"id": 1, "backEnd": "b1", "slots": [[0, 8191]]}],
  //    "pins": [{"account": "a@example.com", "partition": 1}]}
  // Slot ranges are inclusive. `directHost` and `pins` may be left out.
  // kInvalidArgument, naming the first thing at fault: a slot that is missing or
  // assigned twice, a partition on an unknown back end, a duplicate id.
  static Result<PartitionMap> Parse(std::string_view json);

  // Parse of the file at `path`; kUnavailable when it cannot be read. Blocks.
  static Result<PartitionMap> Load(const std::string& path);

  // The owner of a canonical account address. Every account has one.
  PartitionId OwnerOf(std::string_view canonical_address) const;

  // Where `partition` lives. The id must come from this map.
  const BackEnd& HomeOf(PartitionId partition) const;

  // The partitions that live on the back end called `name`, in order of id.
  std::vector<PartitionId> PartitionsOf(std::string_view name) const;

  bool Has(PartitionId partition) const { return homes_.count(partition) != 0; }
  uint64_t epoch() const { return epoch_; }
  const SlotKey& slot_key() const { return slot_key_; }
  const std::vector<BackEnd>& back_ends() const { return back_ends_; }
  // The owner of each slot: kSlotCount entries.
  const std::vector<PartitionId>& slots() const { return slots_; }

 private:
  PartitionMap() = default;
  friend class PartitionMapParser;

  uint64_t epoch_ = 0;
  SlotKey slot_key_{};
  std::vector<BackEnd> back_ends_;
  std::vector<PartitionId> slots_;
  std::map<PartitionId, size_t> homes_;  // Into back_ends_.
  std::map<std::string, PartitionId, std::less<>> pins_;
};

}  // namespace mesh
