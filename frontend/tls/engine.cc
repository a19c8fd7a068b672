#include "frontend/tls/engine.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "common/base/check.h"
#include "frontend/tls/session.h"

namespace mesh::tls {

// The BIO through which OpenSSL reads what was fed and writes what is to be sent.
struct EngineBio {
  static TlsEngine& EngineOf(BIO* bio) { return *static_cast<TlsEngine*>(BIO_get_data(bio)); }

  static int Read(BIO* bio, char* into, int room) {
    std::string_view& input = EngineOf(bio).input_;
    BIO_clear_retry_flags(bio);
    if (input.empty()) {
      BIO_set_retry_read(bio);
      return -1;
    }
    const size_t size = std::min(static_cast<size_t>(room), input.size());
    std::memcpy(into, input.data(), size);
    input.remove_prefix(size);
    return static_cast<int>(size);
  }

  static int Write(BIO* bio, const char* octets, int size) {
    std::string* const output = EngineOf(bio).output_;
    if (output == nullptr) return -1;
    output->append(octets, static_cast<size_t>(size));
    return size;
  }

  static long Control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

  // One method for all engines, made at first use and kept until the process ends.
  static const BIO_METHOD* Method() {
    static BIO_METHOD* const kMethod = [] {
      BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "mesh");
      MESH_CHECK(method != nullptr);
      BIO_meth_set_read(method, &EngineBio::Read);
      BIO_meth_set_write(method, &EngineBio::Write);
      BIO_meth_set_ctrl(method, &EngineBio::Control);
      return method;
    }();
    return kMethod;
  }
};

namespace {

// SSL_get_error looks into this thread's queue of errors, which others may have left
// something in. Clearing an empty one costs more than looking.
void EmptyErrorQueue() {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

}  // namespace

int Session::OnNew(SSL* ssl, SSL_SESSION* session) {
  auto* const keeper = static_cast<std::shared_ptr<const Session>*>(SSL_get_app_data(ssl));
  *keeper = std::make_shared<const Session>(session);
  return 1;
}

TlsEngine::TlsEngine(std::shared_ptr<const TlsContext> context)
    : context_(std::move(context)), ssl_(SSL_new(context_->native())) {
  BIO* const bio = BIO_new(EngineBio::Method());
  MESH_CHECK(ssl_ != nullptr && bio != nullptr);
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_, bio, bio);
  SSL_set_app_data(ssl_, &session_);
  if (context_->role() == Role::kServer) {
    SSL_set_accept_state(ssl_);
  } else {
    SSL_set_connect_state(ssl_);
  }
}

TlsEngine::~TlsEngine() { SSL_free(ssl_); }

void TlsEngine::SetServer(const std::string& name, const Session* session) {
  // SSL_set_tlsext_host_name, without the cast of its macro.
  MESH_CHECK(SSL_ctrl(ssl_, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                      const_cast<char*>(name.c_str())) == 1);
  if (context_->verifies()) MESH_CHECK(SSL_set1_host(ssl_, name.c_str()) == 1);
  if (session != nullptr) MESH_CHECK(SSL_set_session(ssl_, session->native()) == 1);
}

TlsEngine::Outcome TlsEngine::Handshake(std::string& output) {
  output_ = &output;
  EmptyErrorQueue();
  const int result = SSL_do_handshake(ssl_);
  handshake_done_ = result == 1;
  const Outcome outcome = result == 1 ? Outcome::kDone : Failure(result);
  output_ = nullptr;
  return outcome;
}

TlsEngine::Outcome TlsEngine::Read(char* into, size_t room, size_t* size, std::string& output) {
  output_ = &output;
  EmptyErrorQueue();
  const int result = SSL_read_ex(ssl_, into, room, size);
  const Outcome outcome = result == 1 ? Outcome::kDone : Failure(result);
  output_ = nullptr;
  return outcome;
}

bool TlsEngine::has_input() const { return !input_.empty() || SSL_has_pending(ssl_) == 1; }

TlsEngine::Outcome TlsEngine::Write(std::string_view plain, std::string& output) {
  output_ = &output;
  EmptyErrorQueue();
  size_t written = 0;
  const int result = SSL_write_ex(ssl_, plain.data(), plain.size(), &written);
  const Outcome outcome = result == 1 ? Outcome::kDone : Failure(result);
  output_ = nullptr;
  return outcome;
}

void TlsEngine::Close(std::string& output) {
  if (!handshake_done_) return;
  output_ = &output;
  EmptyErrorQueue();
  (void)SSL_shutdown(ssl_);
  ERR_clear_error();
  output_ = nullptr;
}

void TlsEngine::Trim() { (void)SSL_free_buffers(ssl_); }

bool TlsEngine::resumed() const { return SSL_session_reused(ssl_) == 1; }

// What a call that did not succeed means. Leaves OpenSSL's queue of errors empty.
TlsEngine::Outcome TlsEngine::Failure(int result) {
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ:
      return Outcome::kWantInput;
    case SSL_ERROR_ZERO_RETURN:
      return Outcome::kClosed;
    default:
      break;
  }
  const unsigned long error = ERR_peek_error();
  const char* const reason = ERR_reason_error_string(error);
  error_ = reason != nullptr ? reason : "the connection is closed";
  const long verify = SSL_get_verify_result(ssl_);
  if (verify != X509_V_OK) error_ += std::string(": ") + X509_verify_cert_error_string(verify);
  ERR_clear_error();
  return Outcome::kFailed;
}

}  // namespace mesh::tls
