// Time, injected. Code that needs the time is given a Clock; only composition
// roots and tests make one.

#pragma once

#include <chrono>
#include <cstdint>

namespace mesh {

// A span of monotonic time and a point in it. Deadlines are points: made once at
// the edge and passed down, so waiting is never counted twice.
using Duration = std::chrono::nanoseconds;
using MonotonicTime = std::chrono::time_point<std::chrono::steady_clock, Duration>;
using Deadline = MonotonicTime;

// A point in civil time, in whole milliseconds since 1970-01-01T00:00:00Z.
using WallMillis = int64_t;

// Thread-safe. Outlives everything that was given it.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual MonotonicTime Now() const = 0;   // Never goes back; for deadlines and durations.
  virtual WallMillis WallNow() const = 0;  // May jump; for what people and files see.

  Deadline In(Duration duration) const { return Now() + duration; }
};

// The machine's clocks.
class SystemClock final : public Clock {
 public:
  MonotonicTime Now() const override { return std::chrono::steady_clock::now(); }
  WallMillis WallNow() const override {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
};

}  // namespace mesh
