// ClientConnection is one HTTPS connection of a client on an event loop: for the load
// generator and for tests, which need many of them.
//
// Lives on its loop's thread. Must stay alive until OnGone; see ClientObserver.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "frontend/connection/input_buffer.h"
#include "frontend/http/response_parser.h"
#include "frontend/net/event_loop.h"
#include "frontend/tls/engine.h"

namespace mesh::connection {

// What a ClientConnection tells its owner, on the loop's thread.
class ClientObserver {
 public:
  virtual ~ClientObserver() = default;
  // The handshake is done; requests may be sent.
  virtual void OnReady() = 0;
  // A reply arrived, in the order of the requests. The views are valid in the call.
  virtual void OnResponse(const http::ResponseView& response) = 0;
  // The connection is over and may be deleted (not from within this call: Post it).
  // OK after Close or an orderly end between replies, else what went wrong.
  virtual void OnGone(const Status& why) = 0;
};

class ClientConnection final : public net::SocketHandler {
 public:
  static constexpr size_t kHeaderBytesMax = 16 * 1024;
  static constexpr size_t kBodyBytesMax = 16 * 1024 * 1024;

  ClientConnection(net::EventLoop& loop, std::shared_ptr<const tls::TlsContext> context,
                   ClientObserver& observer);

  // Begins to connect. `name` is what TLS asks for; `session` is resumed if not null.
  // An error means that nothing was begun, and OnGone does not come.
  Status Connect(const std::string& address, uint16_t port, const std::string& name,
                 const tls::Session* session);

  // Sends `request`, a whole HTTP/1.1 request (or any octets), after what was sent
  // before. Only after OnReady and before OnGone. The octets are copied.
  void Send(std::string_view request);
  // Says that nothing more will be sent; replies still arrive.
  void FinishSending();
  // Closes; OnGone follows.
  void Close();

  const tls::TlsEngine& tls() const { return tls_; }

  void OnConnected(int error) override;
  void OnReceived(std::string_view octets) override;
  void OnReceiveEnd(int error) override;
  void OnSent(int error) override;
  void OnClosed() override;

 private:
  void Flush();
  void Fail(Status why);
  void ReadReplies();
  bool ParseReplies();
  void End();

  net::EventLoop& loop_;
  ClientObserver& observer_;
  tls::TlsEngine tls_;
  http::ResponseParser parser_{kHeaderBytesMax, kBodyBytesMax};
  InputBuffer input_;
  std::string output_;
  std::string sending_;
  net::SocketId socket_ = 0;
  bool sending_now_ = false;
  bool finish_sending_ = false;
  bool closed_ = false;
  Status why_;
};

}  // namespace mesh::connection
