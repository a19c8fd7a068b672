// Engine is one connection without a socket: octets of the wire in, plain octets out, and
// the reverse. TlsEngine speaks TLS; PlainEngine (plain_engine.h) does not.
//
// OpenSSL reads straight from the octets that the caller feeds and writes straight
// into the caller's output: no copy of ours stands between. One engine belongs to one
// connection on one thread; a TlsEngine must not outlive its context.

#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "frontend/tls/context.h"

struct ssl_st;

namespace mesh::tls {

// What a client keeps to resume later. Opaque; share it among connections of a thread.
class Session;

class Engine {
 public:
  enum class Outcome {
    kDone,       // It is done.
    kWantInput,  // Nothing wrong so far; feed more octets and call again.
    kClosed,     // The other side has said that it sends no more.
    kFailed,     // The connection is broken; error() says why. Send what was put out.
  };

  virtual ~Engine() = default;

  // Gives the engine the octets that arrived next. They must stay valid until they are
  // read, or until Feed is called again; unread() ones are then lost, so keep them.
  void Feed(std::string_view octets) { input_ = octets; }
  std::string_view unread() const { return input_; }

  // Each of these may append octets to `output` that must be sent to the other side,
  // also when it fails.

  // Goes on with the handshake. kDone when it is finished.
  virtual Outcome Handshake(std::string& output) = 0;
  // Reads at most `room` plain octets into `into`. kDone: `*size` octets were read, at
  // least one. Call until it says kWantInput: a further record may be waiting inside.
  virtual Outcome Read(char* into, size_t room, size_t* size, std::string& output) = 0;
  // Whether octets wait that Read has not looked at. When not, Read would say kWantInput.
  virtual bool has_input() const = 0;
  // Encrypts all of `plain`, in records of 16 KiB.
  virtual Outcome Write(std::string_view plain, std::string& output) = 0;
  // Says that we send no more.
  virtual void Close(std::string& output) = 0;

  // Gives back what is kept for records, when nothing is in them.
  virtual void Trim() = 0;

  virtual bool handshake_done() const = 0;
  // After the handshake: whether it continued an earlier session.
  virtual bool resumed() const = 0;

 protected:
  std::string_view input_;
};

class TlsEngine final : public Engine {
 public:
  explicit TlsEngine(std::shared_ptr<const TlsContext> context);
  ~TlsEngine() override;
  TlsEngine(const TlsEngine&) = delete;
  TlsEngine& operator=(const TlsEngine&) = delete;

  // For a client, before the first Handshake: the name to ask for and to check, and a
  // session to resume (or null).
  void SetServer(const std::string& name, const Session* session);

  Outcome Handshake(std::string& output) override;
  Outcome Read(char* into, size_t room, size_t* size, std::string& output) override;
  bool has_input() const override;
  Outcome Write(std::string_view plain, std::string& output) override;
  void Close(std::string& output) override;
  // OpenSSL keeps 35 KB; they are made again when needed.
  void Trim() override;
  bool handshake_done() const override { return handshake_done_; }
  bool resumed() const override;

  // For a client: the session to resume with, once the server has sent a ticket;
  // null before that.
  std::shared_ptr<const Session> session() const { return session_; }
  // Why the last call failed, for people.
  const std::string& error() const { return error_; }

 private:
  friend struct EngineBio;
  Outcome Failure(int result);

  std::shared_ptr<const TlsContext> context_;
  ssl_st* ssl_;
  std::string* output_ = nullptr;  // During a call only.
  bool handshake_done_ = false;
  std::shared_ptr<const Session> session_;
  std::string error_;
};

}  // namespace mesh::tls
