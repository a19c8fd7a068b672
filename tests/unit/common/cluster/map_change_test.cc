#include "common/cluster/map_change.h"

#include <gtest/gtest.h>

#include "common/cluster/cluster_state.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_cluster_store.h"

namespace mesh::cluster {
namespace {

MapDocument Halves(uint64_t epoch = 3) {
  MapDocument map;
  map.epoch = epoch;
  map.back_ends = {{"b1", "127.0.0.1:9201", "b1.example.com"}, {"b2", "127.0.0.1:9202", ""}};
  map.partitions = {{1, "b1", {{0, 8191}}}, {2, "b2", {{8192, 16383}}}};
  map.pins = {{"a@example.com", 2}};
  return map;
}

class MapChangeTest : public ::testing::Test {
 protected:
  // What a watcher would make of the keys.
  Result<MapDocument> InForce() {
    ClusterState state(keys_);
    state.Reset(*store_.Read(keys_.prefix(), deadline_));
    return state.Document();
  }
  MapAsRead Read() {
    Result<MapAsRead> read = ReadMap(store_, keys_, deadline_);
    EXPECT_TRUE(read.ok()) << read.status().message();
    return read.ok() ? *std::move(read) : MapAsRead{};
  }
  Result<uint64_t> Commit(const MapAsRead& read, const MapChange& change) {
    return CommitMapChange(store_, keys_, read, change, deadline_);
  }

  FakeClock clock_;
  mesh::testing::FakeClusterStore store_{clock_};
  const ClusterKeys keys_{"c"};
  const Deadline deadline_ = clock_.In(std::chrono::seconds(1));
};

TEST_F(MapChangeTest, TheFirstMapIsMadeOnce) {
  ASSERT_TRUE(InitMap(store_, keys_, Halves(), deadline_).ok());
  const Result<MapDocument> map = InForce();
  ASSERT_TRUE(map.ok());
  EXPECT_EQ(map->epoch, 3u);
  EXPECT_EQ(map->pins, Halves().pins);
  EXPECT_EQ(map->back_ends[0].address, "") << "addresses come from registrations";
  EXPECT_EQ(InitMap(store_, keys_, Halves(9), deadline_).code(), Code::kAlreadyExists);
  EXPECT_EQ(InForce()->epoch, 3u);
}

TEST_F(MapChangeTest, AMapWithMorePinsThanATransactionTakes) {
  MapDocument map = Halves();
  for (size_t i = 0; i < 3 * kChangesMax; ++i) {
    map.pins.push_back({std::to_string(i) + "@example.com", 1});
  }
  ASSERT_TRUE(InitMap(store_, keys_, map, deadline_).ok());
  EXPECT_EQ(InForce()->pins.size(), map.pins.size());
}

TEST_F(MapChangeTest, AMapThatMakesNoSenseIsNotWritten) {
  MapDocument map = Halves();
  map.partitions.pop_back();
  EXPECT_EQ(InitMap(store_, keys_, map, deadline_).code(), Code::kInvalidArgument);
  EXPECT_EQ(InForce().status().code(), Code::kNotFound);
}

TEST_F(MapChangeTest, AChangeRaisesTheEpoch) {
  ASSERT_TRUE(InitMap(store_, keys_, Halves(), deadline_).ok());
  MapChange change;
  change.map = Read().document;
  change.map->Assign({0, 99}, 2);
  change.pins = {{"a@example.com", std::nullopt}, {"b@example.com", 1}};
  change.changes = {{keys_.Move("m1"), "done", kNoLease}};
  const Result<uint64_t> epoch = Commit(Read(), change);
  ASSERT_TRUE(epoch.ok());
  EXPECT_EQ(*epoch, 4u);
  EXPECT_EQ(InForce()->epoch, 4u);
  EXPECT_EQ(InForce()->partitions[0].slots, (std::vector<SlotRange>{{100, 8191}}));
  EXPECT_EQ(InForce()->pins, (std::vector<MapDocument::Pin>{{"b@example.com", 1}}));
  EXPECT_EQ(store_.Value(keys_.Move("m1")), "done");
}

TEST_F(MapChangeTest, OfTwoChangesOfOneMapOneIsMade) {
  ASSERT_TRUE(InitMap(store_, keys_, Halves(), deadline_).ok());
  const MapAsRead read = Read();
  MapChange change;
  change.pins = {{"b@example.com", 1}};
  EXPECT_TRUE(Commit(read, change).ok());
  change.pins = {{"b@example.com", 2}};
  EXPECT_EQ(Commit(read, change).status().code(), Code::kAborted);
  EXPECT_EQ(InForce()->epoch, 4u);
}

TEST_F(MapChangeTest, ARestoredMapHasAHigherEpochAndHoldsNames) {
  ASSERT_TRUE(RestoreMap(store_, keys_, Halves(7), 60, deadline_).ok());
  EXPECT_EQ(InForce()->epoch, 8u);
  EXPECT_TRUE(store_.Value(keys_.Hold()).has_value());
  clock_.Advance(std::chrono::seconds(60));
  store_.ExpireLeases();
  EXPECT_FALSE(store_.Value(keys_.Hold()).has_value());
}

TEST_F(MapChangeTest, AMapIsRestoredOverARolledBackOne) {
  ASSERT_TRUE(InitMap(store_, keys_, Halves(), deadline_).ok());
  store_.Put(keys_.Pin("old@example.com"), "1");
  store_.Put(keys_.Owner("b1"), "{}");
  const Result<uint64_t> epoch = RestoreMap(store_, keys_, Halves(7), 60, deadline_);
  ASSERT_TRUE(epoch.ok()) << epoch.status().message();
  EXPECT_EQ(*epoch, 8u);
  EXPECT_EQ(InForce()->pins, Halves().pins);
  EXPECT_FALSE(store_.Value(keys_.Owner("b1")).has_value());
}

TEST_F(MapChangeTest, AnOlderMapDoesNotLowerTheEpoch) {
  ASSERT_TRUE(InitMap(store_, keys_, Halves(9), deadline_).ok());
  EXPECT_EQ(*RestoreMap(store_, keys_, Halves(2), 60, deadline_), 10u);
}

}  // namespace
}  // namespace mesh::cluster
