// One suite for every Store: what holds for RocksDB must hold for its twin, or tests
// over the twin prove nothing.

#include "backend/storage/store.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "backend/storage/format.h"
#include "tests/unit/backend/storage/stores_under_test.h"

namespace mesh::backend {
namespace {

constexpr ColumnFamily kI = ColumnFamily::kIndex;
constexpr ColumnFamily kP = ColumnFamily::kPayload;

Write Put(ColumnFamily family, std::string key, std::string value) {
  return {Write::Kind::kPut, family, std::move(key), std::move(value)};
}
Write Delete(ColumnFamily family, std::string key) {
  return {Write::Kind::kDelete, family, std::move(key), {}};
}
Write DeleteRange(ColumnFamily family, std::string begin, std::string end) {
  return {Write::Kind::kDeleteRange, family, std::move(begin), std::move(end)};
}

class MemoryFixture {
 public:
  Store& store() { return store_; }

 private:
  MemoryStore store_;
};

class RocksDbFixture {
 public:
  RocksDbFixture() {
    auto opened = RocksDbStore::Open(SmallRocksDb(folder_.path()));
    MESH_CHECK(opened.ok());
    store_ = *std::move(opened);
  }
  Store& store() { return *store_; }

 private:
  TestFolder folder_;
  std::unique_ptr<RocksDbStore> store_;
};

template <typename Fixture>
class StoreTest : public testing::Test {
 protected:
  void Commit(const Writes& writes) {
    const Status committed = fixture_.store().Commit(writes, true);
    ASSERT_TRUE(committed.ok()) << committed.message();
  }
  std::optional<std::string> Get(ColumnFamily family, std::string_view key) {
    return *fixture_.store().NewSnapshot()->Get(family, key);
  }
  std::string Keys(std::string_view begin, std::string_view end, bool reverse = false) {
    const auto reader = fixture_.store().NewSnapshot();
    std::string keys;
    for (auto cursor = reader->Scan(kI, begin, end, reverse); cursor->Valid(); cursor->Next()) {
      keys.append(cursor->key()).append("=").append(cursor->value()).append(" ");
    }
    return keys;
  }

  Fixture fixture_;
};

using Fixtures = testing::Types<MemoryFixture, RocksDbFixture>;
TYPED_TEST_SUITE(StoreTest, Fixtures);

TYPED_TEST(StoreTest, AKeyIsWhatWasPutLast) {
  this->Commit({Put(kI, "k", "1"), Put(kI, "k", "2")});
  EXPECT_EQ(this->Get(kI, "k"), "2");
  this->Commit({Delete(kI, "k")});
  EXPECT_EQ(this->Get(kI, "k"), std::nullopt);
}

TYPED_TEST(StoreTest, FamiliesAreApart) {
  this->Commit({Put(kI, "k", "index"), Put(kP, "k", "payload")});
  this->Commit({Delete(kI, "k")});
  EXPECT_EQ(this->Get(kI, "k"), std::nullopt);
  EXPECT_EQ(this->Get(kP, "k"), "payload");
}

TYPED_TEST(StoreTest, ManyKeysAreReadInTheOrderAskedFor) {
  this->Commit({Put(kI, "a", "1"), Put(kI, "b", "old"), Put(kI, "c", "3"), Put(kP, "d", "4")});
  const auto snapshot = this->fixture_.store().NewSnapshot();
  this->Commit({Put(kI, "b", "new"), Delete(kI, "c")});
  const auto get = [](const Reader& reader, const std::vector<std::string>& keys) {
    std::string values;
    const auto found = reader.MultiGet(kI, keys);
    for (const auto& value : *found) values += value.value_or("-") + " ";
    return values;
  };
  EXPECT_EQ(get(*snapshot, {"a", "b", "c", "d"}), "1 old 3 - ");
  EXPECT_EQ(get(*snapshot, {"c", "x", "a", "c"}), "3 - 1 3 ");
  EXPECT_EQ(get(*snapshot, {}), "");
  EXPECT_EQ(get(*this->fixture_.store().NewSnapshot(), {"a", "b", "c"}), "1 new - ");
}

TYPED_TEST(StoreTest, ASnapshotDoesNotChange) {
  this->Commit({Put(kI, "k", "before")});
  const auto snapshot = this->fixture_.store().NewSnapshot();
  this->Commit({Put(kI, "k", "after"), Put(kI, "new", "")});
  EXPECT_EQ(**snapshot->Get(kI, "k"), "before");
  EXPECT_EQ(*snapshot->Get(kI, "new"), std::nullopt);
  EXPECT_EQ(this->Get(kI, "k"), "after");
}

TYPED_TEST(StoreTest, AScanWalksItsBoundsBothWays) {
  this->Commit({Put(kI, "a", "1"), Put(kI, "b", "2"), Put(kI, "c", "3"), Put(kI, "d", "4")});
  EXPECT_EQ(this->Keys("b", "d"), "b=2 c=3 ");
  EXPECT_EQ(this->Keys("b", "d", true), "c=3 b=2 ");
  EXPECT_EQ(this->Keys("b", "b"), "");
  EXPECT_EQ(this->Keys("c", "a"), "");
  EXPECT_EQ(this->Keys("x", "z", true), "");
}

TYPED_TEST(StoreTest, KeysAreUnsignedOctetsAndMayHoldZeros) {
  const std::string zero("a\0b", 3);
  this->Commit({Put(kI, zero, "zero"), Put(kI, "a\x7F", "low"), Put(kI, "a\x80", "high")});
  EXPECT_EQ(this->Get(kI, zero), "zero");
  EXPECT_EQ(this->Keys("a\x7F", "b"), "a\x7F=low a\x80=high ");
}

TYPED_TEST(StoreTest, ADeletedRangeHidesWhatCameBeforeItOnly) {
  this->Commit({Put(kI, "a", "1"), Put(kI, "b", "2"), Put(kI, "c", "3")});
  this->Commit({Put(kI, "bb", "2"), DeleteRange(kI, "b", "c"), Put(kI, "bc", "new")});
  EXPECT_EQ(this->Keys("a", "z"), "a=1 bc=new c=3 ");
}

TYPED_TEST(StoreTest, AnEmptyRangeDeletesNothing) {
  this->Commit({Put(kI, "a", "1"), DeleteRange(kI, "z", "a"), DeleteRange(kI, "a", "a")});
  EXPECT_EQ(this->Keys("a", "z"), "a=1 ");
}

TYPED_TEST(StoreTest, IsPreparedForOnePartitionOnly) {
  Store& store = this->fixture_.store();
  EXPECT_TRUE(PrepareStore(store, 3).ok());
  EXPECT_TRUE(PrepareStore(store, 3).ok());
  const Status refused = PrepareStore(store, 4);
  EXPECT_EQ(refused.code(), Code::kFailedPrecondition);
  EXPECT_EQ(refused.message(), "the database belongs to partition 3, not to 4");
}

TYPED_TEST(StoreTest, IsNotPreparedWhenItHoldsSomethingElse) {
  this->Commit({Put(kP, "k", "v")});
  EXPECT_EQ(PrepareStore(this->fixture_.store(), 1).code(), Code::kFailedPrecondition);
}

TYPED_TEST(StoreTest, HasNoLogIndexBeforeTheFirstCommit) {
  EXPECT_EQ(*ReadLogIndex(*this->fixture_.store().NewSnapshot()), 0u);
}

}  // namespace
}  // namespace mesh::backend
