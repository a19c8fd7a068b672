// What it costs a request that its account is counted: one account alone, one in a crowd that is
// far larger than the sketch, and a crowd as it is outside.

#include <benchmark/benchmark.h>

#include <cmath>
#include <string>
#include <vector>

#include "backend/partition/load_meter.h"
#include "common/mesh/slot.h"

namespace mesh::backend {
namespace {

constexpr size_t kAccounts = 100'000;
constexpr size_t kRequests = 1 << 16;

struct Asked {
  std::string account;
  uint64_t hash = 0;
};

// `pick` says by chance, 0 to 1, which account a request is for.
template <typename Pick>
std::vector<Asked> Requests(Pick pick) {
  std::vector<Asked> requests;
  uint64_t random = 1;
  for (size_t i = 0; i < kRequests; ++i) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    const double chance = static_cast<double>(random >> 33) / static_cast<double>(1u << 31);
    Asked asked{"person" + std::to_string(pick(chance)) + "@example.com", 0};
    asked.hash = SipHash(SlotKey{}, asked.account);
    requests.push_back(std::move(asked));
  }
  return requests;
}

// Request after request, in turn.
template <typename Pick>
void CountAll(benchmark::State& state, Pick pick) {
  const std::vector<Asked> requests = Requests(pick);
  const MonotonicTime now{};
  LoadMeter meter(now);
  size_t next = 0;
  for (auto _ : state) {
    const Asked& asked = requests[next];
    meter.Count(asked.account, asked.hash, true, 500, now);
    next = (next + 1) % kRequests;
  }
}

size_t Uniform(double chance) { return static_cast<size_t>(chance * kAccounts); }

// What the next costs without counting: to have each account's name at hand.
void TouchUniformly(benchmark::State& state) {
  const std::vector<Asked> requests = Requests(Uniform);
  size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(requests[next].account[3] + requests[next].hash);
    next = (next + 1) % kRequests;
  }
}
BENCHMARK(TouchUniformly);

void CountOneAccount(benchmark::State& state) {
  CountAll(state, [](double) { return 0; });
}
BENCHMARK(CountOneAccount);

void CountUniformly(benchmark::State& state) { CountAll(state, Uniform); }
BENCHMARK(CountUniformly);

// About as Zipf's law has it: of each tenfold number of accounts there are as many requests.
void CountByZipf(benchmark::State& state) {
  CountAll(state, [](double chance) { return static_cast<size_t>(std::pow(kAccounts, chance)); });
}
BENCHMARK(CountByZipf);

void ReadAll(benchmark::State& state) {
  const MonotonicTime now{};
  LoadMeter meter(now);
  for (size_t i = 0; i < kAccountsMetered; ++i) {
    meter.Count(std::to_string(i) + "@example.com", i << 40, true, 500, now);
  }
  for (auto _ : state) benchmark::DoNotOptimize(meter.Read(now));
}
BENCHMARK(ReadAll)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace mesh::backend
