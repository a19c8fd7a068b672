// Whatever is counted, an AccountSketch says of it what Space-Saving promises: compared with exact
// counts.

#include "backend/partition/account_sketch.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>

#include "common/mesh/slot.h"

namespace mesh::backend {
namespace {

struct Exact {
  double requests = 0;
  double bytes = 0;
  double load() const { return requests + bytes / kOctetsPerRequest; }
};
using Counts = std::map<std::string, Exact>;

// Sums of many floating-point numbers, in two orders.
constexpr double kClose = 1e-6;

// One of few accounts makes much of it, as it is outside.
std::string AnyAccount() {
  const int first = *rc::gen::inRange(0, 40);
  const int second = *rc::gen::inRange(0, 40);
  return "a" + std::to_string(first * second / 8) + "@example.com";
}

void Feed(AccountSketch& sketch, Counts& counts, double weight) {
  const std::string account = AnyAccount();
  const double octets = *rc::gen::weightedElement<int>({{5, 100}, {2, 4096}, {1, 100'000}});
  counts[account].requests += weight;
  counts[account].bytes += octets * weight;
  sketch.Count(SipHash(SlotKey{}, account), account, true, weight, octets * weight);
}

double TotalOf(const Counts& counts) {
  double total = 0;
  for (const auto& [account, exact] : counts) total += exact.load();
  return total;
}

void CheckEntry(const AccountSketch::Entry& entry, const Exact& exact, double error_max) {
  RC_ASSERT(entry.hash == SipHash(SlotKey{}, entry.account));
  const double slack = kClose * (1 + exact.load());
  RC_ASSERT(entry.load >= exact.load() - slack);
  RC_ASSERT(entry.load - entry.error <= exact.load() + slack);
  RC_ASSERT(entry.error <= error_max + slack);
  RC_ASSERT(entry.requests <= exact.requests + slack);
  RC_ASSERT(entry.bytes <= exact.bytes + slack * kOctetsPerRequest);
  const double seen = entry.requests + entry.bytes / kOctetsPerRequest;
  RC_ASSERT(std::abs(entry.load - entry.error - seen) <= kClose * (1 + entry.load));
}

void Check(const AccountSketch& sketch, size_t capacity, const Counts& counts) {
  const double total = TotalOf(counts);
  const double share = total / static_cast<double>(capacity);
  const double slack = kClose * (1 + total);
  RC_ASSERT(std::abs(sketch.total() - total) <= slack);
  RC_ASSERT(sketch.least() <= share + slack);
  const std::vector<AccountSketch::Entry> entries = sketch.Entries();
  RC_ASSERT(entries.size() == std::min(capacity, counts.size()));
  Counts missing = counts;
  for (const AccountSketch::Entry& entry : entries) {
    CheckEntry(entry, counts.at(entry.account), share);
    missing.erase(entry.account);
  }
  for (const auto& [account, exact] : missing) {
    RC_ASSERT(exact.load() <= share + slack);
    RC_ASSERT(exact.load() <= sketch.least() + slack);
  }
}

TEST(AccountSketchProperty, KeepsTheBoundsOfSpaceSaving) {
  EXPECT_TRUE(rc::check([] {
    const auto capacity = *rc::gen::inRange<size_t>(1, 64);
    const auto requests = *rc::gen::inRange<size_t>(0, 600);
    AccountSketch sketch(capacity);
    Counts counts;
    double weight = 1;
    for (size_t i = 0; i < requests; ++i, weight *= 1.01) Feed(sketch, counts, weight);
    Check(sketch, capacity, counts);
  }));
}

TEST(AccountSketchProperty, KeepsThemWhenAllIsScaled) {
  EXPECT_TRUE(rc::check([] {
    const auto capacity = *rc::gen::inRange<size_t>(1, 20);
    AccountSketch sketch(capacity);
    Counts counts;
    for (int round = 0; round < 3; ++round) {
      for (int i = 0; i < 100; ++i) Feed(sketch, counts, 1);
      sketch.Scale(0.125);
      for (auto& [account, exact] : counts) exact = {exact.requests / 8, exact.bytes / 8};
    }
    Check(sketch, capacity, counts);
  }));
}

}  // namespace
}  // namespace mesh::backend
