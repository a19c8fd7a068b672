#include "backend/partition/load_report.h"

#include <gtest/gtest.h>

#include "common/base/check.h"

namespace mesh::backend {
namespace {

using std::chrono::seconds;

constexpr PartitionId kHere = 1;

// Partition 1 has the lower half of the slots, and what is pinned to it.
PartitionMap Map(const std::string& pins = "") {
  Result<PartitionMap> map = PartitionMap::Parse(
      R"({"epoch": 1, "slotKey": "000102030405060708090a0b0c0d0e0f",
          "backEnds": [{"name": "b1", "address": "h:1"}, {"name": "b2", "address": "h:2"}],
          "partitions": [{"id": 1, "backEnd": "b1", "slots": [[0, 8191]]},
                         {"id": 2, "backEnd": "b2", "slots": [[8192, 16383]]}],
          "pins": [)" +
      pins + "]}");
  MESH_CHECK(map.ok());
  return *std::move(map);
}

std::string Pin(const std::string& account, PartitionId partition) {
  return R"({"account": ")" + account + R"(", "partition": )" + std::to_string(partition) + "}";
}

class LoadReportTest : public ::testing::Test {
 protected:
  // The first account of the name whose slot is of `partition`.
  static std::string Of(PartitionId partition, const std::string& name) {
    const PartitionMap map = Map();
    for (int i = 0;; ++i) {
      std::string account = name + std::to_string(i) + "@example.com";
      if (map.OwnerOf(account) == partition) return account;
    }
  }
  static void Count(LoadMeter& meter, const PartitionMap& map, const std::string& account,
                    int requests) {
    const uint64_t hash = SipHash(map.slot_key(), account);
    const bool by_slot = map.slots()[SlotOfHash(hash)] == map.OwnerOf(account);
    for (int i = 0; i < requests; ++i) meter.Count(account, hash, by_slot, 4096, MonotonicTime());
  }
  PartitionLoad Report(const PartitionMap& map) const {
    const MonotonicTime now = MonotonicTime() + seconds(1);
    return ReportLoad(kHere, map, {writer_.Read(now), reader_.Read(now)});
  }

  LoadMeter writer_{MonotonicTime()};
  LoadMeter reader_{MonotonicTime()};
  const std::string alice_ = Of(kHere, "alice");
  const std::string bob_ = Of(kHere, "bob");
  const std::string carol_ = Of(2, "carol");
};

TEST_F(LoadReportTest, WhatThreadsHaveDoneIsAddedUp) {
  const PartitionMap map = Map();
  Count(writer_, map, alice_, 10);
  Count(reader_, map, alice_, 20);
  Count(reader_, map, bob_, 5);
  const PartitionLoad load = Report(map);
  EXPECT_NEAR(load.requests, 35, 0.01);
  EXPECT_NEAR(load.bytes, 35 * 4096, 10);
  ASSERT_EQ(load.accounts.size(), 2u);
  EXPECT_EQ(load.accounts[0].account, alice_);
  EXPECT_NEAR(load.accounts[0].requests, 30, 0.01);
  EXPECT_NEAR(load.accounts[0].load(), 60, 0.01);
  EXPECT_EQ(load.accounts[0].unseen, 0);
  EXPECT_EQ(load.slots.size(), 2u);
}

TEST_F(LoadReportTest, WhatAMeterMayHaveMissedIsSaid) {
  const PartitionMap map = Map();
  Count(writer_, map, alice_, 10);
  for (size_t i = 0; i < kAccountsMetered; ++i) {
    Count(reader_, map, "other" + std::to_string(i) + "@example.com", 3);
  }
  const PartitionLoad load = Report(map);
  EXPECT_EQ(load.accounts[0].account, alice_);
  EXPECT_NEAR(load.accounts[0].unseen, 6, 0.01);  // The reader's least: three requests of 4 KiB.
}

TEST_F(LoadReportTest, WhoWasPinnedElsewhereIsLeftOut) {
  Count(writer_, Map(), alice_, 10);
  Count(writer_, Map(), bob_, 5);
  const PartitionLoad load = Report(Map(Pin(alice_, 2)));
  EXPECT_NEAR(load.requests, 5, 0.01);
  EXPECT_NEAR(load.bytes, 5 * 4096, 10);
  ASSERT_EQ(load.accounts.size(), 1u);
  EXPECT_EQ(load.accounts[0].account, bob_);
  EXPECT_EQ(load.slots.size(), 1u);
}

TEST_F(LoadReportTest, PinnedAccountsCountWithoutTheirSlots) {
  const PartitionMap map = Map(Pin(carol_, 1));
  Count(writer_, map, carol_, 8);
  Count(writer_, map, bob_, 2);
  const PartitionLoad load = Report(map);
  EXPECT_NEAR(load.requests, 10, 0.01);
  EXPECT_NEAR(load.pinned_requests, 8, 0.01);
  EXPECT_TRUE(load.accounts[0].pinned);
  EXPECT_EQ(load.slots.size(), 1u);
  // Let go of, it goes where its slot is.
  const PartitionLoad later = Report(Map());
  EXPECT_NEAR(later.requests, 2, 0.01);
  EXPECT_NEAR(later.pinned_requests, 0, 0.01);
  EXPECT_EQ(later.accounts.size(), 1u);
}

TEST_F(LoadReportTest, WhoIsPinnedWhereItsSlotIsStaysWithoutIt) {
  Count(writer_, Map(), alice_, 8);
  Count(writer_, Map(), bob_, 2);
  const PartitionLoad load = Report(Map(Pin(alice_, 1)));
  EXPECT_NEAR(load.requests, 10, 0.01);
  EXPECT_NEAR(load.pinned_requests, 8, 0.01);
  EXPECT_TRUE(load.accounts[0].pinned);
  ASSERT_EQ(load.slots.size(), 1u);
  EXPECT_NEAR(load.slots[0].second, 2, 0.01);
}

TEST_F(LoadReportTest, SlotsThatHaveGoneAreLeftOut) {
  // As if slots of the other half had been here.
  Count(writer_, Map(), carol_, 10);
  Count(writer_, Map(), bob_, 10);
  const PartitionLoad load = Report(Map());
  EXPECT_NEAR(load.requests, 10, 0.01);
  EXPECT_NEAR(load.bytes, 10 * 4096, 10);
  EXPECT_EQ(load.accounts.size(), 1u);
}

}  // namespace
}  // namespace mesh::backend
