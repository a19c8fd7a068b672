#include "frontend/net/timer_wheel.h"

#include <algorithm>

namespace mesh::net {
namespace {

int64_t TickOf(MonotonicTime time) {
  return time.time_since_epoch().count() / TimerWheel::kTick.count();
}

// A deadline is served at the first tick that does not lie before it.
int64_t TickFor(Deadline deadline) {
  const int64_t tick = TickOf(deadline);
  return MonotonicTime(TimerWheel::kTick * tick) < deadline ? tick + 1 : tick;
}

}  // namespace

void TimerLink::Unlink() {
  if (next == nullptr) return;
  next->previous = previous;
  previous->next = next;
  next = previous = nullptr;
}

TimerWheel::TimerWheel(MonotonicTime now) : tick_(TickOf(now)) {
  for (TimerLink& head : slots_) head.next = head.previous = &head;
}

TimerWheel::~TimerWheel() {
  for (TimerLink& head : slots_) {
    while (head.next != &head) head.next->Unlink();
    head.next = head.previous = nullptr;
  }
}

void TimerWheel::Arm(Timer& timer, Deadline deadline) {
  timer.deadline_ = deadline;
  // A visit that comes too early finds the timer not due and moves it on.
  if (timer.next != nullptr && timer.visit_tick_ <= TickFor(deadline)) return;
  timer.Unlink();
  Link(timer);
}

void TimerWheel::Disarm(Timer& timer) { timer.deadline_ = Deadline::max(); }

void TimerWheel::Link(Timer& timer) {
  // Farther deadlines than one turn are looked at once a turn.
  const int64_t last = tick_ + static_cast<int64_t>(kSlots) - 1;
  timer.visit_tick_ = std::clamp(TickFor(timer.deadline_), tick_, last);
  const size_t slot = static_cast<size_t>(timer.visit_tick_) % kSlots;
  TimerLink& head = slots_[slot];
  timer.previous = head.previous;
  timer.next = &head;
  head.previous->next = &timer;
  head.previous = &timer;
  used_.set(slot);
  next_used_ = std::min(next_used_, timer.visit_tick_);
}

void TimerWheel::Advance(MonotonicTime now) {
  const int64_t until = TickOf(now);
  if (next_used_ > until) {
    tick_ = std::max(tick_, until + 1);
    return;
  }
  // After a long sleep one turn visits every slot.
  tick_ = std::max(std::min(next_used_, tick_ + static_cast<int64_t>(kSlots)),
                   until - static_cast<int64_t>(kSlots) + 1);
  while (tick_ <= until) {
    const size_t slot = static_cast<size_t>(tick_) % kSlots;
    ++tick_;
    if (used_.test(slot)) Visit(slot, now);
  }
  FindNext();
}

// Takes the slot's timers into a ring of its own first: their functions may arm
// timers into this slot and destroy those that still wait here.
void TimerWheel::Visit(size_t slot, MonotonicTime now) {
  used_.reset(slot);
  TimerLink waiting;
  TimerLink& head = slots_[slot];
  if (head.next == &head) return;
  waiting.next = head.next;
  waiting.previous = head.previous;
  waiting.next->previous = waiting.previous->next = &waiting;
  head.next = head.previous = &head;
  while (waiting.next != &waiting) {
    Timer& timer = static_cast<Timer&>(*waiting.next);
    timer.Unlink();
    if (timer.deadline_ <= now) {
      timer.deadline_ = Deadline::max();
      timer.due_();
    } else if (timer.armed()) {
      Link(timer);
    }
  }
}

void TimerWheel::FindNext() {
  next_used_ = INT64_MAX;
  if (used_.none()) return;
  next_used_ = tick_;
  while (!used_.test(static_cast<size_t>(next_used_) % kSlots)) ++next_used_;
}

Duration TimerWheel::UntilNext(MonotonicTime now) const {
  if (next_used_ == INT64_MAX) return Duration::max();
  return std::max(Duration(0), MonotonicTime(kTick * next_used_) - now);
}

}  // namespace mesh::net
