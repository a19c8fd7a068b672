#include "common/mesh/map_document.h"

#include <gtest/gtest.h>

#include "common/mesh/partition_map.h"

namespace mesh {
namespace {

MapDocument Halves() {
  MapDocument map;
  map.epoch = 3;
  map.slot_key[0] = 0xab;
  map.back_ends = {{"b1", "127.0.0.1:9201", "b1.example.com"}, {"b2", "", ""}};
  map.partitions = {{1, "b1", {{0, 8191}}}, {2, "b2", {{8192, 16383}}}};
  map.pins = {{"a@example.com", 2}};
  return map;
}

TEST(MapDocument, ItsTextIsReadAgain) {
  const Result<MapDocument> read = MapDocument::Parse(Halves().Text());
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(*read, Halves());
}

TEST(MapDocument, ABackEndWithoutAddressIsForTheClusterOnly) {
  EXPECT_TRUE(PartitionMap::Build(Halves()).ok());
  EXPECT_EQ(PartitionMap::Parse(Halves().Text()).status().code(), Code::kInvalidArgument);
}

TEST(MapDocument, SlotsChangeHands) {
  MapDocument map = Halves();
  map.Assign({100, 199}, 2);
  EXPECT_EQ(map.partitions[0].slots, (std::vector<SlotRange>{{0, 99}, {200, 8191}}));
  EXPECT_EQ(map.partitions[1].slots, (std::vector<SlotRange>{{100, 199}, {8192, 16383}}));
  EXPECT_TRUE(PartitionMap::Build(map).ok());
  map.Assign({0, 8191}, 2);
  EXPECT_TRUE(map.partitions[0].slots.empty());
  EXPECT_EQ(map.partitions[1].slots, (std::vector<SlotRange>{{0, 16383}}));
}

TEST(MapDocument, SlotsThatAreThereAlreadyStay) {
  MapDocument map = Halves();
  map.Assign({100, 199}, 1);
  EXPECT_EQ(map, Halves());
}

TEST(PartitionMap, FindsPartitionsWhoseIdsAreFarApart) {
  for (const PartitionId id : {2u, 4'000'000'000u}) {
    MapDocument map = Halves();
    map.partitions[1].id = id;
    map.pins.clear();
    const Result<PartitionMap> built = PartitionMap::Build(map);
    ASSERT_TRUE(built.ok()) << built.status().message();
    EXPECT_EQ(built->HomeOf(id).name, "b2");
    EXPECT_FALSE(built->Has(3));
    EXPECT_FALSE(built->Has(4'000'000'001u));
  }
}

TEST(PartitionMap, AnswersForManyPins) {
  MapDocument map = Halves();
  map.pins.clear();
  for (int i = 0; i < 1000; ++i) {
    map.pins.push_back({std::to_string(i) + "@example.com", i % 2 == 0 ? 1u : 2u});
  }
  const Result<PartitionMap> built = PartitionMap::Build(map);
  ASSERT_TRUE(built.ok()) << built.status().message();
  for (const MapDocument::Pin& pin : map.pins) {
    EXPECT_EQ(built->OwnerOf(pin.account), pin.partition);
    EXPECT_TRUE(built->IsPinned(pin.account));
  }
  EXPECT_FALSE(built->IsPinned("1000@example.com"));
  map.pins.push_back(map.pins.front());
  EXPECT_EQ(PartitionMap::Build(map).status().code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace mesh
