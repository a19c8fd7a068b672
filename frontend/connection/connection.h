// Connection is the life of one client connection: socket, TLS, HTTP, handler, reply.
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
  std::chrono::milliseconds request{kRequestTime};  // The deadline the handler is given.
};

struct ConnectionOptions {
  http::ParserLimits limits;
  ConnectionTimes times;
};

// What the connections of one loop share. Outlives them.
struct ConnectionShared {
  net::EventLoop& loop;
  http::RequestHandler& handler;
  const ConnectionOptions& options;
  ConnectionStats& stats;
  http::DateCache date;
  bool draining = false;  // Close each connection as soon as it has answered.
};

class Connection final : public net::SocketHandler {
 public:
  // `gone` is called once, last: the connection may then be deleted.
  Connection(ConnectionShared& shared, net::SocketId socket,
             std::shared_ptr<const tls::TlsContext> context, std::function<void()> gone);

  // Begins with the TLS handshake.
  void Start();
  // Closes now if nothing is under way, else after the reply that is due.
  void Drain();
  // Closes now, whatever is under way.
  void Abort();

  void OnConnected(int error) override;
  void OnReceived(std::string_view octets) override;
  void OnReceiveEnd(int error) override;
  void OnSent(int error) override;
  void OnClosed() override;

 private:
  enum class State : uint8_t { kHandshake, kOpen, kFinishing, kLingering, kClosed };

  void Advance();
  bool AdvanceHandshake();
  bool ReadPlain();
  bool HandleRequests();
  void Dispatch();
  void Answer(http::Response response);
  void Refuse(const http::Refusal& refusal);
  void WriteReply(http::Response response, bool close, bool head_only);
  void EncryptBody();
  void Flush();
  void Finish();
  void StartLinger();
  void CloseSocket();
  void MaybeGone();
  void ReceiveEnded();
  void Backlog();
  void SetReadDeadline();
  void ArmRead(TimeoutKind kind, std::chrono::milliseconds time);
  void ReadTimeout();
  void WriteTimeout();

  ConnectionShared& shared_;
  const net::SocketId socket_;
  std::function<void()> gone_;
  tls::TlsEngine tls_;
  http::RequestParser parser_;
  net::Timer read_timer_;
  net::Timer write_timer_;
  State state_ = State::kHandshake;
  TimeoutKind read_kind_ = TimeoutKind::kHandshake;
  bool reading_ = true;           // The loop may hand over octets.
  bool receive_ended_ = false;    // The client sends no more.
  bool request_pending_ = false;  // With the handler.
  bool handling_ = false;         // Inside Handle.
  bool sending_now_ = false;      // A Send is under way.
  bool closing_ = false;          // No further request is read.
  bool linger_ = false;           // Close gently: input may be unread.
  bool sent_continue_ = false;
  bool drain_ = false;
  bool socket_closed_ = false;
  std::string cipher_backlog_;  // Arrived while a request was pending.
  InputBuffer input_;           // Plain octets: the current request and what follows.
  std::string plain_;           // Head and first part of a reply, to be encrypted.
  std::string output_;          // Cipher text to send next.
  std::string sending_;         // Cipher text that the loop is sending.
  std::string body_;            // Of the current reply, when it does not fit at once.
  size_t body_sent_ = 0;        // Octets of body_ that were encrypted.
};

}  // namespace mesh::connection
