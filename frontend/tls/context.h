// TlsContext is what many TLS connections share: certificate, key, trust, tickets.
//
// TLS 1.3 only; X25519 first; one session ticket a handshake; no early data; ALPN
// says http/1.1. Immutable once made, so threads share one freely; a new certificate
// is a new context, and connections keep the one they began with.

#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/base/status.h"
#include "frontend/tls/ticket_keys.h"

struct ssl_ctx_st;

namespace mesh::tls {

enum class Role { kServer, kClient };

class TlsContext {
 public:
  // A server's context from PEM texts. kInvalidArgument, naming the part at fault,
  // when one does not parse or key and certificate do not belong together.
  static Result<std::shared_ptr<const TlsContext>> ForServer(
      const std::string& certificate_chain_pem, const std::string& private_key_pem,
      std::shared_ptr<const TicketKeys> ticket_keys);

  // A client's context that trusts the authorities in `trusted_pem` and checks names.
  // An empty text trusts every server: for load generators and tests on loopback.
  static Result<std::shared_ptr<const TlsContext>> ForClient(const std::string& trusted_pem);

  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  Role role() const { return role_; }
  // Whether a client checks the server's certificate.
  bool verifies() const { return verifies_; }
  ssl_ctx_st* native() const { return context_; }
  // When a server's certificate ends, in seconds since 1970; 0 for a client's context.
  int64_t certificate_end() const { return certificate_end_; }
  const TicketKeys* ticket_keys() const { return ticket_keys_.get(); }

 private:
  TlsContext(Role role, ssl_ctx_st* context) : role_(role), context_(context) {}

  Role role_;
  ssl_ctx_st* context_;
  bool verifies_ = false;
  int64_t certificate_end_ = 0;
  std::shared_ptr<const TicketKeys> ticket_keys_;
};

}  // namespace mesh::tls
