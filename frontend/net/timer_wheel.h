// TimerWheel keeps the deadlines of one event loop.
//
// Almost every deadline is moved or cancelled before it is due, so those must be
// cheap: both leave the timer where it is, and the wheel sorts it out when it comes by.
//
// No clock of its own, no allocation. One thread.

#pragma once

#include <array>
#include <bitset>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

#include "common/base/clock.h"

namespace mesh::net {

// A place in a ring of timers.
struct TimerLink {
  TimerLink* next = nullptr;  // Null while not in a ring.
  TimerLink* previous = nullptr;

  void Unlink();
};

// A function to call at a deadline. Owned by whoever arms it; may be destroyed at any
// time on its loop's thread, before the loop itself.
class Timer : private TimerLink {
 public:
  explicit Timer(std::function<void()> due) : due_(std::move(due)) {}
  ~Timer() { Unlink(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  bool armed() const { return deadline_ != Deadline::max(); }

 private:
  friend class TimerWheel;

  const std::function<void()> due_;
  Deadline deadline_ = Deadline::max();
  int64_t visit_tick_ = 0;  // When the wheel will look at it, while linked.
};

class TimerWheel {
 public:
  static constexpr Duration kTick = std::chrono::milliseconds(8);

  explicit TimerWheel(MonotonicTime now);
  ~TimerWheel();

  void Arm(Timer& timer, Deadline deadline);
  void Disarm(Timer& timer);

  // Calls the function of every timer that is due at `now`. The functions may arm,
  // disarm and destroy timers.
  void Advance(MonotonicTime now);

  // How long the loop may sleep from `now` before it must call Advance;
  // Duration::max() when no timer stands in the wheel.
  Duration UntilNext(MonotonicTime now) const;

 private:
  static constexpr size_t kSlots = 1024;  // 8 s a turn.

  void Link(Timer& timer);
  void Visit(size_t slot, MonotonicTime now);
  void FindNext();

  int64_t tick_;                         // The next one to visit.
  int64_t next_used_ = INT64_MAX;        // No slot before this tick holds a timer.
  std::array<TimerLink, kSlots> slots_;  // Heads of rings.
  std::bitset<kSlots> used_;             // Slots that may hold a timer.
};

}  // namespace mesh::net
