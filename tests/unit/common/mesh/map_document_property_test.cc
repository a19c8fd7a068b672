// Whatever slots change hands, every slot has one owner, and the text says it all.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "common/mesh/map_document.h"
#include "common/mesh/partition_map.h"

namespace mesh {
namespace {

constexpr PartitionId kPartitions = 4;

TEST(MapDocumentProperty, AssignsEverySlotOnce) {
  EXPECT_TRUE(rc::check("slots that change hands", [] {
    MapDocument map;
    map.epoch = 1;
    map.back_ends = {{"b1", "b1:1", ""}};
    for (PartitionId id = 1; id <= kPartitions; ++id) map.partitions.push_back({id, "b1", {}});
    map.partitions[0].slots = {{0, kSlotCount - 1}};
    std::vector<PartitionId> owners(kSlotCount, 1);
    const int moves = *rc::gen::inRange(0, 20);
    for (int i = 0; i < moves; ++i) {
      const auto first = *rc::gen::inRange<uint32_t>(0, kSlotCount);
      const auto last = *rc::gen::inRange<uint32_t>(first, kSlotCount);
      const auto id = *rc::gen::inRange<PartitionId>(1, kPartitions + 1);
      map.Assign({first, last}, id);
      std::fill(owners.begin() + first, owners.begin() + last + 1, id);
    }
    const Result<PartitionMap> built = PartitionMap::Parse(map.Text());
    RC_ASSERT(built.ok());
    RC_ASSERT(built->slots() == owners);
    RC_ASSERT(*MapDocument::Parse(map.Text()) == map);
  }));
}

}  // namespace
}  // namespace mesh
