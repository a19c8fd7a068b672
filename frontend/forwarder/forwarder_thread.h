// The thread of a Forwarder: an event loop of its own with its own ways to the back ends.

#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "frontend/forwarder/forwarder.h"
#include "frontend/net/event_loop.h"

namespace mesh::frontend {

class ForwarderThread {
 public:
  // What it is given; everything outlives it. The functions are called on its thread.
  struct Environment {
    const Clock& clock;
    const MapHolder& map;
    ForwarderMetrics& metrics;
    net::IoKind io;
    std::function<std::unique_ptr<Router>(net::EventLoop&)> make_router;
    std::function<std::unique_ptr<PeerCalls>(net::EventLoop&)> make_peers;
  };

  // As MakeEventLoop.
  static Result<std::unique_ptr<ForwarderThread>> Start(ForwarderOptions options,
                                                        Environment environment);
  // Ends the thread; what is leased then is somebody else's when the leases end.
  ~ForwarderThread();
  ForwarderThread(const ForwarderThread&) = delete;
  ForwarderThread& operator=(const ForwarderThread&) = delete;

  // The account has posted something that is perhaps for others. Any thread; does not block.
  void Nudge(std::string account);

  // Begins to give back what is leased and not begun. Any thread; does not block.
  void BeginDrain();
  // After BeginDrain: waits for what was under way until `deadline`. True: nothing is leased any
  // more. The router's back ends must answer meanwhile.
  bool AwaitDrained(Deadline deadline);

 private:
  struct State;

  explicit ForwarderThread(std::unique_ptr<State> state);

  const std::unique_ptr<State> state_;
};

}  // namespace mesh::frontend
