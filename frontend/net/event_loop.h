// EventLoop runs the sockets, timers and posted work of one thread.
//
// Two implementations behind one interface: io_uring and epoll. Both speak in
// completions: what arrived is handed over, what was given to Send is reported when
// the kernel has taken it. Which one runs is decided once, when the loop is made.
//
// A loop is made, run and destroyed on one thread; every function must be called
// there, except Post and Stop. Handlers are called from Run and RunOnce only, never
// from within a call to the loop.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/base/unique_fd.h"
#include "frontend/net/timer_wheel.h"

namespace mesh::net {

// Which implementation to use; kAuto takes io_uring where the kernel and the
// container allow all that we need of it, and epoll elsewhere.
enum class IoKind { kAuto, kUring, kEpoll };

// "auto", "uring" or "epoll"; kInvalidArgument for anything else.
Result<IoKind> ParseIoKind(std::string_view name);

// Names one open socket of one loop: a small number, used again after OnClosed.
using SocketId = uint32_t;

// What happens on one socket. Owned by whoever gave it to the loop, and must live
// until OnClosed, which is the last call. After EventLoop::Close no other call comes.
class SocketHandler {
 public:
  virtual ~SocketHandler() = default;

  // A connection begun with Connect stands (0) or failed (an errno). Close either way.
  virtual void OnConnected(int error) = 0;
  // Octets arrived. The view is valid during the call.
  virtual void OnReceived(std::string_view octets) = 0;
  // Nothing more will arrive: 0 for an orderly end, or an errno. Sending may go on.
  virtual void OnReceiveEnd(int error) = 0;
  // All octets given to Send were taken by the kernel (0), or an errno.
  virtual void OnSent(int error) = 0;
  // The socket is closed and its id free again; the handler may delete itself.
  virtual void OnClosed() = 0;
};

// Decides about new connections of a listener. Must live as long as the loop.
class Acceptor {
 public:
  virtual ~Acceptor() = default;
  // Returns who handles the new socket, or null to close it at once. Call StartReceive
  // when ready to read. `client` is the numeric address of its other end.
  virtual SocketHandler* OnAccepted(SocketId socket, std::string client) = 0;
  // A connection was closed at once because the loop is full.
  virtual void OnRefused() = 0;
};

struct EventLoopOptions {
  uint32_t sockets_max = 16384;  // Open at a time; accepted ones above it are closed at once.
};

class EventLoop {
 public:
  // `clock` must outlive the loop.
  explicit EventLoop(const Clock& clock);
  virtual ~EventLoop() = default;
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // "uring" or "epoll".
  virtual std::string_view name() const = 0;

  // Accepts connections of `listener` (see Listen) until StopAccepting.
  virtual void Accept(UniqueFd listener, Acceptor& acceptor) = 0;
  virtual void StopAccepting() = 0;

  // Begins to connect; `handler` hears OnConnected. kInvalidArgument for an address
  // that is not a numeric IPv4 or IPv6 one, kResourceExhausted when the loop is full.
  virtual Result<SocketId> Connect(const std::string& address, uint16_t port,
                                   SocketHandler& handler) = 0;

  // Begins or goes on to receive. After PauseReceive no OnReceived comes until StartReceive.
  virtual void StartReceive(SocketId socket) = 0;
  virtual void PauseReceive(SocketId socket) = 0;

  // Sends all of `octets`, which must stay valid until OnSent. One Send at a time.
  virtual void Send(SocketId socket, std::string_view octets) = 0;
  // Ends our direction after what was sent. Receiving goes on.
  virtual void ShutdownSend(SocketId socket) = 0;
  // Gives up whatever is under way and closes; OnClosed follows.
  virtual void Close(SocketId socket) = 0;

  // Open sockets, accepted and connected.
  virtual size_t open_sockets() const = 0;

  // Calls `timer`'s function at or soon after `deadline` (within kTick). Replaces an
  // earlier deadline. Cheap: a few stores.
  void Arm(Timer& timer, Deadline deadline) { wheel_.Arm(timer, deadline); }
  void Disarm(Timer& timer) { wheel_.Disarm(timer); }

  // The time at which this round began.
  MonotonicTime now() const { return now_; }
  const Clock& clock() const { return clock_; }

  // Runs `work` on the loop's thread, soon. Any thread. Work posted after Run has
  // returned is dropped with the loop.
  void Post(std::function<void()> work);

  // Runs until Stop. Stop may be called on any thread and also before Run.
  void Run();
  void Stop();
  // One round: waits at most `wait_max` for something to do, and does it.
  void RunOnce(Duration wait_max);

 protected:
  // Waits at most `wait` and calls the handlers of what has completed.
  virtual void Wait(Duration wait) = 0;
  // Makes a Wait that is under way or about to begin return. Any thread.
  virtual void Wake() = 0;
  // To be called by Wait when it has waited: the time that handlers will see.
  void BeginRound() { now_ = clock_.Now(); }

 private:
  bool Round(Duration wait_max);
  bool RunPosted();

  const Clock& clock_;
  MonotonicTime now_;
  TimerWheel wheel_;
  std::mutex mutex_;
  std::vector<std::function<void()>> posted_;  // Guarded by mutex_.
  bool stopped_ = false;                       // Guarded by mutex_.
  std::atomic<bool> woken_{false};             // A Wake is on its way.
  std::vector<std::function<void()>> running_;
};

// Makes a loop for the calling thread. With kUring: kUnavailable, saying what is
// missing, when it cannot be had. kAuto fails only if epoll fails too.
Result<std::unique_ptr<EventLoop>> MakeEventLoop(IoKind kind, const EventLoopOptions& options,
                                                 const Clock& clock);

}  // namespace mesh::net
