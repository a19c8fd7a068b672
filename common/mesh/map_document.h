// MapDocument is a partition map as it is written: what operators edit, what stands in
// etcd, what is kept on disk. PartitionMap is made from one and answers requests.

#pragma once

#include <cstdint>
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
  std::string address;  // host:port; empty: nobody knows, so nobody can ask it.
  std::string direct_host;

  bool operator==(const BackEnd&) const = default;
};

// Inclusive.
struct SlotRange {
  uint32_t first = 0;
  uint32_t last = 0;

  bool operator==(const SlotRange&) const = default;
};

struct MapDocument {
  struct Partition {
    PartitionId id = 0;
    std::string back_end;
    std::vector<SlotRange> slots;

    bool operator==(const Partition&) const = default;
  };
  struct Pin {
    std::string account;  // Canonical address.
    PartitionId partition = 0;

    bool operator==(const Pin&) const = default;
  };

  uint64_t epoch = 0;
  SlotKey slot_key{};
  std::vector<BackEnd> back_ends;
  std::vector<Partition> partitions;
  std::vector<Pin> pins;

  bool operator==(const MapDocument&) const = default;

  // Reads the JSON text that partition_map.h describes. Back ends may be without address.
  // kInvalidArgument, naming the first thing at fault; what members say about each other is
  // PartitionMap::Build's to check.
  static Result<MapDocument> Parse(std::string_view json);

  // The text again: what Parse reads, with a line for each back end, partition and pin.
  std::string Text() const;

  // Gives the slots of `range` to `partition`, which must stand in the document, and takes
  // them from whoever has them. Ranges are joined where they touch.
  void Assign(SlotRange range, PartitionId partition);
};

}  // namespace mesh
