// EtcdStore while etcd fails.

#include "common/cluster/etcd_store.h"

#include <gtest/gtest.h>

#include "tests/support/etcd_process.h"
#include "tests/unit/common/cluster/watch_recorder.h"

namespace mesh::cluster {
namespace {

class EtcdStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!mesh::testing::EtcdProcess::Installed()) GTEST_SKIP() << "etcd is not installed";
    etcd_ = std::make_unique<mesh::testing::EtcdProcess>();
    store_ = Open({etcd_->endpoint()});
  }

  std::unique_ptr<ClusterStore> Open(std::vector<std::string> endpoints) {
    EtcdOptions options;
    options.endpoints = std::move(endpoints);
    return *MakeEtcdStore(options, clock_);
  }
  Deadline In(std::chrono::milliseconds time) const { return clock_.In(time); }
  Deadline Soon() const { return In(std::chrono::seconds(30)); }
  Status Put(const std::string& key) {
    return store_->Commit({}, {{key, "value"}}, Soon()).status();
  }

  SystemClock clock_;
  std::unique_ptr<mesh::testing::EtcdProcess> etcd_;
  std::unique_ptr<ClusterStore> store_;
};

TEST_F(EtcdStoreTest, ACallOnAFrozenEtcdEndsWithItsDeadline) {
  ASSERT_TRUE(store_->Read("/m/", Soon()).ok());
  etcd_->Freeze();
  const auto read = store_->Read("/m/", In(std::chrono::milliseconds(700)));
  EXPECT_EQ(read.status().code(), Code::kUnavailable);
  etcd_->Thaw();
  EXPECT_TRUE(store_->Read("/m/", Soon()).ok());
}

TEST_F(EtcdStoreTest, ACallOnAnEtcdThatIsAwayEndsWithItsDeadline) {
  etcd_->Kill();
  const auto read = store_->Read("/m/", In(std::chrono::milliseconds(300)));
  EXPECT_EQ(read.status().code(), Code::kUnavailable);
}

TEST_F(EtcdStoreTest, AReadGoesToTheNextMemberWhenOneIsAway) {
  const auto both = Open({"127.0.0.1:1", etcd_->endpoint()});
  EXPECT_TRUE(both->Read("/m/", Soon()).ok());
  EXPECT_TRUE(both->Commit({}, {{"/m/a", "1"}}, Soon()).ok());
}

TEST_F(EtcdStoreTest, AReadGoesToTheNextMemberWhenOneIsFrozen) {
  mesh::testing::EtcdProcess frozen;
  const auto both = Open({frozen.endpoint(), etcd_->endpoint()});
  ASSERT_TRUE(both->Read("/m/", Soon()).ok());
  frozen.Freeze();
  EXPECT_TRUE(both->Read("/m/", In(std::chrono::seconds(10))).ok());
  frozen.Thaw();
}

TEST_F(EtcdStoreTest, AWatchGoesOnAfterARestartAndMissesNothing) {
  ASSERT_TRUE(Put("/m/before").ok());
  WatchRecorder recorder;
  const auto from = store_->Read("/m/", Soon())->revision + 1;
  const auto watch = store_->Watch("/m/", from, recorder.Events());
  ASSERT_TRUE(recorder.AwaitEstablished(1));
  etcd_->Kill();
  ASSERT_TRUE(recorder.AwaitLost(1));
  etcd_->Restart();
  ASSERT_TRUE(Put("/m/after").ok());
  ASSERT_TRUE(recorder.AwaitEstablished(2));
  ASSERT_TRUE(recorder.AwaitBatches(1));
  EXPECT_EQ(recorder.batches()[0].changes[0].key, "/m/after");
}

TEST_F(EtcdStoreTest, AWatchOfAnEtcdThatWasWipedEnds) {
  for (const char* key : {"/m/a", "/m/b", "/m/c"}) ASSERT_TRUE(Put(key).ok());
  WatchRecorder recorder;
  const auto from = store_->Read("/m/", Soon())->revision + 1;
  const auto watch = store_->Watch("/m/", from, recorder.Events());
  ASSERT_TRUE(recorder.AwaitEstablished(1));
  etcd_->Kill();
  etcd_->Wipe();
  etcd_->Restart();
  EXPECT_TRUE(recorder.AwaitCompacted());
}

TEST_F(EtcdStoreTest, AWatchIsEndedWhileEtcdIsFrozen) {
  ASSERT_TRUE(Put("/m/a").ok());
  WatchRecorder recorder;
  auto watch = store_->Watch("/m/", 1, recorder.Events());
  ASSERT_TRUE(recorder.AwaitBatches(1));
  etcd_->Freeze();
  watch.reset();
  etcd_->Thaw();
}

TEST(EtcdOptionsTest, EndpointsAndWholeCertificatesAreNeeded) {
  const SystemClock clock;
  EXPECT_EQ(MakeEtcdStore({}, clock).status().code(), Code::kInvalidArgument);
  EtcdOptions half;
  half.endpoints = {"127.0.0.1:2379"};
  half.private_key = "key";
  EXPECT_EQ(MakeEtcdStore(half, clock).status().code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace mesh::cluster
