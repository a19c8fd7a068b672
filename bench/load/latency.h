// Latency counts durations so that any percentile can be told within 1.6 %, over
// the whole range from nanoseconds to minutes, in a fixed amount of memory.
//
// A value: copy it, merge it. One thread.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "common/base/clock.h"

namespace mesh::load {

class Latency {
 public:
  void Record(Duration duration);
  void Merge(const Latency& other);

  uint64_t count() const { return count_; }
  // The duration that `share` (0 to 1) of all do not exceed; zero when there are none.
  Duration Percentile(double share) const;
  Duration max() const { return max_; }
  Duration Mean() const;

 private:
  // Each power of two is divided into 64 equal steps.
  static constexpr int kStepBits = 6;
  static constexpr size_t kSteps = size_t{1} << kStepBits;
  static constexpr size_t kBuckets = (64 - kStepBits) * kSteps;

  static size_t BucketOf(uint64_t nanos);
  static uint64_t UpperBoundOf(size_t bucket);

  std::array<uint64_t, kBuckets> counts_{};
  uint64_t count_ = 0;
  double sum_ = 0;
  Duration max_{0};
};

}  // namespace mesh::load
