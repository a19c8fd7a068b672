// The EventLoop over io_uring.

#pragma once

#include <memory>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "frontend/net/event_loop.h"

namespace mesh::net {

// kUnavailable, naming what is missing, when the kernel (6.1 has it all) or the
// container does not allow every part that makes io_uring faster than epoll.
Result<std::unique_ptr<EventLoop>> MakeUringLoop(const EventLoopOptions& options,
                                                 const Clock& clock);

}  // namespace mesh::net
