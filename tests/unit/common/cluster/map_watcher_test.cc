#include "common/cluster/map_watcher.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "common/cluster/durable_file.h"
#include "tests/support/fake_cluster_store.h"

namespace mesh::cluster {
namespace {

constexpr const char* kKey = "000102030405060708090a0b0c0d0e0f";

std::string Map(const std::string& first = "b1", const std::string& key = kKey) {
  return R"({"epoch":1,"slotKey":")" + key +
         R"(","backEnds":[{"name":"b1"},{"name":"b2"}],"partitions":[)"
         R"({"id":1,"backEnd":")" +
         first + R"(","slots":[[0,8191]]},{"id":2,"backEnd":"b2","slots":[[8192,16383]]}]})";
}

class MapWatcherTest : public ::testing::Test {
 protected:
  MapWatcherTest() {
    cache_ = std::filesystem::temp_directory_path() /
             ("mesh-map-" + std::to_string(::getpid()) + ".json");
    std::filesystem::remove(cache_);
    options_.cluster = "c";
    options_.confirm_every = std::chrono::milliseconds(20);
    options_.answer_time = std::chrono::milliseconds(100);
  }
  ~MapWatcherTest() override { std::filesystem::remove(cache_); }

  void PutMap(uint64_t epoch, const std::string& map = Map()) {
    store_.Put("/mesh/c/map", map);
    store_.Put("/mesh/c/epoch", std::to_string(epoch));
  }
  void PutNode(const std::string& name, const std::string& address) {
    NodeRecord record;
    record.address = address;
    store_.Put("/mesh/c/nodes/" + name, record.Text());
  }
  // Epoch and pins in one change, as the cluster's rule is.
  void Pin(const std::string& account, PartitionId partition, uint64_t epoch) {
    ASSERT_TRUE(store_
                    .Commit({},
                            {{"/mesh/c/pins/" + account, std::to_string(partition)},
                             {"/mesh/c/epoch", std::to_string(epoch)}},
                            clock_.Now())
                    .ok());
  }

