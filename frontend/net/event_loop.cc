#include "frontend/net/event_loop.h"

#include <algorithm>
#include <utility>

#include "frontend/net/epoll_loop.h"
#include "frontend/net/uring_loop.h"

namespace mesh::net {

Result<IoKind> ParseIoKind(std::string_view name) {
  if (name == "auto") return IoKind::kAuto;
  if (name == "uring") return IoKind::kUring;
  if (name == "epoll") return IoKind::kEpoll;
  return InvalidArgument("'" + std::string(name) + "' must be one of auto, uring, epoll");
}

EventLoop::EventLoop(const Clock& clock) : clock_(clock), now_(clock.Now()), wheel_(now_) {}

void EventLoop::Post(std::function<void()> work) {
  // Wakes under the lock, so that the loop cannot be gone before it is woken.
  const std::lock_guard lock(mutex_);
  posted_.push_back(std::move(work));
  if (!woken_.exchange(true)) Wake();
}

void EventLoop::Stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  if (!woken_.exchange(true)) Wake();
}

void EventLoop::Run() {
  while (!Round(Duration::max())) {
  }
}

void EventLoop::RunOnce(Duration wait_max) { (void)Round(wait_max); }

// Returns whether Stop was called.
bool EventLoop::Round(Duration wait_max) {
  Wait(std::min(wait_max, wheel_.UntilNext(clock_.Now())));
  wheel_.Advance(now_);
  return woken_.load() && RunPosted();
}

bool EventLoop::RunPosted() {
  bool stopped = false;
  {
    const std::lock_guard lock(mutex_);
    woken_.store(false);
    running_.swap(posted_);
    stopped = std::exchange(stopped_, false);
  }
  for (std::function<void()>& work : running_) work();
  running_.clear();
  return stopped;
}

Result<std::unique_ptr<EventLoop>> MakeEventLoop(IoKind kind, const EventLoopOptions& options,
                                                 const Clock& clock) {
  if (kind == IoKind::kEpoll) return MakeEpollLoop(options, clock);
  Result<std::unique_ptr<EventLoop>> uring = MakeUringLoop(options, clock);
  if (uring.ok() || kind == IoKind::kUring) return uring;
  return MakeEpollLoop(options, clock);
}

}  // namespace mesh::net
