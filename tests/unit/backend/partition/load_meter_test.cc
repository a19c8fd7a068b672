#include "backend/partition/load_meter.h"

#include <gtest/gtest.h>

#include <thread>

#include "common/mesh/slot.h"
#include "tests/support/fake_clock.h"

namespace mesh::backend {
namespace {

using std::chrono::seconds;

constexpr char kAlice[] = "alice@example.com";

class LoadMeterTest : public ::testing::Test {
 protected:
  static uint64_t HashOf(const std::string& account) { return SipHash(SlotKey{}, account); }
  void Count(const std::string& account, size_t bytes = 100, bool by_slot = true) {
    meter_.Count(account, HashOf(account), by_slot, bytes, clock_.Now());
  }
  // `rate` requests in each second.
  void Run(const std::string& account, int rate, int for_seconds) {
    for (int i = 0; i < for_seconds; ++i) {
      for (int j = 0; j < rate; ++j) Count(account);
      clock_.Advance(seconds(1));
    }
  }
  LoadReading Read() const { return meter_.Read(clock_.Now()); }
  static const AccountSketch::Entry* Find(const LoadReading& reading, const std::string& account) {
    for (const AccountSketch::Entry& entry : reading.accounts) {
      if (entry.account == account) return &entry;
    }
    return nullptr;
  }

  FakeClock clock_;
  LoadMeter meter_{clock_.Now()};
};

TEST_F(LoadMeterTest, NothingIsNothing) {
  clock_.Advance(seconds(100));
  const LoadReading reading = Read();
  EXPECT_EQ(reading.requests, 0);
  EXPECT_TRUE(reading.accounts.empty());
  EXPECT_EQ(reading.slots.size(), kSlotCount);
}

TEST_F(LoadMeterTest, ASteadyRateIsReadAtAnyTime) {
  for (const int more : {1, 2, 60, 3600, 7200}) {
    Run(kAlice, 10, more);
    const LoadReading reading = Read();
    EXPECT_NEAR(reading.requests, 10, 0.01) << more;
    EXPECT_NEAR(reading.bytes, 1000, 1) << more;
    EXPECT_NEAR(reading.slots[SlotOfHash(HashOf(kAlice))], 10, 0.01) << more;
    EXPECT_NEAR(Find(reading, kAlice)->requests, 10, 0.01) << more;
  }
}

TEST_F(LoadMeterTest, WhatWasAHalfLifeAgoCountsHalf) {
  Run(kAlice, 10, 3600);
  clock_.Advance(kLoadHalfLife);
  EXPECT_NEAR(Read().requests, 5, 0.01);
  clock_.Advance(4 * kLoadHalfLife);
  EXPECT_NEAR(Find(Read(), kAlice)->requests, 10.0 / 32, 0.01);
}

TEST_F(LoadMeterTest, WhoWasHotIsNotForever) {
  Run(kAlice, 50, 60);
  Run("bob@example.com", 20, 600);
  const LoadReading reading = Read();
  EXPECT_GT(Find(reading, "bob@example.com")->requests, 15 * Find(reading, kAlice)->requests);
}

TEST_F(LoadMeterTest, AfterDaysOfSilenceItCountsAgain) {
  Run(kAlice, 10, 10);
  clock_.Advance(std::chrono::hours(24 * 30));
  EXPECT_NEAR(Read().requests, 0, 1e-9);
  Run(kAlice, 10, 600);
  EXPECT_NEAR(Read().requests, 10, 0.1);
}

TEST_F(LoadMeterTest, PinnedAccountsAreInNoSlot) {
  Count(kAlice, 100, false);
  Count("bob@example.com");
  clock_.Advance(seconds(1));
  const LoadReading reading = Read();
  EXPECT_NEAR(reading.requests, 2, 0.01);
  EXPECT_NEAR(reading.pinned_requests, 1, 0.01);
  EXPECT_EQ(reading.slots[SlotOfHash(HashOf(kAlice))], 0);
  EXPECT_FALSE(Find(reading, kAlice)->by_slot);
}

TEST_F(LoadMeterTest, OneAmongManyIsFound) {
  for (int i = 0; i < 20'000; ++i) {
    Count("account" + std::to_string(i) + "@example.com");
    if (i % 20 == 0) Count(kAlice);
  }
  clock_.Advance(seconds(1));
  const LoadReading reading = Read();
  EXPECT_EQ(reading.accounts.size(), kAccountsMetered);
  ASSERT_NE(Find(reading, kAlice), nullptr);
  EXPECT_NEAR(Find(reading, kAlice)->requests, 1000, 21'000.0 / kAccountsMetered);
}

TEST_F(LoadMeterTest, NamesAreKeptInTheMemoryThatItHas) {
  const std::string longest(1000, 'x');
  Count(longest);
  EXPECT_EQ(Read().accounts[0].account, longest.substr(0, 254));
}

TEST_F(LoadMeterTest, IsReadWhileItCounts) {
  const MonotonicTime now = clock_.Now();
  std::thread counting([&] {
    for (int i = 0; i < 20'000; ++i) {
      const std::string account = std::to_string(i % 1000) + "@example.com";
      meter_.Count(account, HashOf(account), true, 10, now);
    }
  });
  for (int i = 0; i < 20; ++i) EXPECT_LE(meter_.Read(now).requests, 20'001);
  counting.join();
  EXPECT_NEAR(meter_.Read(now).requests, 20'000, 1);
}

}  // namespace
}  // namespace mesh::backend
