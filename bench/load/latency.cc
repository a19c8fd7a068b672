#include "bench/load/latency.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace mesh::load {

// Below 64 ns every value has its own bucket. Above, the highest bit names the
// power of two and the six bits after it the step.
size_t Latency::BucketOf(uint64_t nanos) {
  if (nanos < kSteps) return nanos;
  const int shift = std::bit_width(nanos) - 1 - kStepBits;
  return static_cast<size_t>(shift) * kSteps + static_cast<size_t>(nanos >> shift);
}

uint64_t Latency::UpperBoundOf(size_t bucket) {
  if (bucket < kSteps) return bucket;
  const size_t shift = bucket / kSteps - 1;
  const uint64_t step = bucket - shift * kSteps;
  return ((step + 1) << shift) - 1;
}

void Latency::Record(Duration duration) {
  const auto nanos = static_cast<uint64_t>(std::max<int64_t>(duration.count(), 0));
  ++counts_[std::min(BucketOf(nanos), kBuckets - 1)];
  ++count_;
  sum_ += static_cast<double>(nanos);
  max_ = std::max(max_, duration);
}

void Latency::Merge(const Latency& other) {
  for (size_t i = 0; i < kBuckets; ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
}

Duration Latency::Percentile(double share) const {
  if (count_ == 0) return Duration(0);
  const auto wanted = static_cast<uint64_t>(std::ceil(share * static_cast<double>(count_)));
  uint64_t seen = 0;
  for (size_t i = 0; i < kBuckets; ++i) {
    seen += counts_[i];
    if (seen >= std::max<uint64_t>(wanted, 1)) {
      return std::min(Duration(static_cast<int64_t>(UpperBoundOf(i))), max_);
    }
  }
  return max_;
}

Duration Latency::Mean() const {
  if (count_ == 0) return Duration(0);
  return Duration(static_cast<int64_t>(sum_ / static_cast<double>(count_)));
}

}  // namespace mesh::load
