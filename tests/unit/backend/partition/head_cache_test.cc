#include "backend/partition/head_cache.h"

#include <gtest/gtest.h>

#include "backend/storage/key_schema.h"
#include "backend/storage/memory_store.h"

namespace mesh::backend {
namespace {

constexpr ColumnFamily kI = ColumnFamily::kIndex;
const AccountKeys kAlice(1, "alice@example.com");

TEST(HeadCacheTest, FollowsWhatWasCommitted) {
  HeadCache cache(10'000);
  cache.Follow({{Write::Kind::kPut, kI, kAlice.Usage(), "1"},
                {Write::Kind::kPut, kI, kAlice.Entry(1, 1), "not a head"}});
  EXPECT_EQ(*cache.Find(kAlice.Usage()), "1");
  EXPECT_EQ(cache.Find(kAlice.Entry(1, 1)), nullptr);
  cache.Follow({{Write::Kind::kDelete, kI, kAlice.Usage(), ""}});
  EXPECT_EQ(*cache.Find(kAlice.Usage()), std::nullopt);
}

TEST(HeadCacheTest, WhatWasNotThereIsThereOnceItIsCommitted) {
  HeadCache cache(10'000);
  cache.Put(kAlice.Usage(), std::nullopt);
  cache.Follow({{Write::Kind::kPut, kI, kAlice.Usage(), "1"}});
  EXPECT_EQ(*cache.Find(kAlice.Usage()), "1");
}

TEST(HeadCacheTest, ForgetsEverythingWithARange) {
  HeadCache cache(10'000);
  cache.Put(kAlice.Usage(), "1");
  cache.Put(kAlice.Container("mmm_Block"), std::nullopt);
  cache.Follow({{Write::Kind::kDeleteRange, kI, "a", "b"}});
  EXPECT_EQ(cache.Find(kAlice.Usage()), nullptr);
  EXPECT_EQ(cache.Find(kAlice.Container("mmm_Block")), nullptr);
}

TEST(HeadCacheTest, KeepsWhatIsUsedWithinItsBound) {
  HeadCache cache(1000);
  cache.Put("hot", "value");
  for (int i = 0; i < 1000; ++i) {
    cache.Put("cold" + std::to_string(i), "0123456789");
    ASSERT_NE(cache.Find("hot"), nullptr);
  }
  EXPECT_EQ(*cache.Find("hot"), "value");
  EXPECT_EQ(cache.Find("cold0"), nullptr);
  cache.Put("hot", std::string(2000, 'x'));  // Too large to keep, and no older value either.
  EXPECT_EQ(cache.Find("hot"), nullptr);
}

TEST(HeadCacheTest, KeysThatAreNotThereTakeRoomToo) {
  HeadCache cache(1000);
  cache.Put("first", std::nullopt);
  for (int i = 0; i < 20; ++i) cache.Put("absent" + std::to_string(i), std::nullopt);
  EXPECT_EQ(cache.Find("first"), nullptr);
}

TEST(HeadCacheTest, AReaderAsksTheStoreOnce) {
  MemoryStore store;
  ASSERT_TRUE(store.Commit({{Write::Kind::kPut, kI, kAlice.Usage(), "old"}}, true).ok());
  HeadCache cache(10'000);
  const auto before = store.NewSnapshot();
  EXPECT_EQ(**CachedReader(*before, cache).Get(kI, kAlice.Usage()), "old");
  EXPECT_EQ(*cache.Find(kAlice.Usage()), "old");
  EXPECT_EQ(*CachedReader(*before, cache).Get(kI, kAlice.Account()), std::nullopt);
}

TEST(HeadCacheTest, AReaderAsksOnceForWhatIsNotThere) {
  MemoryStore store;
  HeadCache cache(10'000);
  const std::string key = kAlice.Container("mmm_Block");
  EXPECT_EQ(*CachedReader(*store.NewSnapshot(), cache).Get(kI, key), std::nullopt);
  ASSERT_NE(cache.Find(key), nullptr);
  EXPECT_EQ(*cache.Find(key), std::nullopt);
}

}  // namespace
}  // namespace mesh::backend
