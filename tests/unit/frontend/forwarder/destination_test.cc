#include "frontend/forwarder/destination.h"

#include <gtest/gtest.h>

#include "proto/mesh.pb.h"

namespace mesh::frontend {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(DestinationTest, AsManyMayWaitAsItWillTakeSoon) {
  Destination destination;
  EXPECT_EQ(destination.Room(seconds(30)), kWaitingMin);
  destination.Finished(milliseconds(500));
  EXPECT_EQ(destination.Room(seconds(30)), 60 * kWindowFirst);
  destination.Finished(milliseconds(1));
  for (int i = 0; i < 100; ++i) destination.Finished(milliseconds(1));
  EXPECT_EQ(destination.Room(seconds(30)), kWaitingMax);
  for (int i = 0; i < 1000; ++i) destination.Finished(seconds(10));
  EXPECT_EQ(destination.Room(seconds(30)), kWaitingMin);
}

TEST(DestinationsTest, OneIsRememberedUntilItsPlaceIsNeeded) {
  Destinations destinations;
  const MonotonicTime now{seconds(1000)};
  const auto name = [](size_t i) { return "d" + std::to_string(i) + ".example"; };
  for (size_t i = 0; i < kDestinationsMax; ++i) {
    Destination* const one = destinations.Find(name(i), now + seconds(i));
    ASSERT_NE(one, nullptr);
    if (i > 0) one->under_way = 1;
  }
  EXPECT_NE(destinations.Find("new.example", now), nullptr);
  EXPECT_EQ(destinations.all().count(name(0)), 0u);
  destinations.all().at("new.example").waiting.push_back(nullptr);
  EXPECT_EQ(destinations.Find(name(0), now), nullptr);
}

TEST(DestinationsTest, OneThatIsLeftAloneIsRememberedLonger) {
  Destinations destinations;
  const MonotonicTime now{seconds(1000)};
  Destination& dead = *destinations.Find("dead.example", now);
  for (uint32_t i = 0; i < kCircuitFailures; ++i) dead.circuit.Failed(now, 0);
  for (size_t i = 0; i < kDestinationsMax; ++i) {
    destinations.Find("d" + std::to_string(i) + ".example", now + seconds(1));
  }
  EXPECT_EQ(destinations.all().count("dead.example"), 1u);
}

}  // namespace
}  // namespace mesh::frontend
