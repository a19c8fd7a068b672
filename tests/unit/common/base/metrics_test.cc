#include "common/base/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace mesh {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(MetricsTest, ACounterSumsWhatAllThreadsAdded) {
  Registry registry;
  Counter& counter = registry.GetCounter("mesh_test_total", "A test.");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&counter] {
      for (int n = 0; n < 1000; ++n) counter.Add();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter.Value(), 4000u);
}

TEST(MetricsTest, TheSameNameAndLabelsAreTheSameMetric) {
  Registry registry;
  Counter& first = registry.GetCounter("mesh_test_total", "A test.", {{"code", "201"}});
  Counter& same = registry.GetCounter("mesh_test_total", "A test.", {{"code", "201"}});
  Counter& other = registry.GetCounter("mesh_test_total", "A test.", {{"code", "404"}});
  EXPECT_EQ(&first, &same);
  EXPECT_NE(&first, &other);
}

TEST(MetricsTest, AnObservationFallsIntoTheFirstBucketThatHoldsIt) {
  Histogram histogram;
  histogram.ObserveNanos(0);
  histogram.ObserveNanos(16'000);
  histogram.ObserveNanos(16'001);
  const Histogram::Snapshot seen = histogram.Read();
  EXPECT_EQ(seen.counts[0], 2u);
  EXPECT_EQ(seen.counts[1], 1u);
  EXPECT_EQ(seen.count, 3u);
}

TEST(MetricsTest, AnObservationPastTheLastBoundIsStillCounted) {
  Histogram histogram;
  histogram.ObserveNanos(3'600'000'000'000);
  EXPECT_EQ(histogram.Read().counts[Histogram::kBuckets], 1u);
}

TEST(MetricsTest, TheTextHasHelpTypeAndValue) {
  Registry registry;
  registry.GetGauge("mesh_test_in_flight", "Things under way.").Set(7);
  registry.AddCallback("mesh_test_seen_total", "Seen.", {{"kind", "x"}}, true, [] { return 3.0; });
  const std::string text = registry.Text();
  EXPECT_THAT(text, HasSubstr("# HELP mesh_test_in_flight Things under way."));
  EXPECT_THAT(text, HasSubstr("# TYPE mesh_test_seen_total counter"));
  EXPECT_THAT(text, HasSubstr("mesh_test_in_flight 7"));
  EXPECT_THAT(text, HasSubstr("mesh_test_seen_total{kind=\"x\"} 3"));
  EXPECT_THAT(text, Not(HasSubstr("untyped")));
}

TEST(MetricsTest, AHistogramEndsWithAllItsObservations) {
  Registry registry;
  registry.GetHistogram("mesh_test_seconds", "Time.").ObserveNanos(1'000'000);
  const std::string text = registry.Text();
  EXPECT_THAT(text, HasSubstr("mesh_test_seconds_bucket{le=\"+Inf\"} 1"));
  EXPECT_THAT(text, HasSubstr("mesh_test_seconds_count 1"));
}

}  // namespace
}  // namespace mesh
