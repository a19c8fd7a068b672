// A clock that stands still until a test moves it.

#pragma once

#include "common/base/clock.h"

namespace mesh {

// For one thread. Starts at 2026-01-01T00:00:00Z and one hour of monotonic time.
class FakeClock final : public Clock {
 public:
  MonotonicTime Now() const override { return now_; }
  WallMillis WallNow() const override { return wall_; }

  void Advance(Duration duration) {
    now_ += duration;
    wall_ += std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  }

 private:
  MonotonicTime now_{std::chrono::hours(1)};
  WallMillis wall_ = 1767225600000;
};

}  // namespace mesh
