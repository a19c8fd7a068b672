// What a partition map of ten thousand ranges and a hundred thousand pins costs: to look an
// account up, on the request path; to build, off it; and to let go of, on it.

#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "common/base/check.h"
#include "common/mesh/partition_map.h"

namespace mesh {
namespace {

constexpr uint32_t kRanges = 10'000;
constexpr uint32_t kPins = 100'000;
constexpr uint32_t kBackEnds = 100;
constexpr size_t kAccounts = 4096;  // Whose requests come, in turn.

std::string Account(size_t number) { return "person" + std::to_string(number) + "@example.com"; }

MapDocument Large() {
  MapDocument map;
  map.epoch = 1;
  for (uint32_t i = 0; i < kBackEnds; ++i) {
    map.back_ends.push_back({"b" + std::to_string(i), "host:1", ""});
  }
  for (uint32_t i = 0; i < kRanges; ++i) {
    const uint32_t last = i + 1 == kRanges ? kSlotCount - 1 : i;
    map.partitions.push_back({i + 1, "b" + std::to_string(i % kBackEnds), {{i, last}}});
  }
  for (uint32_t i = 0; i < kPins; ++i) map.pins.push_back({Account(i), i % kRanges + 1});
  return map;
}

std::vector<std::string> Accounts(size_t first) {
  std::vector<std::string> accounts;
  for (size_t i = 0; i < kAccounts; ++i) accounts.push_back(Account(first + i));
  return accounts;
}

// Owner and back end, of accounts that are all different.
void LookUp(benchmark::State& state, size_t first) {
  const PartitionMap map = *PartitionMap::Build(Large());
  const std::vector<std::string> accounts = Accounts(first);
  size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(map.HomeOf(map.OwnerOf(accounts[next])).address.data());
    next = (next + 1) % kAccounts;
  }
}
void LookUpPinned(benchmark::State& state) { LookUp(state, 0); }
BENCHMARK(LookUpPinned);
void LookUpBySlot(benchmark::State& state) { LookUp(state, kPins); }
BENCHMARK(LookUpBySlot);

void Hash(benchmark::State& state) {
  const SlotKey key{};
  const std::string account = Account(4711);
  for (auto _ : state) benchmark::DoNotOptimize(SipHash(key, account));
}
BENCHMARK(Hash);

void Build(benchmark::State& state) {
  const MapDocument document = Large();
  for (auto _ : state) benchmark::DoNotOptimize(PartitionMap::Build(document));
}
BENCHMARK(Build)->Unit(benchmark::kMillisecond);

void LetGo(benchmark::State& state) {
  const PartitionMap map = *PartitionMap::Build(Large());
  for (auto _ : state) {
    state.PauseTiming();
    auto copy = std::make_unique<PartitionMap>(map);
    state.ResumeTiming();
    copy.reset();
  }
}
BENCHMARK(LetGo)->Iterations(100)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace mesh
