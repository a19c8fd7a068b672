#include "tools/mesh_admin/placement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/mesh/slot.h"

namespace mesh::admin {
namespace {

using ::testing::HasSubstr;

// b1 has all slots but the last hundred, b2 those, b3 nothing, b4 is not registered.
constexpr char kMap[] =
    R"({"epoch":7,"slotKey":"000102030405060708090a0b0c0d0e0f","backEnds":[)"
    R"({"name":"b1","address":"h:1"},{"name":"b2","address":"h:2"},{"name":"b3","address":"h:3"},)"
    R"({"name":"b4","address":"h:4"}],"partitions":[)"
    R"({"id":1,"backEnd":"b1","slots":[[0,16283]]},)"
    R"({"id":2,"backEnd":"b2","slots":[[16284,16383]]},)"
    R"({"id":3,"backEnd":"b3","slots":[]},{"id":4,"backEnd":"b4","slots":[]}],)"
    R"("pins":[{"account":"pinned@example.com","partition":1}]})";

class PlacementTest : public ::testing::Test {
 protected:
  PlacementTest() {
    map_.document = *MapDocument::Parse(kMap);
    map_.map = std::make_shared<const PartitionMap>(*PartitionMap::Build(map_.document));
  }

  static size_t Slots(const Placement& placement, const std::string& to) {
    size_t count = 0;
    for (const MoveOrder& order : placement.orders) {
      if (order.to != to) continue;
      for (const auto& [first, last] : order.slots) count += last - first + 1;
    }
    return count;
  }
  static double After(const Placement& placement, const std::string& back_end) {
    for (const Share& share : placement.shares) {
      if (share.back_end == back_end) return share.after;
    }
    return -1;
  }

  KeptMap map_;
  Loads loads_ = {{"b1", {1000, 100}}, {"b2", {0, 0}}, {"b3", {0, 0}}};
};

TEST_F(PlacementTest, AnEmptyBackEndGetsAnEqualShare) {
  const Placement placement = *PlanRebalance(map_, loads_);
  for (const char* name : {"b1", "b2", "b3"}) EXPECT_NEAR(After(placement, name), 1.0 / 3, 0.01);
  EXPECT_NEAR(static_cast<double>(Slots(placement, "3")), kSlotCount / 3.0, 100);
}

TEST_F(PlacementTest, WhatIsWellIsLeftAlone) {
  loads_ = {{"b1", {51, 10}}, {"b2", {49, 10}}};
  EXPECT_TRUE(PlanRebalance(map_, loads_)->orders.empty());
}

TEST_F(PlacementTest, BackEndsThatAreNotRegisteredTakeNothing) {
  EXPECT_EQ(Slots(*PlanRebalance(map_, loads_), "4"), 0u);
  EXPECT_EQ(Slots(*PlanEvacuation(map_, loads_, "b1"), "4"), 0u);
}

TEST_F(PlacementTest, AnEvacuatedBackEndKeepsNeitherSlotsNorPins) {
  const Placement placement = *PlanEvacuation(map_, loads_, "b1");
  EXPECT_EQ(Slots(placement, "2") + Slots(placement, "3"), 16284u);
  EXPECT_NEAR(After(placement, "b1"), 0, 0.001);
  EXPECT_NEAR(After(placement, "b2"), After(placement, "b3"), 0.05);
  EXPECT_EQ(placement.orders.back().account, "pinned@example.com");
}

TEST_F(PlacementTest, SaysWhyItCannot) {
  EXPECT_THAT(PlanEvacuation(map_, loads_, "b9").status().message(), HasSubstr("b9"));
  loads_ = {{"b1", {1, 1}}};
  EXPECT_THAT(PlanRebalance(map_, loads_).status().message(), HasSubstr("add-partition"));
  EXPECT_THAT(PlanEvacuation(map_, loads_, "b1").status().message(), HasSubstr("fewer than two"));
}

}  // namespace
}  // namespace mesh::admin
