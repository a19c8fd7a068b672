// What ClusterStore promises, of the one in memory and of a real etcd.

#include "common/cluster/cluster_store.h"

#include <gtest/gtest.h>

#include "common/cluster/etcd_store.h"
#include "tests/support/etcd_process.h"
#include "tests/support/fake_cluster_store.h"
#include "tests/unit/common/cluster/watch_recorder.h"

namespace mesh::cluster {
namespace {

class ClusterStoreTest : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (std::string(GetParam()) == "fake") {
      store_ = std::make_unique<mesh::testing::FakeClusterStore>(clock_);
      return;
    }
    if (!mesh::testing::EtcdProcess::Installed()) GTEST_SKIP() << "etcd is not installed";
    etcd_ = std::make_unique<mesh::testing::EtcdProcess>();
    EtcdOptions options;
    options.endpoints = {etcd_->endpoint()};
    auto store = MakeEtcdStore(options, clock_);
    ASSERT_TRUE(store.ok()) << store.status().message();
    store_ = *std::move(store);
  }

  Deadline Soon() const { return clock_.In(std::chrono::seconds(30)); }

  Revision Put(const std::string& key, const std::string& value, LeaseId lease = kNoLease) {
    const Result<Revision> revision = store_->Commit({}, {{key, value, lease}}, Soon());
    EXPECT_TRUE(revision.ok()) << revision.status().message();
    return revision.ok() ? *revision : 0;
  }
  Snapshot All(std::string_view prefix) {
    Result<Snapshot> snapshot = store_->Read(prefix, Soon());
    EXPECT_TRUE(snapshot.ok()) << snapshot.status().message();
    return snapshot.ok() ? *std::move(snapshot) : Snapshot{};
  }

  SystemClock clock_;
  std::unique_ptr<mesh::testing::EtcdProcess> etcd_;
  std::unique_ptr<ClusterStore> store_;
};

TEST_P(ClusterStoreTest, ReadsWhatWasCommittedUnderThePrefixInOrder) {
  Put("/m/b", "2");
  const Revision last = Put("/m/a", "1");
  Put("/n", "other");
  const Snapshot all = All("/m/");
  ASSERT_EQ(all.entries.size(), 2u);
  EXPECT_EQ(all.entries[0].key, "/m/a");
  EXPECT_EQ(all.entries[0].revision, last);
  EXPECT_EQ(all.entries[1].value, "2");
  EXPECT_EQ(all.revision, last + 1);
  ASSERT_NE(all.Find("/m/b"), nullptr);
  EXPECT_EQ(all.Find("/m/c"), nullptr);
}

TEST_P(ClusterStoreTest, ChangesAllKeysInOneRevision) {
  Put("/m/gone", "x");
  const Result<Revision> revision =
      store_->Commit({}, {{"/m/a", "1"}, {"/m/b", "2"}, {"/m/gone", std::nullopt}}, Soon());
  ASSERT_TRUE(revision.ok());
  const Snapshot all = All("/m/");
  ASSERT_EQ(all.entries.size(), 2u);
  EXPECT_EQ(all.entries[0].revision, *revision);
  EXPECT_EQ(all.entries[1].revision, *revision);
}

TEST_P(ClusterStoreTest, CommitsWhenEveryKeyIsAsItWasRead) {
  const Revision first = Put("/m/a", "1");
  EXPECT_TRUE(store_->Commit({{"/m/a", first}, {"/m/new", 0}}, {{"/m/a", "2"}}, Soon()).ok());
  EXPECT_EQ(All("/m/a").entries[0].value, "2");
}

TEST_P(ClusterStoreTest, ChangesNothingWhenOneKeyIsNot) {
  const Revision first = Put("/m/a", "1");
  Put("/m/b", "1");
  const auto changed =
      store_->Commit({{"/m/a", first}, {"/m/b", 0}}, {{"/m/a", "2"}, {"/m/c", "3"}}, Soon());
  EXPECT_EQ(changed.status().code(), Code::kAborted);
  const Snapshot all = All("/m/");
  ASSERT_EQ(all.entries.size(), 2u);
  EXPECT_EQ(all.entries[0].value, "1");
}

