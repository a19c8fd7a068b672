// PeerCaller makes calls to other services for all threads of a front end, on one thread of
// its own (docs/OPERATIONS.md, "Other services").

#pragma once

#include <functional>
#include <memory>
#include <thread>

#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/base/published.h"
#include "frontend/net/event_loop.h"
#include "frontend/peers/peer_transport.h"
#include "frontend/peers/peers.h"
#include "frontend/service/peer_calls.h"
#include "frontend/service/service_keys.h"

namespace mesh::frontend {

class PeerCaller {
 public:
  // `peers` finds services; it, `keys`, `clock` and `registry` outlive this. The options are
  // those of `peers`.
  PeerCaller(const PeerOptions& options, Peers& peers, const Published<ServiceKeys>& keys,
             const Clock& clock, Registry& registry);
  ~PeerCaller();
  PeerCaller(const PeerCaller&) = delete;
  PeerCaller& operator=(const PeerCaller&) = delete;

  // As PeerCalls::Call, but `then` is called on the thread of PeerCaller, and must not block. Any
  // thread; does not block.
  void Call(PeerCall call, const PeerCalls::Then& then);

  // Ends the thread; whoever waits is told kUnavailable, and so are all who call later. Called by
  // the destructor too.
  void Stop();

 private:
  class Mailbox;

  void Run();

  Peers& peers_;
  const Published<ServiceKeys>& keys_;
  const Clock& clock_;
  PeerCallMetrics metrics_;
  PeerTransport transport_;  // Of the thread, but for Wake.
  // What others want of the thread; they may hold it when the thread is gone.
  const std::shared_ptr<Mailbox> mailbox_;
  std::thread thread_;  // Last: it uses all of the above.
};

// The PeerCalls of an event loop: answers on the loop's thread. `caller` and `loop` outlive
// whatever is asked.
std::unique_ptr<PeerCalls> MakeLoopPeerCalls(PeerCaller& caller, net::EventLoop& loop);

}  // namespace mesh::frontend
