#include "frontend/connection/connection.h"

#include <algorithm>
#include <utility>

namespace mesh::connection {
namespace {

// What OpenSSL puts into one record, and what one reply may fill of one.
constexpr size_t kRecordBytes = 16 * 1024;
// Cipher text waiting to be sent, beyond which no more is made.
constexpr size_t kOutputBytes = 128 * 1024;
// Cipher text kept while a request is pending, beyond which the socket is left alone.
constexpr size_t kBacklogBytes = 64 * 1024;
// Room for one read of plain text: most requests fit.
constexpr size_t kReadBytes = 4 * 1024;
// Octets of a request that every connection may hold: an exchange, and a full message.
constexpr size_t kUncountedBytes = 64 * 1024;
// Storage that an idle connection keeps in each of its strings.
constexpr size_t kKeepBytes = 8 * 1024;

// A connection that is idle for so long gives its buffers back: most of a device's
// connections are idle most of the time, and each has 40 KB of them.
constexpr std::chrono::milliseconds kTrimAfter{3000};

void EmptyButKeepSome(std::string& storage) {
  if (storage.capacity() > kKeepBytes) {
    storage = std::string();
  } else {
    storage.clear();
  }
}

std::chrono::milliseconds TimeFor(TimeoutKind kind, const ConnectionTimes& times) {
  switch (kind) {
    case TimeoutKind::kHandshake:
      return times.handshake;
    case TimeoutKind::kHeader:
      return times.header;
    case TimeoutKind::kBody:
      return times.body;
    case TimeoutKind::kIdle:
      return times.idle;
    case TimeoutKind::kWrite:
      return times.write;
    case TimeoutKind::kLinger:
      break;
  }
  return times.linger;
}

}  // namespace

Connection::Connection(ConnectionShared& shared, net::SocketId socket,
                       std::unique_ptr<tls::Engine> engine, std::string client)
    : shared_(shared),
      socket_(socket),
      engine_(std::move(engine)),
      client_(std::move(client)),
      parser_(shared.options.limits) {
  shared_.stats.accepted.Add();
  shared_.stats.open.Add();
}

Connection::~Connection() {
  shared_.buffered -= counted_;
  shared_.stats.open.Subtract();
}

void Connection::Start() {
  if (engine_->handshake_done()) state_ = State::kOpen;
  ArmRead(state_ == State::kOpen ? TimeoutKind::kIdle : TimeoutKind::kHandshake);
  shared_.loop.StartReceive(socket_);
}

void Connection::Drain() {
  draining_ = true;
  read_kind_.reset();  // The time of an idle connection is another now.
  if (state_ == State::kOpen) Settle();
}

// --- What the loop tells ------------------------------------------------------

void Connection::OnConnected(int) {}  // Accepted sockets stand from the start.

void Connection::OnReceived(std::string_view octets) {
  shared_.stats.bytes_in.Add(octets.size());
  if (state_ > State::kOpen) return;  // Lingering: the client's last words are not heard.
  if (Blocked() || !cipher_backlog_.empty()) {
    cipher_backlog_.append(octets);
    if (cipher_backlog_.size() > kBacklogBytes && !std::exchange(receive_paused_, true)) {
      shared_.loop.PauseReceive(socket_);
    }
    return;
  }
  engine_->Feed(octets);
  Advance();
}

void Connection::OnReceiveEnd(int error) {
  receive_ended_ = true;
  if (error != 0) return Fail();
  if (state_ == State::kHandshake) {
    shared_.stats.handshakes_failed.Add();
    return CloseSocket();
  }
  if (state_ == State::kLingering) return CloseSocket();
  if (state_ == State::kOpen) Settle();
}

void Connection::OnSent(int error) {
  sending_now_ = false;
  shared_.loop.Disarm(write_timer_);
  if (error != 0) return Fail();
  const bool was_blocked = Blocked();
  shared_.stats.bytes_out.Add(sending_.size());
  EmptyButKeepSome(sending_);
  EncryptBody();
  Flush();
  if (state_ == State::kFinishing && !sending_now_) return Finished();
  if (was_blocked && !Blocked()) Resume();
}

void Connection::OnClosed() {
  socket_closed_ = true;
  MaybeGone();
}

// --- Requests -----------------------------------------------------------------

bool Connection::Blocked() const {
  return request_pending_ || body_encrypted_ < body_.size() || OutputFull();
}

bool Connection::OutputFull() const { return output_.size() + sending_.size() >= kOutputBytes; }

// Takes everything as far as it goes: handshake, then requests one after another.
void Connection::Advance() {
  if (state_ == State::kHandshake) AdvanceHandshake();
  while (state_ == State::kOpen && HandleRequests() && ReadPlain()) {
  }
  KeepUnread();
  Settle();
}

void Connection::AdvanceHandshake() {
  switch (engine_->Handshake(output_)) {
    case tls::Engine::Outcome::kDone:
      state_ = State::kOpen;
      read_kind_.reset();
      shared_.stats.handshakes_ok.Add();
      if (engine_->resumed()) shared_.stats.handshakes_resumed.Add();
      return;
    case tls::Engine::Outcome::kWantInput:
      return;
    default:
      HandshakeFailed();
      Finish(/*linger=*/true);  // So that the client gets to see the alert.
  }
}

// Hands over each request that has arrived whole. Returns whether more octets are
// wanted; not when blocked or closing.
bool Connection::HandleRequests() {
  while (!input_.empty()) {
    if (Blocked()) return false;
    switch (parser_.Parse(input_.content())) {
      case http::RequestParser::Verdict::kPartial:
        if (parser_.expects_continue() && !continue_sent_) SendContinue();
        return true;
      case http::RequestParser::Verdict::kRefused:
        Refuse(parser_.refusal());
        return false;
      case http::RequestParser::Verdict::kRequest:
        Dispatch();
        break;
    }
    if (state_ != State::kOpen) return false;
  }
  return !Blocked();
}

void Connection::Dispatch() {
  request_pending_ = true;
  shared_.stats.requests.Add();
  shared_.stats.in_flight.Add();
  handling_ = true;
  request_ = parser_.request();
  request_.client = client_;
  shared_.handler.Handle(request_, shared_.loop.now() + shared_.options.times.request,
                         [this](http::Response response) { Answer(std::move(response)); });
  handling_ = false;
}

// Reads plain octets behind what is there. Returns whether there were any.
bool Connection::ReadPlain() {
  if (!engine_->has_input()) return false;
  if (counted_ > 0 && shared_.buffered > shared_.options.buffered_bytes_max) {
    Refuse({503, "too many octets are under way; try again later"});
    return false;
  }
  const std::span<char> room = input_.Prepare(kReadBytes);
  size_t size = 0;
  switch (engine_->Read(room.data(), room.size(), &size, output_)) {
    case tls::Engine::Outcome::kDone:
      input_.Commit(size);
      CountInput();
      return true;
    case tls::Engine::Outcome::kWantInput:
      return false;
    case tls::Engine::Outcome::kClosed:
      receive_ended_ = true;
      return false;
    case tls::Engine::Outcome::kFailed:
      break;
  }
  shared_.stats.broken.Add();
  Finish(/*linger=*/true);
  return false;
}

void Connection::CountInput() {
  const size_t held = input_.size();
  const size_t counts = held > kUncountedBytes ? held - kUncountedBytes : 0;
  shared_.buffered = shared_.buffered + counts - counted_;
  counted_ = counts;
}

// Sends what there is to send and decides what to wait for.
void Connection::Settle() {
  const bool more_to_come = Blocked() || !cipher_backlog_.empty();
  if (state_ == State::kOpen && !more_to_come && receive_ended_) Finish(/*linger=*/true);
  Flush();
  if (state_ == State::kOpen) UpdateReadTimer();
}

// Goes on after having been blocked, first with what arrived in the meantime.
void Connection::Resume() {
  if (state_ != State::kOpen) return;
  const std::string backlog = std::exchange(cipher_backlog_, {});
  engine_->Feed(backlog);
  Advance();
  if (receive_paused_ && !Blocked() && state_ < State::kFinishing) {
    receive_paused_ = false;
    shared_.loop.StartReceive(socket_);
  }
}

// The engine reads from the loop's buffer, which is not ours after this call.
void Connection::KeepUnread() {
  if (engine_->unread().empty()) return;
  if (state_ <= State::kOpen) cipher_backlog_.assign(engine_->unread());
  engine_->Feed({});
}

// --- Replies ------------------------------------------------------------------

void Connection::Answer(http::Response response) {
  request_pending_ = false;
  shared_.stats.in_flight.Subtract();
  if (state_ != State::kOpen) return MaybeGone();
  const http::Request& request = parser_.request();
  const bool close = response.close || !request.keep_alive || draining_;
  WriteReply(std::move(response), close, request.method == "HEAD");
  input_.Consume(parser_.consumed());
  CountInput();
  parser_.Next();
  continue_sent_ = false;
  read_kind_.reset();
  if (close) Finish(/*linger=*/true);
  if (handling_) return;
  if (state_ == State::kOpen) return Resume();
  Flush();
}

void Connection::SendContinue() {
  continue_sent_ = true;
  Encrypt(http::kContinue);
}

// Not when the client just went away: whoever looks whether we are there does that.
void Connection::HandshakeFailed() {
  shared_.stats.handshakes_failed.Add();
  shared_.handler.Misused("handshake", client_);
}

void Connection::Refuse(const http::Refusal& refusal) {
  shared_.stats.CountRefusal(refusal.status);
  const bool full = refusal.status == 503;  // Which is nobody's abuse.
  if (!full) shared_.handler.Misused(std::to_string(refusal.status), client_);
  WriteReply(shared_.handler.Refuse(refusal), /*close=*/true, /*head_only=*/false);
  input_.Consume(input_.size());  // No further request is read.
  CountInput();
  Finish(/*linger=*/true);
}

// Small replies become one record; of a large one the front fills the first record
// and the rest follows as the client takes it.
void Connection::WriteReply(http::Response response, bool close, bool head_only) {
  std::string& plain = shared_.plain;
  plain.clear();
  AppendHead(response, close, shared_.date.At(shared_.loop.clock().WallNow()), plain);
  if (head_only || response.status == 204) response.body.clear();
  const size_t room = kRecordBytes - std::min(kRecordBytes, plain.size());
  const size_t front = std::min(room, response.body.size());
  plain.append(response.body, 0, front);
  Encrypt(plain);
  if (front == response.body.size()) return;
  body_ = std::move(response.body);
  body_encrypted_ = front;
  EncryptBody();
}

void Connection::Encrypt(std::string_view plain) {
  // Writing fails only after the engine has failed, which ends the connection anyway.
  (void)engine_->Write(plain, output_);
}

void Connection::EncryptBody() {
  while (body_encrypted_ < body_.size() && !OutputFull()) {
    const std::string_view next = std::string_view(body_).substr(body_encrypted_, 2 * kRecordBytes);
    Encrypt(next);
    body_encrypted_ += next.size();
  }
  if (body_.empty() || body_encrypted_ < body_.size()) return;
  body_ = std::string();
  body_encrypted_ = 0;
  if (state_ == State::kFinishing) engine_->Close(output_);
}

void Connection::Flush() {
  if (sending_now_ || output_.empty() || state_ == State::kClosed) return;
  sending_now_ = true;
  sending_.swap(output_);
  shared_.loop.Arm(write_timer_, shared_.loop.now() + shared_.options.times.write);
  shared_.loop.Send(socket_, sending_);
}

// --- The end ------------------------------------------------------------------

// Reads no further request; closes when everything is sent.
void Connection::Finish(bool linger) {
  if (state_ >= State::kFinishing) return;
  state_ = State::kFinishing;
  linger_ = linger;
  shared_.loop.Disarm(read_timer_);
  if (body_.empty()) engine_->Close(output_);
  Flush();
  if (!sending_now_) Finished();
}

// Everything is sent. A socket that is closed while the client still sends would
// reset the connection and take our last reply with it: hear the client out first.
void Connection::Finished() {
  if (!linger_ || receive_ended_) return CloseSocket();
  state_ = State::kLingering;
  shared_.loop.ShutdownSend(socket_);
  if (receive_paused_) shared_.loop.StartReceive(socket_);
  ArmRead(TimeoutKind::kLinger);
}

void Connection::Fail() {
  if (state_ == State::kHandshake) shared_.stats.handshakes_failed.Add();
  if (state_ < State::kLingering) shared_.stats.broken.Add();
  CloseSocket();
}

void Connection::CloseSocket() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  shared_.loop.Disarm(read_timer_);
  shared_.loop.Disarm(write_timer_);
  shared_.loop.Close(socket_);
}

