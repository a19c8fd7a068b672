#include "bench/load/pacer.h"

#include <gtest/gtest.h>

namespace mesh::load {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const MonotonicTime kStart = MonotonicTime(seconds(1000));

TEST(PacerTest, InAClosedLoopEverythingIsDueNow) {
  Pacer pacer(0, kStart);
  MonotonicTime due;
  EXPECT_TRUE(pacer.Take(kStart + seconds(5), &due));
  EXPECT_EQ(due, kStart + seconds(5));
  EXPECT_EQ(pacer.Behind(kStart + seconds(9)), 0u);
}

TEST(PacerTest, InAnOpenLoopNothingIsDueEarly) {
  Pacer pacer(100, kStart);
  MonotonicTime due;
  EXPECT_TRUE(pacer.Take(kStart, &due));
  EXPECT_FALSE(pacer.Take(kStart + milliseconds(9), &due));
  EXPECT_TRUE(pacer.Take(kStart + milliseconds(10), &due));
}

// A stall of a second must count into the latency of each request that fell into it.
TEST(PacerTest, WhatIsSentLateWasDueAtItsOwnTime) {
  Pacer pacer(100, kStart);
  MonotonicTime due;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(pacer.Take(kStart + seconds(1), &due));
    EXPECT_EQ(due, kStart + milliseconds(10) * i);
  }
}

TEST(PacerTest, WhatIsNeverTakenIsCounted) {
  Pacer pacer(1000, kStart);
  MonotonicTime due;
  ASSERT_TRUE(pacer.Take(kStart + seconds(1), &due));
  EXPECT_EQ(pacer.Behind(kStart + seconds(1)), 999u);
}

}  // namespace
}  // namespace mesh::load
