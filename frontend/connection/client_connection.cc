#include "frontend/connection/client_connection.h"

#include <cstring>
#include <utility>

namespace mesh::connection {
namespace {

constexpr size_t kReadBytes = 4 * 1024;

Status Broken(const std::string& what) { return Status(Code::kUnavailable, what); }

Status SocketError(const std::string& what, int error) {
  return Broken(what + ": " + std::strerror(error));
}

}  // namespace

ClientConnection::ClientConnection(net::EventLoop& loop,
                                   std::shared_ptr<const tls::TlsContext> context,
                                   ClientObserver& observer)
    : loop_(loop), observer_(observer), tls_(std::move(context)) {}

Status ClientConnection::Connect(const std::string& address, uint16_t port, const std::string& name,
                                 const tls::Session* session) {
  tls_.SetServer(name, session);
  MESH_ASSIGN(socket_, loop_.Connect(address, port, *this));
  return Status();
}

void ClientConnection::Send(std::string_view request) {
  if (closed_ || tls_.Write(request, output_) == tls::TlsEngine::Outcome::kDone) return Flush();
  Fail(Broken("TLS: " + tls_.error()));
}

void ClientConnection::FinishSending() {
  tls_.Close(output_);
  finish_sending_ = true;
  Flush();
}

void ClientConnection::Close() {
  if (std::exchange(closed_, true)) return;
  loop_.Close(socket_);
}

void ClientConnection::OnConnected(int error) {
  if (error != 0) return Fail(SocketError("cannot connect", error));
  loop_.StartReceive(socket_);
  (void)tls_.Handshake(output_);
  Flush();
}

void ClientConnection::OnReceived(std::string_view octets) {
  tls_.Feed(octets);
  if (!tls_.handshake_done()) {
    const tls::TlsEngine::Outcome outcome = tls_.Handshake(output_);
    Flush();
    if (outcome == tls::TlsEngine::Outcome::kWantInput) return;
    if (outcome != tls::TlsEngine::Outcome::kDone) return Fail(Broken("TLS: " + tls_.error()));
    observer_.OnReady();
  }
  ReadReplies();
}

void ClientConnection::ReadReplies() {
  while (!closed_ && tls_.has_input()) {
    const std::span<char> room = input_.Prepare(kReadBytes);
    size_t size = 0;
    switch (tls_.Read(room.data(), room.size(), &size, output_)) {
      case tls::TlsEngine::Outcome::kDone:
        input_.Commit(size);
        if (!ParseReplies()) return;
        break;
      case tls::TlsEngine::Outcome::kWantInput:
        return;
      case tls::TlsEngine::Outcome::kClosed:
        return End();
      case tls::TlsEngine::Outcome::kFailed:
        return Fail(Broken("TLS: " + tls_.error()));
    }
  }
}

bool ClientConnection::ParseReplies() {
  while (!closed_ && !input_.empty()) {
    switch (parser_.Parse(input_.content())) {
      case http::ResponseParser::Verdict::kPartial:
        return true;
      case http::ResponseParser::Verdict::kRefused:
        Fail(Broken(std::string(parser_.reason())));
        return false;
      case http::ResponseParser::Verdict::kResponse:
        observer_.OnResponse(parser_.response());
        input_.Consume(parser_.consumed());
        parser_.Next();
        break;
    }
  }
  return !closed_;
}

// The server sends no more.
void ClientConnection::End() {
  if (!tls_.handshake_done()) return Fail(Broken("the connection ended within the handshake"));
  if (!input_.empty()) {
    if (parser_.End(input_.content()) != http::ResponseParser::Verdict::kResponse) {
      return Fail(Broken(std::string(parser_.reason())));
    }
    observer_.OnResponse(parser_.response());
  }
  Close();
}

void ClientConnection::OnReceiveEnd(int error) {
  if (error != 0) return Fail(SocketError("cannot receive", error));
  End();
}

void ClientConnection::OnSent(int error) {
  sending_now_ = false;
  sending_.clear();
  if (error != 0) return Fail(SocketError("cannot send", error));
  Flush();
}

void ClientConnection::OnClosed() { observer_.OnGone(why_); }

void ClientConnection::Flush() {
  if (sending_now_ || closed_) return;
  if (!output_.empty()) {
    sending_now_ = true;
    sending_.swap(output_);
    loop_.Send(socket_, sending_);
  } else if (std::exchange(finish_sending_, false)) {
    loop_.ShutdownSend(socket_);
  }
}

void ClientConnection::Fail(Status why) {
  if (closed_) return;
  why_ = std::move(why);
  Close();
}

}  // namespace mesh::connection
