#include "tools/mesh_admin/placement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

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

// Two back ends with half of the slots each, as much data, and these requests.
class HotTest : public ::testing::Test {
 protected:
  HotTest() { SetMap(""); }

  void SetMap(const std::string& pins) {
    map_.document = *MapDocument::Parse(
        R"({"epoch":7,"slotKey":"000102030405060708090a0b0c0d0e0f","backEnds":[)"
        R"({"name":"b1","address":"h:1"},{"name":"b2","address":"h:2"}],"partitions":[)"
        R"({"id":1,"backEnd":"b1","slots":[[0,8191]]},)"
        R"({"id":2,"backEnd":"b2","slots":[[8192,16383]]})"
        R"(],"pins":[)" +
        pins + "]}");
    map_.map = std::make_shared<const PartitionMap>(*PartitionMap::Build(map_.document));
  }
  static BackEndLoad Load(double requests, RequestLoad told) {
    return {1000, requests, std::move(told)};
  }
  static std::set<uint32_t> SlotsTo(const Placement& placement, const std::string& to) {
    std::set<uint32_t> slots;
    for (const MoveOrder& order : placement.orders) {
      for (const auto& [first, last] : order.slots) {
        for (uint32_t slot = first; slot <= last && order.to == to; ++slot) slots.insert(slot);
      }
    }
    return slots;
  }

  KeptMap map_;
};

TEST_F(HotTest, SlotsThatBearMuchAreNotTakenForAlike) {
  // Slot 8191 bears nearly all; too much for a move of it to help.
  const Loads loads = {{"b1", Load(1000, {{{8000, 100}, {8191, 900}}, 0, {}})},
                       {"b2", Load(200, {{{9000, 200}}, 0, {}})}};
  const Placement placement = *PlanRebalance(map_, loads);
  const std::set<uint32_t> moved = SlotsTo(placement, "2");
  EXPECT_EQ(moved.count(8191), 0u);
  EXPECT_EQ(moved.count(8000), 1u);
  EXPECT_LT(placement.shares[0].after, placement.shares[0].before);
  EXPECT_LE(placement.shares[0].after, 0.5 * (1 + kShareTolerance));
}

TEST_F(HotTest, ABackEndThatDoesNotSayIsTakenForAlikeOverItsSlots) {
  const Loads loads = {{"b1", {1000, 900, std::nullopt}}, {"b2", {1000, 100, std::nullopt}}};
  EXPECT_NEAR(static_cast<double>(SlotsTo(*PlanRebalance(map_, loads), "2").size()),
              8192 * 0.2 / 0.7, 10);
}

TEST_F(HotTest, FewRequestsSayNothing) {
  const Loads loads = {{"b1", Load(0.4, {{{10, 0.4}}, 0, {{"alice@example.com", 0.4, false}}})},
                       {"b2", Load(0, {{}, 0, {}})}};
  EXPECT_TRUE(PlanRebalance(map_, loads)->orders.empty());
  EXPECT_TRUE(PlanPins(map_, loads)->orders.empty());
}

TEST_F(HotTest, APinnedAccountStaysAndCountsWhereItIs) {
  SetMap(R"({"account":"alice@example.com","partition":1})");
  const RequestLoad told{{{10, 50}}, 900, {{"alice@example.com", 900, true}}};
  const Loads loads = {{"b1", Load(950, told)}, {"b2", Load(50, {{{9000, 50}}, 0, {}})}};
  const Placement placement = *PlanRebalance(map_, loads);
  for (const MoveOrder& order : placement.orders) EXPECT_EQ(order.account, "");
  EXPECT_GT(placement.shares[0].before, 0.7);
  EXPECT_GE(placement.shares[0].after, 0.45);  // The account alone.
  EXPECT_TRUE(PlanPins(map_, loads)->orders.empty());
}

TEST_F(HotTest, APinnedAccountAloneIsNotNothing) {
  map_.document.Assign({0, kSlotCount - 1}, 2);
  map_.document.pins = {{"alice@example.com", 1}};
  map_.map = std::make_shared<const PartitionMap>(*PartitionMap::Build(map_.document));
  const Loads loads = {{"b1", Load(100, {{}, 100, {{"alice@example.com", 100, true}}})},
                       {"b2", Load(100, {{{9000, 100}}, 0, {}})}};
  EXPECT_TRUE(PlanRebalance(map_, loads)->orders.empty());
}

TEST_F(HotTest, OfTwoHotAccountsOneIsPinnedElsewhere) {
  const Loads loads = {
      {"b1", Load(950, {{{10, 450}, {20, 470}, {30, 30}},
                        0,
                        {{"alice@example.com", 450, false}, {"bob@example.com", 470, false}}})},
      {"b2", Load(50, {{{9000, 50}}, 0, {{"carol@example.com", 50, false}}})}};
  const Placement placement = *PlanPins(map_, loads);
  ASSERT_EQ(placement.orders.size(), 1u);
  EXPECT_EQ(placement.orders[0].account, "alice@example.com");
  EXPECT_EQ(placement.orders[0].to, "2");
  EXPECT_NEAR(placement.shares[0].after, 0.5, 0.01);
}

TEST_F(HotTest, AnAccountThatWouldBeTooMuchElsewhereStays) {
  const Loads loads = {
      {"b1", Load(950, {{{10, 940}, {20, 10}}, 0, {{"alice@example.com", 940, false}}})},
      {"b2", Load(50, {{{9000, 50}}, 0, {}})}};
  EXPECT_TRUE(PlanPins(map_, loads)->orders.empty());
}

TEST_F(HotTest, WhatIsWellNeedsNoPin) {
  const Loads loads = {{"b1", Load(100, {{{10, 100}}, 0, {{"alice@example.com", 60, false}}})},
                       {"b2", Load(100, {{{9000, 100}}, 0, {{"bob@example.com", 60, false}}})}};
  EXPECT_TRUE(PlanPins(map_, loads)->orders.empty());
  EXPECT_EQ(PlanPins(map_, Loads{{"b1", BackEndLoad{}}}).status().code(),
            Code::kFailedPrecondition);
}

TEST_F(PlacementTest, SaysWhyItCannot) {
  EXPECT_THAT(PlanEvacuation(map_, loads_, "b9").status().message(), HasSubstr("b9"));
  loads_ = {{"b1", {1, 1}}};
  EXPECT_THAT(PlanRebalance(map_, loads_).status().message(), HasSubstr("add-partition"));
  EXPECT_THAT(PlanEvacuation(map_, loads_, "b1").status().message(), HasSubstr("fewer than two"));
}

}  // namespace
}  // namespace mesh::admin
