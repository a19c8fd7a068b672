#include "bench/load/latency.h"

#include <gtest/gtest.h>

namespace mesh::load {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

TEST(LatencyTest, NothingRecordedIsZero) {
  const Latency latency;
  EXPECT_EQ(latency.count(), 0u);
  EXPECT_EQ(latency.Percentile(0.99), Duration(0));
  EXPECT_EQ(latency.Mean(), Duration(0));
}

TEST(LatencyTest, PercentilesAreWithinTwoInAHundred) {
  Latency latency;
  for (int i = 1; i <= 100'000; ++i) latency.Record(microseconds(i));
  for (const double share : {0.01, 0.5, 0.9, 0.99, 0.999}) {
    const double exact = share * 1e8;  // Nanoseconds.
    EXPECT_NEAR(static_cast<double>(latency.Percentile(share).count()), exact, exact * 0.02);
  }
  EXPECT_EQ(latency.max(), microseconds(100'000));
}

TEST(LatencyTest, NoPercentileExceedsTheMaximum) {
  Latency latency;
  latency.Record(nanoseconds(1'000'001));
  EXPECT_EQ(latency.Percentile(0.5), nanoseconds(1'000'001));
  EXPECT_EQ(latency.Percentile(1), nanoseconds(1'000'001));
}

TEST(LatencyTest, TheSmallestAreExact) {
  Latency latency;
  for (int i = 0; i < 64; ++i) latency.Record(nanoseconds(i));
  EXPECT_EQ(latency.Percentile(1.0 / 64), nanoseconds(0));
  EXPECT_EQ(latency.Percentile(0.5), nanoseconds(31));
}

TEST(LatencyTest, HoursAreCountedAndNegativeOnesAreZero) {
  Latency latency;
  latency.Record(seconds(36'000));
  latency.Record(nanoseconds(-5));
  EXPECT_EQ(latency.count(), 2u);
  EXPECT_EQ(latency.max(), seconds(36'000));
  EXPECT_EQ(latency.Percentile(0.5), Duration(0));
}

TEST(LatencyTest, MergedIsAsIfRecordedInOne) {
  Latency fast;
  Latency slow;
  for (int i = 0; i < 99; ++i) fast.Record(microseconds(10));
  slow.Record(microseconds(1000));
  fast.Merge(slow);
  EXPECT_EQ(fast.count(), 100u);
  EXPECT_LT(fast.Percentile(0.99), microseconds(11));
  EXPECT_EQ(fast.Percentile(1), microseconds(1000));
}

}  // namespace
}  // namespace mesh::load