// Must be the caller's last act: the connection may be gone after it.
void Connection::MaybeGone() {
  if (socket_closed_ && !request_pending_) shared_.gone(*this);
}

// --- Time ---------------------------------------------------------------------

void Connection::UpdateReadTimer() {
  if (Blocked()) {
    read_kind_.reset();
    return shared_.loop.Disarm(read_timer_);
  }
  switch (parser_.phase()) {
    case http::RequestParser::Phase::kIdle:
      return ArmRead(TimeoutKind::kIdle);
    case http::RequestParser::Phase::kHeader:
      return ArmRead(TimeoutKind::kHeader);
    case http::RequestParser::Phase::kBody:
      return ArmRead(TimeoutKind::kBody);
  }
}

// Does nothing if that time is running already: more octets do not extend it.
void Connection::ArmRead(TimeoutKind kind) {
  if (read_kind_ == kind) return;
  read_kind_ = kind;
  trimmed_ = false;
  std::chrono::milliseconds time = TimeFor(kind, shared_.options.times);
  if (kind == TimeoutKind::kIdle) {
    time = draining_ ? shared_.options.times.drain : std::min(time, kTrimAfter);
  }
  shared_.loop.Arm(read_timer_, shared_.loop.now() + time);
}

// Called twice: after kTrimAfter, and when the time is over. While draining: once.
void Connection::OnIdle() {
  if (draining_) return Finish(/*linger=*/true);
  const std::chrono::milliseconds time = shared_.options.times.idle;
  if (!trimmed_ && time > kTrimAfter) {
    trimmed_ = true;
    engine_->Trim();
    input_.Trim();
    if (!sending_now_ && output_.empty()) sending_ = output_ = std::string();
    return shared_.loop.Arm(read_timer_, shared_.loop.now() + time - kTrimAfter);
  }
  shared_.stats.CountTimeout(TimeoutKind::kIdle);
  Finish(/*linger=*/true);
}

void Connection::OnReadTimeout() {
  const TimeoutKind kind = read_kind_.value_or(TimeoutKind::kIdle);
  if (kind == TimeoutKind::kIdle) return OnIdle();
  shared_.stats.CountTimeout(kind);
  switch (kind) {
    case TimeoutKind::kHandshake:
      HandshakeFailed();
      return CloseSocket();
    case TimeoutKind::kHeader:
      return Refuse({408, "the header did not arrive in time"});
    case TimeoutKind::kBody:
      return Refuse({408, "the body did not arrive in time"});
    default:
      return CloseSocket();
  }
}

void Connection::OnWriteTimeout() {
  shared_.stats.CountTimeout(TimeoutKind::kWrite);
  CloseSocket();
}

}  // namespace mesh::connection
