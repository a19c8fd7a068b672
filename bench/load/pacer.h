// Pacer says when requests are due in an open loop: at a fixed rate, whatever the
// service does. A request that could not be sent in time stays due at its own
// moment, so the wait counts into its latency (no coordinated omission).
//
// A value; no clock of its own.

#pragma once

#include <cstdint>

#include "common/base/clock.h"

namespace mesh::load {

class Pacer {
 public:
  // `rate` requests a second from `start` on; 0: everything is due at once (closed loop).
  Pacer(double rate, MonotonicTime start) : rate_(rate), start_(start) {}

  bool paced() const { return rate_ > 0; }
  // When the next request is due.
  MonotonicTime Next() const {
    return start_ + Duration(static_cast<int64_t>(static_cast<double>(taken_) * 1e9 / rate_));
  }
  // Takes the next request if it is due; `*due` is its moment, in a closed loop `now`.
  bool Take(MonotonicTime now, MonotonicTime* due) {
    *due = paced() ? Next() : now;
    if (*due > now) return false;
    ++taken_;
    return true;
  }
  // Requests that were due by `now` and not taken.
  uint64_t Behind(MonotonicTime now) const {
    if (!paced() || now < start_) return 0;
    const auto due =
        static_cast<uint64_t>(static_cast<double>((now - start_).count()) * rate_ / 1e9);
    return due > taken_ ? due - taken_ : 0;
  }

 private:
  double rate_;
  MonotonicTime start_;
  uint64_t taken_ = 0;
};

}  // namespace mesh::load
