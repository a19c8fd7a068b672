// What a client keeps of a TLS connection in order to resume it.

#pragma once

#include <openssl/ssl.h>

#include <memory>

namespace mesh::tls {

// Immutable once made. Owns OpenSSL's session.
class Session {
 public:
  explicit Session(SSL_SESSION* session) : session_(session, &SSL_SESSION_free) {}
  SSL_SESSION* native() const { return session_.get(); }

  // OpenSSL's callback: a ticket arrived on `ssl`, whose application data is a
  // std::shared_ptr<const Session> to put it into. 1: the session is ours now.
  static int OnNew(SSL* ssl, SSL_SESSION* session);

 private:
  std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)> session_;
};

}  // namespace mesh::tls
