// Whatever was acknowledged is there after a loss of power, and the test that shows
// it notices when the sync is left out.

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "backend/partition/replica.h"
#include "backend/storage/key_schema.h"
#include "backend/storage/rocksdb_store.h"
#include "common/base/metrics.h"
#include "proto/partition.pb.h"
#include "tests/fault/storage/unsynced_file_system.h"
#include "tests/unit/backend/storage/stores_under_test.h"

namespace mesh::backend {
namespace {

constexpr ColumnFamily kI = ColumnFamily::kIndex;

// Puts the account's name; the smallest transaction that writes.
Outcome PutName(const proto::PartitionRequest& request, TransactionContext& context,
                proto::PartitionReply* reply) {
  context.view->Put(kI, "key of " + request.account(), request.account());
  reply->set_mesh_status(201);
  return Outcome::kKeep;
}

class LossOfPowerTest : public testing::Test {
 protected:
  RocksDbOptions Options() const {
    RocksDbOptions options = SmallRocksDb(folder_.path());
    options.file_system = files_;
    return options;
  }

  // Writes for a while, then loses power while the store is open. Returns how many
  // writes were acknowledged before.
  int WriteAndLosePower(bool sync) {
    Environment environment{clock_, {}, {}, crypto::SystemRandom(), metrics_, {}, PutName};
    WriterLimits limits;
    limits.sync = sync;
    auto store = RocksDbStore::Open(Options());
    EXPECT_TRUE(store.ok()) << store.status().message();
    const auto replica = Replica::Start(1, *std::move(store), environment, limits);
    EXPECT_TRUE(replica.ok()) << replica.status().message();
    constexpr int kWrites = 2000;
    for (int i = 0; i < kWrites; ++i) Push((*replica)->writer(), i);
    std::unique_lock lock(mutex_);
    answered_.wait(lock, [this] { return acknowledged_ == kWrites; });
    files_->LosePower();
    return acknowledged_;
  }

  void Push(PartitionWriter& writer, int number) {
    auto request = std::make_unique<proto::PartitionRequest>();
    request->set_account(std::to_string(number));
    Job job(std::move(request), clock_.In(std::chrono::minutes(1)),
            [this](std::unique_ptr<proto::PartitionReply> reply) {
              const std::lock_guard lock(mutex_);
              acknowledged_ += reply->code() == 0 ? 1 : 0;
              answered_.notify_all();
            });
    while (!writer.Push(job)) std::this_thread::yield();
  }

  // How many of the writes 0 to `count` are there when the store is opened again.
  int Found(int count) {
    const auto store = RocksDbStore::Open(SmallRocksDb(folder_.path()));
    if (!store.ok()) return 0;
    const auto reader = (*store)->NewSnapshot();
    int found = 0;
    for (int i = 0; i < count; ++i) {
      const auto value = *reader->Get(kI, "key of " + std::to_string(i));
      found += value == std::to_string(i) ? 1 : 0;
    }
    return found;
  }

  TestFolder folder_;
  std::shared_ptr<UnsyncedFileSystem> files_ = std::make_shared<UnsyncedFileSystem>();
  SystemClock clock_;
  Registry registry_;
  PartitionMetrics metrics_{registry_};
  std::mutex mutex_;
  std::condition_variable answered_;
  int acknowledged_ = 0;  // Guarded by mutex_.
};

TEST_F(LossOfPowerTest, EverythingAcknowledgedIsThere) {
  const int acknowledged = WriteAndLosePower(true);
  EXPECT_EQ(Found(acknowledged), acknowledged);
}

TEST_F(LossOfPowerTest, WithoutTheSyncTheLossIsNoticed) {
  const int acknowledged = WriteAndLosePower(false);
  EXPECT_LT(Found(acknowledged), acknowledged);
}

}  // namespace
}  // namespace mesh::backend
