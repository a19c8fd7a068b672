// The EventLoop over epoll: for kernels and containers without io_uring.

#pragma once

#include <memory>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "frontend/net/event_loop.h"

namespace mesh::net {

Result<std::unique_ptr<EventLoop>> MakeEpollLoop(const EventLoopOptions& options,
                                                 const Clock& clock);

}  // namespace mesh::net
