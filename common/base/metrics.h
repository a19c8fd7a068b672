// Metrics: counters, gauges and histograms that any thread may touch without a
// lock, shown to Prometheus by the admin port.
//
// A metric is made once at start by a Registry and lives as long as it. Updating
// one is an atomic add on a shard chosen by thread, so event loops do not share
// cache lines; reading sums the shards. Labels are fixed when the metric is made
// and never hold an account, device or container name.

#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace prometheus {
class Collectable;
}

namespace mesh {

using Labels = std::vector<std::pair<std::string, std::string>>;

// Threads are spread over this many shards. More than the event loops and writer
// threads of one process on today's machines; a power of two.
inline constexpr size_t kMetricShards = 16;

// The calling thread's shard, in [0, kMetricShards).
size_t MetricShard();

class Counter {
 public:
  void Add(uint64_t amount = 1) {
    shards_[MetricShard()].value.fetch_add(amount, std::memory_order_relaxed);
  }
  uint64_t Value() const;

 private:
  struct alignas(64) Shard {
    std::atomic<uint64_t> value{0};
  };
  std::array<Shard, kMetricShards> shards_;
};

class Gauge {
 public:
  void Set(int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void Add(int64_t amount) { value_.fetch_add(amount, std::memory_order_relaxed); }
  int64_t Value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> value_{0};
};

// Observations in seconds, in buckets that double from 16 microseconds to 17
// seconds: fine enough for percentiles, small enough to keep one per
// transaction and code.
class Histogram {
 public:
  static constexpr size_t kBuckets = 21;
  static constexpr uint64_t kFirstBoundNanos = 16'000;

  void ObserveNanos(uint64_t nanos);

  struct Snapshot {
    std::array<uint64_t, kBuckets + 1> counts{};  // Not cumulative; the last is +Inf.
    uint64_t count = 0;
    double sum_seconds = 0;
  };
  Snapshot Read() const;

 private:
  struct alignas(64) Shard {
    std::array<std::atomic<uint64_t>, kBuckets + 1> counts{};
    std::atomic<uint64_t> sum_nanos{0};
  };
  std::array<Shard, kMetricShards> shards_;
};

// Owns every metric of a process. Thread-safe; making a metric takes a lock and
// allocates, so it is done at start. Asking twice for the same name and labels
// gives the same metric.
class Registry {
 public:
  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  Counter& GetCounter(std::string_view name, std::string_view help, Labels labels = {});
  Gauge& GetGauge(std::string_view name, std::string_view help, Labels labels = {});
  Histogram& GetHistogram(std::string_view name, std::string_view help, Labels labels = {});

  // Registers a value that is read when Prometheus asks. `read` is called from the
  // admin thread and must be thread-safe. `counter` says which kind it is.
  void AddCallback(std::string_view name, std::string_view help, Labels labels, bool counter,
                   std::function<double()> read);

  // The Prometheus view of this registry; same lifetime.
  std::shared_ptr<prometheus::Collectable> collectable();

  // The text exposition format, as /metrics answers it. Allocates.
  std::string Text();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace mesh
