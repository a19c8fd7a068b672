#include "backend/storage/rocksdb_store.h"

#include <gtest/gtest.h>

#include <fstream>

#include "backend/storage/key_schema.h"
#include "proto/record.pb.h"
#include "tests/support/fake_clock.h"
#include "tests/unit/backend/storage/stores_under_test.h"

namespace mesh::backend {
namespace {

constexpr ColumnFamily kI = ColumnFamily::kIndex;

std::unique_ptr<RocksDbStore> Open(const RocksDbOptions& options) {
  auto store = RocksDbStore::Open(options);
  EXPECT_TRUE(store.ok()) << store.status().message();
  return *std::move(store);
}

Writes One(const std::string& key) { return {{Write::Kind::kPut, kI, key, "value"}}; }

TEST(RocksDbStoreTest, WhatWasCommittedIsThereAfterOpeningAgain) {
  const TestFolder folder;
  const RocksDbOptions options = SmallRocksDb(folder.path());
  ASSERT_TRUE(Open(options)->Commit(One("k"), true).ok());
  EXPECT_EQ(**Open(options)->NewSnapshot()->Get(kI, "k"), "value");
}

TEST(RocksDbStoreTest, SurvivesFlushesAndCompactions) {
  const TestFolder folder;
  const auto store = Open(SmallRocksDb(folder.path()));
  const std::string value(10'000, 'v');
  for (int i = 0; i < 500; ++i) {
    const std::string key = "k" + std::to_string(i);
    ASSERT_TRUE(store
                    ->Commit({{Write::Kind::kPut, ColumnFamily::kPayload, key, value},
                              {Write::Kind::kPut, kI, key, std::to_string(i)}},
                             false)
                    .ok());
  }
  const auto snapshot = store->NewSnapshot();
  for (int i = 0; i < 500; ++i) {
    const std::string key = "k" + std::to_string(i);
    EXPECT_EQ(**snapshot->Get(kI, key), std::to_string(i));
    EXPECT_EQ((**snapshot->Get(ColumnFamily::kPayload, key)).size(), value.size());
  }
  EXPECT_GT(store->Stats().table_files_bytes, 0u);
}

// Kept replies are dropped when they have expired and a table is written, and nothing
// else is, whatever its value looks like.
TEST(RocksDbStoreTest, WhatHasExpiredGoesWhenTablesAreRewritten) {
  const TestFolder folder;
  FakeClock clock;
  RocksDbOptions options = SmallRocksDb(folder.path());
  options.clock = &clock;
  const auto store = Open(options);
  const AccountKeys keys(1, "alice@example.com");
  const auto reply_until = [&](WallMillis expires) {
    proto::KeptReplyRecord record;
    record.set_reply("a reply");
    record.set_expires(expires);
    return record.SerializeAsString();
  };
  const std::string first(16, '1'), second(16, '2'), damaged(16, '3');
  const std::string early = reply_until(clock.WallNow() + 1000);
  Writes writes = {
      {Write::Kind::kPut, kI, keys.KeptReply("KEY", first), early},
      {Write::Kind::kPut, kI, keys.KeptReply("KEY", second), reply_until(clock.WallNow() + 2000)},
      {Write::Kind::kPut, kI, keys.KeptReply("KEY", damaged), "\xff\xff"}};
  const std::vector<std::string> others = {keys.Account(),     keys.Usage(),
                                           keys.Member("KEY"), keys.Container("W"),
                                           keys.Entry(1, 1),   LogIndexKey()};
  for (const std::string& key : others) writes.push_back({Write::Kind::kPut, kI, key, early});
  writes.push_back({Write::Kind::kPut, ColumnFamily::kPayload, keys.Payload(1, 1), early});
  ASSERT_TRUE(store->Commit(writes, true).ok());
  const auto there = [&](const std::string& request_id) {
    return store->NewSnapshot()->Get(kI, keys.KeptReply("KEY", request_id))->has_value();
  };

  ASSERT_TRUE(store->CompactEverything().ok());
  EXPECT_TRUE(there(first) && there(second));
  clock.Advance(std::chrono::milliseconds(1000));
  ASSERT_TRUE(store->CompactEverything().ok());
  EXPECT_FALSE(there(first));
  EXPECT_TRUE(there(second) && there(damaged));
  clock.Advance(std::chrono::milliseconds(1000));
  ASSERT_TRUE(store->CompactEverything().ok());
  EXPECT_FALSE(there(second));

  const auto snapshot = store->NewSnapshot();
  for (const std::string& key : others) EXPECT_EQ(**snapshot->Get(kI, key), early);
  EXPECT_EQ(**snapshot->Get(ColumnFamily::kPayload, keys.Payload(1, 1)), early);
}

TEST(RocksDbStoreTest, DeliveriesAndInquiriesAreForgottenInTheirTime) {
  const TestFolder folder;
  FakeClock clock;
  RocksDbOptions options = SmallRocksDb(folder.path());
  options.clock = &clock;
  const auto store = Open(options);
  const AccountKeys keys(1, "alice@example.com");
  proto::DeliveryRecord delivery;
  delivery.set_payload_digest("digest");
  delivery.set_expires(clock.WallNow() + 1000);
  proto::InquiryRecord inquiry;
  inquiry.set_expires(clock.WallNow() + 2000);
  const std::string delivered = keys.Delivery("bob@example.com", "MB2K");
  const std::string asked = keys.Inquiry("bob@example.com");
  const std::string contact = keys.Contact("bob@example.com");
  ASSERT_TRUE(store
                  ->Commit({{Write::Kind::kPut, kI, delivered, delivery.SerializeAsString()},
                            {Write::Kind::kPut, kI, asked, inquiry.SerializeAsString()},
                            {Write::Kind::kPut, kI, contact, IndexValue(1)}},
                           true)
                  .ok());
  const auto compact = [&] { ASSERT_TRUE(store->CompactEverything().ok()); };
  const auto has = [&](const std::string& key) {
    return store->NewSnapshot()->Get(kI, key)->has_value();
  };
  compact();
  EXPECT_TRUE(has(delivered) && has(asked));
  clock.Advance(std::chrono::milliseconds(1000));
  compact();
  EXPECT_TRUE(!has(delivered) && has(asked));
  clock.Advance(std::chrono::milliseconds(1000));
  compact();
  EXPECT_TRUE(!has(asked) && has(contact));
}

// The memtable remembers where appends went. A range that began with an append key
// would be mistaken for one of them.
TEST(RocksDbStoreTest, AppendsGoOnAfterARangeOfThemWasDeleted) {
  const TestFolder folder;
  const auto store = Open(SmallRocksDb(folder.path()));
  const AccountKeys keys(1, "alice@example.com");
  for (uint64_t round = 0; round < 50; ++round) {
    Writes writes;
    for (uint64_t i = 0; i < 10; ++i) {
      writes.push_back({Write::Kind::kPut, kI, keys.Entry(1, round * 10 + i), "entry"});
    }
    const KeyRange range = keys.Entries(1, round * 10 + 2, round * 10 + 5);
    writes.push_back({Write::Kind::kDeleteRange, kI, range.begin, range.end});
    writes.push_back({Write::Kind::kPut, kI, keys.Entry(1, round * 10 + 3), "again"});
    ASSERT_TRUE(store->Commit(writes, false).ok());
  }
  const auto snapshot = store->NewSnapshot();
  for (uint64_t i = 0; i < 500; ++i) {
    const std::optional<std::string> value = *snapshot->Get(kI, keys.Entry(1, i));
    const bool deleted = i % 10 == 2 || i % 10 == 4;
    EXPECT_EQ(value.value_or("none"), deleted ? "none" : i % 10 == 3 ? "again" : "entry");
  }
}

TEST(RocksDbStoreTest, IsReadOnlyWhileTheDiskIsNearlyFull) {
  const TestFolder folder;
  RocksDbOptions options = SmallRocksDb(folder.path());
  ASSERT_TRUE(Open(options)->Commit(One("k"), true).ok());
  options.min_free_bytes = uint64_t{1} << 60;
  const auto store = Open(options);

  const Status refused = store->Commit(One("other"), true);
  EXPECT_EQ(refused.code(), Code::kResourceExhausted);
  EXPECT_NE(refused.message().find("--min-free-bytes"), std::string::npos);
  EXPECT_TRUE(store->Stats().read_only);
  EXPECT_EQ(**store->NewSnapshot()->Get(kI, "k"), "value");
  EXPECT_EQ(*store->NewSnapshot()->Get(kI, "other"), std::nullopt);
}

TEST(RocksDbStoreTest, OneProcessAtATime) {
  const TestFolder folder;
  const auto store = Open(SmallRocksDb(folder.path()));
  const auto second = RocksDbStore::Open(SmallRocksDb(folder.path()));
  EXPECT_EQ(second.status().code(), Code::kUnavailable);
}

TEST(RocksDbStoreTest, SaysWhereItCannotOpen) {
  const TestFolder folder;
  const std::string file = folder.path() + "/file";
  std::ofstream(file) << "not a folder";
  const auto store = RocksDbStore::Open(SmallRocksDb(file));
  EXPECT_EQ(store.status().code(), Code::kUnavailable);
  EXPECT_NE(store.status().message().find(file), std::string::npos);
}

TEST(RocksDbStoreTest, WritesItsOwnLogWhereItIsTold) {
  const TestFolder folder;
  RocksDbOptions options = SmallRocksDb(folder.path() + "/data");
  options.log_path = folder.path() + "/rocksdb.log";
  (void)Open(options);
  EXPECT_GT(std::filesystem::file_size(options.log_path), 0u);
  EXPECT_FALSE(std::filesystem::exists(options.path + "/LOG"));
}

}  // namespace
}  // namespace mesh::backend