TEST_P(ClusterStoreTest, KeysGoWithTheirLease) {
  const auto lease = store_->Grant(60, Soon());
  ASSERT_TRUE(lease.ok());
  EXPECT_GE(lease->seconds, 60);
  Put("/m/leased", "1", lease->id);
  EXPECT_EQ(All("/m/").entries[0].lease, lease->id);
  ASSERT_TRUE(store_->Revoke(lease->id, Soon()).ok());
  EXPECT_TRUE(All("/m/").entries.empty());
}

TEST_P(ClusterStoreTest, ALeaseIsKeptAliveUntilItEnds) {
  const auto lease = store_->Grant(60, Soon());
  ASSERT_TRUE(lease.ok());
  const auto renewed = store_->KeepAlive(lease->id, Soon());
  ASSERT_TRUE(renewed.ok());
  EXPECT_EQ(*renewed, lease->seconds);
  EXPECT_TRUE(store_->TimeLeft(lease->id, Soon()).ok());
  ASSERT_TRUE(store_->Revoke(lease->id, Soon()).ok());
  EXPECT_EQ(store_->KeepAlive(lease->id, Soon()).status().code(), Code::kNotFound);
  EXPECT_EQ(store_->TimeLeft(lease->id, Soon()).status().code(), Code::kNotFound);
  EXPECT_TRUE(store_->Revoke(lease->id, Soon()).ok());
}

TEST_P(ClusterStoreTest, NothingIsWrittenUnderALeaseThatHasEnded) {
  const auto result = store_->Commit({}, {{"/m/a", "1", 4711}}, Soon());
  EXPECT_EQ(result.status().code(), Code::kNotFound);
  EXPECT_TRUE(All("/m/").entries.empty());
}

TEST_P(ClusterStoreTest, AWatchTellsEachRevisionAsAWhole) {
  const Snapshot before = All("/m/");
  WatchRecorder recorder;
  const auto watch = store_->Watch("/m/", before.revision + 1, recorder.Events());
  ASSERT_TRUE(store_->Commit({}, {{"/m/a", "1"}, {"/n", "no"}, {"/m/b", "2"}}, Soon()).ok());
  const Revision last = *store_->Commit({}, {{"/m/a", std::nullopt}}, Soon());
  ASSERT_TRUE(recorder.AwaitBatches(2));
  const std::vector<WatchBatch> batches = recorder.batches();
  ASSERT_EQ(batches[0].changes.size(), 2u);
  EXPECT_EQ(batches[0].changes[1].key, "/m/b");
  EXPECT_EQ(batches[0].changes[1].value, "2");
  EXPECT_EQ(batches[1].revision, last);
  EXPECT_EQ(batches[1].changes[0].value, std::nullopt);
}

TEST_P(ClusterStoreTest, AWatchBeginsInThePast) {
  const Revision first = Put("/m/a", "1");
  Put("/m/a", "2");
  WatchRecorder recorder;
  const auto watch = store_->Watch("/m/", first, recorder.Events());
  ASSERT_TRUE(recorder.AwaitBatches(2));
  EXPECT_EQ(recorder.batches()[0].changes[0].value, "1");
}

TEST_P(ClusterStoreTest, AWatchTellsThatALeaseTookItsKeys) {
  const auto lease = store_->Grant(60, Soon());
  ASSERT_TRUE(lease.ok());
  const Revision put = Put("/m/leased", "1", lease->id);
  WatchRecorder recorder;
  const auto watch = store_->Watch("/m/", put + 1, recorder.Events());
  ASSERT_TRUE(recorder.AwaitEstablished(1));
  ASSERT_TRUE(store_->Revoke(lease->id, Soon()).ok());
  ASSERT_TRUE(recorder.AwaitBatches(1));
  EXPECT_EQ(recorder.batches()[0].changes[0].value, std::nullopt);
}

// Of a store that was wiped: what was read is of another one.
TEST_P(ClusterStoreTest, AWatchFromTheFutureEnds) {
  WatchRecorder recorder;
  const auto watch = store_->Watch("/m/", All("/").revision + 100, recorder.Events());
  EXPECT_TRUE(recorder.AwaitCompacted());
}

INSTANTIATE_TEST_SUITE_P(Stores, ClusterStoreTest, ::testing::Values("fake", "etcd"),
                         [](const auto& one) { return std::string(one.param); });

}  // namespace
}  // namespace mesh::cluster
