// Delays calls functions later on an event loop, for work that has no place for a timer of its
// own.

#pragma once

#include <functional>
#include <list>
#include <memory>
#include <utility>

#include "common/base/clock.h"
#include "frontend/net/event_loop.h"

namespace mesh::net {

// For the loop's thread; destroyed on it, before the loop. Functions whose time has not come
// then are never called.
class Delays {
 public:
  Delays(EventLoop& loop, const Clock& clock) : loop_(loop), clock_(clock) {}

  void After(Duration delay, std::function<void()> work) {
    const auto place = waiting_.emplace(waiting_.end());
    *place = std::make_unique<Timer>([this, place, work = std::move(work)] {
      // The timer goes when its function has returned, and not before.
      const std::unique_ptr<Timer> timer = std::move(*place);
      waiting_.erase(place);
      work();
    });
    loop_.Arm(**place, clock_.In(delay));
  }

 private:
  EventLoop& loop_;
  const Clock& clock_;
  std::list<std::unique_ptr<Timer>> waiting_;
};

}  // namespace mesh::net
