// Connection is the life of one client connection: socket, TLS (or none), HTTP, handler,
// reply.
//
// One request is with the handler at a time, so replies leave in the order in which
// requests came and a slow client delays only itself. What a connection holds is
// bounded: one request, one reply, and kOutputBytes of cipher text.
//
// Lives on its loop's thread. Owned by a ConnectionPool, which deletes it when the
// socket is closed and the handler has answered.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/limits.h"
#include "frontend/connection/input_buffer.h"
#include "frontend/connection/stats.h"
#include "frontend/http/request_handler.h"
#include "frontend/http/request_parser.h"
#include "frontend/http/response_writer.h"
#include "frontend/net/event_loop.h"
#include "frontend/tls/engine.h"

namespace mesh::connection {

// How long a connection waits for what; all are flags of the program.
struct ConnectionTimes {
  std::chrono::milliseconds handshake{10'000};
  std::chrono::milliseconds header{10'000};  // First octet of a request to end of its header.
  std::chrono::milliseconds body{60'000};    // End of header to end of body.
  std::chrono::milliseconds idle{75'000};    // Reply to first octet of the next request.
  std::chrono::milliseconds write{30'000};   // One Send until the kernel has taken it.
  std::chrono::milliseconds linger{2'000};   // After a refusal, for the client to read it.
  // An idle connection of a server that drains, for a request that is on its way already: to
  // close at once would lose it, and its client could not know whether it was applied.
  std::chrono::milliseconds drain{1'000};
  std::chrono::milliseconds request{kRequestTime};  // The deadline the handler is given.
};

struct ConnectionOptions {
  http::ParserLimits limits;
  ConnectionTimes times;
  // Octets of requests, whole or not, that the connections of one loop hold beside the first 64 KiB
  // of each. Nobody is known before a request is whole, and a body may take a minute.
  size_t buffered_bytes_max = 512 * 1024 * 1024;
};

class Connection;

// What the connections of one loop share. Outlives them.
struct ConnectionShared {
  net::EventLoop& loop;
  http::RequestHandler& handler;
  const ConnectionOptions& options;
  ConnectionStats& stats;
  // Called last by each connection, which may then be deleted.
  std::function<void(Connection&)> gone;
  http::DateCache date;
  size_t buffered = 0;     // See ConnectionOptions.
  std::string plain = {};  // Scratch of one call: the front of a reply, to become one record.
};

class Connection final : public net::SocketHandler {
 public:
  // `client` is the numeric address of the other end.
  Connection(ConnectionShared& shared, net::SocketId socket, std::unique_ptr<tls::Engine> engine,
             std::string client);
  ~Connection() override;

  // Begins with the TLS handshake, where there is TLS.
  void Start();
  // Closes after the reply that is due or to come, or ConnectionTimes::drain after it fell idle.
  void Drain();
  // Closes now, whatever is under way.
  void Abort() { CloseSocket(); }

  void OnConnected(int error) override;
  void OnReceived(std::string_view octets) override;
  void OnReceiveEnd(int error) override;
  void OnSent(int error) override;
  void OnClosed() override;

 private:
  enum class State : uint8_t {
    kHandshake,
    kOpen,
    kFinishing,  // The last octets are on their way out.
    kLingering,  // They are out; the client may still be sending.
    kClosed,
  };

  // Whether the next request must wait: for the handler, or for the client to read.
  bool Blocked() const;
  bool OutputFull() const;
  void Advance();
  void AdvanceHandshake();
  bool HandleRequests();
  void Dispatch();
  bool ReadPlain();
  void CountInput();
  void Settle();
  void Resume();
  void KeepUnread();
  void Answer(http::Response response);
  void SendContinue();
  void Refuse(const http::Refusal& refusal);
  void HandshakeFailed();
  void WriteReply(http::Response response, bool close, bool head_only);
  void Encrypt(std::string_view plain);
  void EncryptBody();
  void Flush();
  void Finish(bool linger);
  void Finished();
  void Fail();
  void CloseSocket();
  void MaybeGone();
  void UpdateReadTimer();
  void ArmRead(TimeoutKind kind);
  void OnReadTimeout();
  void OnIdle();
  void OnWriteTimeout();

  ConnectionShared& shared_;
  const net::SocketId socket_;
  const std::unique_ptr<tls::Engine> engine_;
  const std::string client_;
  http::RequestParser parser_;
  http::Request request_;  // With the handler: the parser's, and whose it is.
  net::Timer read_timer_{[this] { OnReadTimeout(); }};
  net::Timer write_timer_{[this] { OnWriteTimeout(); }};
  State state_ = State::kHandshake;
  std::optional<TimeoutKind> read_kind_;  // What read_timer_ is armed for.
  bool trimmed_ = false;                  // Idle, and its buffers were given back.
  bool receive_ended_ = false;            // The client sends no more.
  bool receive_paused_ = false;
  bool request_pending_ = false;  // With the handler.
  bool handling_ = false;         // Inside RequestHandler::Handle.
  bool sending_now_ = false;      // A Send is under way.
  bool linger_ = false;           // Wait for the client's end before closing.
  bool draining_ = false;         // The next reply is the last.
  bool continue_sent_ = false;
  bool socket_closed_ = false;
  size_t counted_ = 0;          // Of shared_.buffered.
  InputBuffer input_;           // Plain octets: the current request and what follows it.
  std::string cipher_backlog_;  // What arrived while Blocked.
  std::string body_;            // The rest of a large reply,
  size_t body_encrypted_ = 0;   // and how much of it is in output_ or gone.
  std::string output_;          // Cipher text to send next.
  std::string sending_;         // Cipher text that the loop is sending.
};

}  // namespace mesh::connection
