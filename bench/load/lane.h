// A Lane is one connection of the load, with at most one request open on it. It
// connects by itself, and again after it was lost.
//
// On its loop's thread.

#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "bench/load/options.h"
#include "common/base/status.h"
#include "frontend/connection/client_connection.h"
#include "frontend/net/event_loop.h"
#include "frontend/tls/context.h"

namespace mesh::load {

class Lane;

// Who decides what lanes do.
class LaneOwner {
 public:
  virtual ~LaneOwner() = default;
  // `lane` has a connection and no request open: after connecting and after each reply.
  virtual void OnIdle(Lane& lane) = 0;
  // The reply to what was sent; the views are valid in the call. OnIdle follows.
  virtual void OnReply(Lane& lane, const http::ResponseView& response) = 0;
  // The connection was lost. If a request was open nobody knows what became of it.
  virtual void OnLost(Lane& lane, const Status& why) = 0;
};

class Lane final : private connection::ClientObserver {
 public:
  // `options`, `loop` and `owner` outlive this.
  Lane(size_t number, const Options& options, net::EventLoop& loop,
       std::shared_ptr<const tls::TlsContext> context, LaneOwner& owner);
  ~Lane() override;

  // Begins to connect, and goes on trying until Stop.
  void Start();
  // Sends one request; only when idle().
  void Send(std::string_view request);
  // Calls OnIdle again after `pause`: for an owner who had nothing to send, or wants
  // to give the service time.
  void Rest(Duration pause);
  // Closes. gone() once that is done.
  void Stop();

  size_t number() const { return number_; }
  bool idle() const { return ready_ && !open_ && !resting(); }
  bool open() const { return open_; }
  bool resting() const { return rest_.armed(); }
  bool connected() const { return ready_; }
  // ADDRESS:PORT of the connection that is, or was last tried.
  std::string target() const;
  bool gone() const { return connection_ == nullptr; }

 private:
  void OnReady() override;
  void OnResponse(const http::ResponseView& response) override;
  void OnGone(const Status& why) override;
  void Connect();
  void ConnectLater();
  void Idle();

  const size_t number_;
  const Options& options_;
  net::EventLoop& loop_;
  const std::shared_ptr<const tls::TlsContext> context_;
  LaneOwner& owner_;
  size_t target_;  // Of the next connection, among the options'.
  std::unique_ptr<connection::ClientConnection> connection_;
  net::Timer reconnect_;
  net::Timer rest_;
  Duration wait_{0};  // Before the next attempt to connect.
  bool ready_ = false;
  bool open_ = false;
  bool stopped_ = false;
};

}  // namespace mesh::load
