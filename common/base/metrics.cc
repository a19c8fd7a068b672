#include "common/base/metrics.h"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <bit>
#include <limits>
#include <map>
#include <variant>

namespace mesh {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

struct Callback {
  bool counter = false;
  std::function<double()> read;
};

using Metric = std::variant<std::unique_ptr<Counter>, std::unique_ptr<Gauge>,
                            std::unique_ptr<Histogram>, Callback>;

struct Family {
  std::string help;
  std::map<Labels, Metric> metrics;
};

MetricType TypeOf(const Metric& metric) {
  if (std::holds_alternative<std::unique_ptr<Counter>>(metric)) return MetricType::Counter;
  if (std::holds_alternative<std::unique_ptr<Histogram>>(metric)) return MetricType::Histogram;
  const auto* callback = std::get_if<Callback>(&metric);
  return callback != nullptr && callback->counter ? MetricType::Counter : MetricType::Gauge;
}

void FillHistogram(const Histogram& histogram, ClientMetric& out) {
  const Histogram::Snapshot snapshot = histogram.Read();
  out.histogram.sample_count = snapshot.count;
  out.histogram.sample_sum = snapshot.sum_seconds;
  uint64_t cumulative = 0;
  for (size_t i = 0; i <= Histogram::kBuckets; ++i) {
    cumulative += snapshot.counts[i];
    const double bound = static_cast<double>(Histogram::kFirstBoundNanos << i) / 1e9;
    const bool last = i == Histogram::kBuckets;
    out.histogram.bucket.push_back(
        {cumulative, last ? std::numeric_limits<double>::infinity() : bound});
  }
}

ClientMetric Read(const Labels& labels, const Metric& metric) {
  ClientMetric out;
  for (const auto& [name, value] : labels) out.label.push_back({name, value});
  if (const auto* counter = std::get_if<std::unique_ptr<Counter>>(&metric)) {
    out.counter.value = static_cast<double>((*counter)->Value());
  } else if (const auto* gauge = std::get_if<std::unique_ptr<Gauge>>(&metric)) {
    out.gauge.value = static_cast<double>((*gauge)->Value());
  } else if (const auto* histogram = std::get_if<std::unique_ptr<Histogram>>(&metric)) {
    FillHistogram(**histogram, out);
  } else {
    const double value = std::get<Callback>(metric).read();
    out.counter.value = value;
    out.gauge.value = value;
  }
  return out;
}

}  // namespace

// The families, behind one lock that only registration and scrapes take.
struct Registry::State : prometheus::Collectable {
  std::vector<MetricFamily> Collect() const override {
    const std::lock_guard lock(mutex);
    std::vector<MetricFamily> out;
    for (const auto& [name, family] : families) {
      MetricFamily shown{name, family.help, TypeOf(family.metrics.begin()->second), {}};
      for (const auto& [labels, metric] : family.metrics) {
        shown.metric.push_back(Read(labels, metric));
      }
      out.push_back(std::move(shown));
    }
    return out;
  }

  template <typename T>
  T& Get(std::string_view name, std::string_view help, Labels labels) {
    const std::lock_guard lock(mutex);
    Family& family = families[std::string(name)];
    family.help = help;
    auto [it, inserted] = family.metrics.try_emplace(std::move(labels));
    if (inserted) it->second = std::make_unique<T>();
    return *std::get<std::unique_ptr<T>>(it->second);
  }

  mutable std::mutex mutex;
  std::map<std::string, Family> families;  // Guarded by mutex.
};

size_t MetricShard() {
  static std::atomic<size_t> next{0};
  thread_local const size_t shard = next.fetch_add(1, std::memory_order_relaxed) % kMetricShards;
  return shard;
}

uint64_t Counter::Value() const {
  uint64_t sum = 0;
  for (const Shard& shard : shards_) sum += shard.value.load(std::memory_order_relaxed);
  return sum;
}

void Histogram::ObserveNanos(uint64_t nanos) {
  const uint64_t units = nanos == 0 ? 0 : (nanos - 1) / kFirstBoundNanos;
  const size_t bucket = std::min<size_t>(static_cast<size_t>(std::bit_width(units)), kBuckets);
  Shard& shard = shards_[MetricShard()];
  shard.counts[bucket].fetch_add(1, std::memory_order_relaxed);
  shard.sum_nanos.fetch_add(nanos, std::memory_order_relaxed);
}

Histogram::Snapshot Histogram::Read() const {
  Snapshot snapshot;
  uint64_t sum_nanos = 0;
  for (const Shard& shard : shards_) {
    for (size_t i = 0; i <= kBuckets; ++i) {
      snapshot.counts[i] += shard.counts[i].load(std::memory_order_relaxed);
    }
    sum_nanos += shard.sum_nanos.load(std::memory_order_relaxed);
  }
  for (const uint64_t count : snapshot.counts) snapshot.count += count;
  snapshot.sum_seconds = static_cast<double>(sum_nanos) / 1e9;
  return snapshot;
}

Registry::Registry() : state_(std::make_shared<State>()) {}
Registry::~Registry() = default;

Counter& Registry::GetCounter(std::string_view name, std::string_view help, Labels labels) {
  return state_->Get<Counter>(name, help, std::move(labels));
}

Gauge& Registry::GetGauge(std::string_view name, std::string_view help, Labels labels) {
  return state_->Get<Gauge>(name, help, std::move(labels));
}

Histogram& Registry::GetHistogram(std::string_view name, std::string_view help, Labels labels) {
  return state_->Get<Histogram>(name, help, std::move(labels));
}

void Registry::AddCallback(std::string_view name, std::string_view help, Labels labels,
                           bool counter, std::function<double()> read) {
  const std::lock_guard lock(state_->mutex);
  Family& family = state_->families[std::string(name)];
  family.help = help;
  family.metrics[std::move(labels)] = Callback{counter, std::move(read)};
}

std::shared_ptr<prometheus::Collectable> Registry::collectable() { return state_; }

std::string Registry::Text() { return prometheus::TextSerializer().Serialize(state_->Collect()); }

}  // namespace mesh
