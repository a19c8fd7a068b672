#include "common/discovery/cache.h"

#include <gtest/gtest.h>

#include "common/discovery/limits.h"

namespace mesh::discovery {
namespace {

using std::chrono::seconds;

constexpr MonotonicTime kNow{std::chrono::hours(1)};

Outcome Found(seconds ttl) { return {std::vector<Candidate>(1), ttl}; }
Outcome None(seconds ttl) { return {Status(Code::kNotFound, "none"), ttl}; }

TEST(Cache, KeepsAnOutcomeForItsTime) {
  Cache cache;
  cache.Keep("a.example", Found(seconds(60)), kNow);
  cache.Keep("b.example", None(seconds(60)), kNow);
  const MonotonicTime last = kNow + seconds(60) - Duration(1);
  ASSERT_NE(cache.Find("a.example", last), nullptr);
  EXPECT_TRUE(cache.Find("a.example", last)->ok());
  EXPECT_EQ(cache.Find("b.example", last)->status().code(), Code::kNotFound);
  EXPECT_EQ(cache.Find("a.example", kNow + seconds(60)), nullptr);
  EXPECT_EQ(cache.Find("c.example", kNow), nullptr);
}

TEST(Cache, ClampsTimes) {
  Cache cache;
  cache.Keep("a.example", Found(seconds(0)), kNow);
  EXPECT_NE(cache.Find("a.example", kNow + kTtlMin - Duration(1)), nullptr);
  cache.Keep("a.example", Found(seconds(1 << 30)), kNow);
  EXPECT_EQ(cache.Find("a.example", kNow + kTtlMax), nullptr);
}

TEST(Cache, MakesRoomForTheNewest) {
  Cache cache;
  cache.Keep("first.example", Found(kTtlMin), kNow);
  for (size_t i = 1; i < kCachedDomainsMax; ++i) {
    cache.Keep(std::to_string(i) + ".example", Found(seconds(60)), kNow);
  }
  EXPECT_NE(cache.Find("first.example", kNow), nullptr);
  cache.Keep("last.example", Found(seconds(60)), kNow);
  EXPECT_EQ(cache.Find("first.example", kNow), nullptr);
  EXPECT_NE(cache.Find("last.example", kNow), nullptr);
  EXPECT_NE(cache.Find("1.example", kNow), nullptr);
}

}  // namespace
}  // namespace mesh::discovery