  std::unique_ptr<MapWatcher> Watch() {
    auto watcher = std::make_unique<MapWatcher>(options_, store_, clock_, registry_);
    watcher->Start();
    return watcher;
  }
  bool Await(const std::function<bool()>& condition) {
    const Deadline deadline = clock_.In(std::chrono::minutes(1));
    while (!condition()) {
      if (clock_.Now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }
  bool AwaitEpoch(const MapWatcher& watcher, uint64_t epoch) {
    return Await([&] {
      const auto map = watcher.current();
      return map != nullptr && map->epoch() == epoch;
    });
  }
  uint64_t Count(const char* name) { return registry_.GetCounter(name, "").Value(); }

  SystemClock clock_;
  Registry registry_;
  mesh::testing::FakeClusterStore store_{clock_};
  MapWatcherOptions options_;
  std::string cache_;
};

TEST_F(MapWatcherTest, PutsTheMapTogetherFromItsKeys) {
  PutMap(7);
  PutNode("b1", "10.0.0.1:9201");
  store_.Put("/mesh/c/pins/a@example.com", "2");
  const auto watcher = Watch();
  ASSERT_TRUE(AwaitEpoch(*watcher, 7));
  EXPECT_EQ(watcher->current()->HomeOf(1).address, "10.0.0.1:9201");
  EXPECT_EQ(watcher->current()->HomeOf(2).address, "");
  EXPECT_EQ(watcher->current()->OwnerOf("a@example.com"), 2u);
}

TEST_F(MapWatcherTest, HearsOfPinsAndAddresses) {
  PutMap(1);
  const auto watcher = Watch();
  ASSERT_TRUE(AwaitEpoch(*watcher, 1));
  Pin("a@example.com", 1, 2);
  ASSERT_TRUE(AwaitEpoch(*watcher, 2));
  EXPECT_TRUE(watcher->current()->IsPinned("a@example.com"));
  PutNode("b2", "10.0.0.2:9201");
  EXPECT_TRUE(Await([&] { return watcher->current()->HomeOf(2).address == "10.0.0.2:9201"; }));
}

TEST_F(MapWatcherTest, KeepsTheAddressOfABackEndThatIsGone) {
  PutMap(1);
  PutNode("b1", "10.0.0.1:9201");
  const auto watcher = Watch();
  ASSERT_TRUE(AwaitEpoch(*watcher, 1));
  store_.Delete("/mesh/c/nodes/b1");
  Pin("a@example.com", 1, 2);
  ASSERT_TRUE(AwaitEpoch(*watcher, 2));
  EXPECT_EQ(watcher->current()->HomeOf(1).address, "10.0.0.1:9201");
}

TEST_F(MapWatcherTest, TheLastMapStaysWhileTheStoreIsAway) {
  PutMap(1);
  const auto watcher = Watch();
  ASSERT_TRUE(AwaitEpoch(*watcher, 1));
  store_.SetDown(true);
  ASSERT_TRUE(Await([&] { return Count("mesh_etcd_errors_total") > 0; }));
  EXPECT_EQ(watcher->current()->epoch(), 1u);
}

TEST_F(MapWatcherTest, HearsWhatHappenedWhileTheStoreWasAway) {
  PutMap(1);
  const auto watcher = Watch();
  ASSERT_TRUE(AwaitEpoch(*watcher, 1));
  store_.SetDown(true);
  store_.Put("/mesh/c/epoch", "2");
  store_.SetDown(false);
  EXPECT_TRUE(AwaitEpoch(*watcher, 2));
}

TEST_F(MapWatcherTest, ReadsAgainWhenTheHistoryIsGone) {
  PutMap(1);
  const auto watcher = Watch();
  ASSERT_TRUE(AwaitEpoch(*watcher, 1));
  store_.Compact();
  store_.Put("/mesh/c/epoch", "2");
  EXPECT_TRUE(AwaitEpoch(*watcher, 2));
}

TEST_F(MapWatcherTest, RefusesAStoreThatWasWiped) {
  PutMap(5);
  const auto watcher = Watch();
  ASSERT_TRUE(AwaitEpoch(*watcher, 5));
  store_.Wipe();
  ASSERT_TRUE(Await([&] { return Count("mesh_map_refused_total") > 0; }));
  EXPECT_EQ(watcher->current()->epoch(), 5u);
  PutMap(6);
  EXPECT_TRUE(AwaitEpoch(*watcher, 6));
}

TEST_F(MapWatcherTest, RefusesAnEpochThatIsLower) {
  PutMap(5);
  const auto watcher = Watch();
  ASSERT_TRUE(AwaitEpoch(*watcher, 5));
  store_.Put("/mesh/c/epoch", "4");
  ASSERT_TRUE(Await([&] { return Count("mesh_map_refused_total") > 0; }));
  EXPECT_EQ(watcher->current()->epoch(), 5u);
}

TEST_F(MapWatcherTest, RefusesAMapThatIsWrongOrOfAnotherCluster) {
  PutMap(1);
  const auto watcher = Watch();
  ASSERT_TRUE(AwaitEpoch(*watcher, 1));
  PutMap(2, "{}");
  ASSERT_TRUE(Await([&] { return Count("mesh_map_refused_total") > 0; }));
  PutMap(3, Map("b1", "ff0102030405060708090a0b0c0d0e0f"));
  const uint64_t refused = Count("mesh_map_refused_total");
  ASSERT_TRUE(Await([&] { return Count("mesh_map_refused_total") > refused + 2; }));
  EXPECT_EQ(watcher->current()->epoch(), 1u);
}

TEST_F(MapWatcherTest, APinThatCannotBeReadIsNoReasonToGoByTheSlot) {
  PutMap(1);
  const auto watcher = Watch();
  ASSERT_TRUE(AwaitEpoch(*watcher, 1));
  store_.Put("/mesh/c/pins/a@example.com", "two");
  ASSERT_TRUE(Await([&] { return Count("mesh_map_refused_total") > 0; }));
  EXPECT_FALSE(watcher->current()->IsPinned("a@example.com"));
}

TEST_F(MapWatcherTest, AQuestionIsAnsweredWithTheNewerMapInForce) {
  options_.confirm_every = std::chrono::hours(1);
  PutMap(1);
  const auto watcher = Watch();
  ASSERT_TRUE(AwaitEpoch(*watcher, 1));
  store_.SetFrozen(true);
  store_.Put("/mesh/c/epoch", "2");
  store_.SetFrozen(false);
  std::atomic<uint64_t> seen{0};
  watcher->Request(1, [&] { seen = watcher->current()->epoch(); });
  ASSERT_TRUE(Await([&] { return seen != 0; }));
  EXPECT_EQ(seen, 2u);
}

TEST_F(MapWatcherTest, AQuestionIsAnsweredWhileTheStoreIsAway) {
  PutMap(1);
  const auto watcher = Watch();
  ASSERT_TRUE(AwaitEpoch(*watcher, 1));
  store_.SetDown(true);
  std::atomic<bool> answered{false};
  watcher->Request(1, [&] { answered = true; });
  EXPECT_TRUE(Await([&] { return answered.load(); }));
}

TEST_F(MapWatcherTest, QuestionsAreAnsweredAtTheEnd) {
  store_.SetDown(true);
  bool answered = false;
  {
    MapWatcher watcher(options_, store_, clock_, registry_);
    watcher.Request(1, [&] { answered = true; });
  }
  EXPECT_TRUE(answered);
}

TEST_F(MapWatcherTest, TheMapOnDiskIsUsedWhenTheStoreIsAway) {
  options_.cache_file = cache_;
  PutMap(3);
  PutNode("b1", "10.0.0.1:9201");
  {
    const auto watcher = Watch();
    ASSERT_TRUE(AwaitEpoch(*watcher, 3));
  }
  store_.SetDown(true);
  uint64_t told = 0;
  MapWatcher watcher(options_, store_, clock_, registry_);
  watcher.AddSink([&](const auto& map) { told = map->epoch(); });
  ASSERT_TRUE(watcher.LoadCache().ok());
  EXPECT_EQ(told, 3u);
  EXPECT_EQ(watcher.current()->HomeOf(1).address, "10.0.0.1:9201");
}

TEST_F(MapWatcherTest, AnOlderMapThanTheOneOnDiskIsRefused) {
  options_.cache_file = cache_;
  PutMap(3);
  {
    const auto watcher = Watch();
    ASSERT_TRUE(AwaitEpoch(*watcher, 3));
  }
  store_.Put("/mesh/c/epoch", "2");
  MapWatcher watcher(options_, store_, clock_, registry_);
  ASSERT_TRUE(watcher.LoadCache().ok());
  watcher.Start();
  ASSERT_TRUE(Await([&] { return Count("mesh_map_refused_total") > 0; }));
  EXPECT_EQ(watcher.current()->epoch(), 3u);
}

TEST_F(MapWatcherTest, WithoutMapOnDiskAndStoreThereIsNone) {
  options_.cache_file = cache_;
  store_.SetDown(true);
  MapWatcher watcher(options_, store_, clock_, registry_);
  EXPECT_EQ(watcher.LoadCache().code(), Code::kNotFound);
  EXPECT_FALSE(watcher.AwaitMap(clock_.Now()));
  ASSERT_TRUE(WriteDurably(cache_, "{").ok());
  EXPECT_EQ(watcher.LoadCache().code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace mesh::cluster
