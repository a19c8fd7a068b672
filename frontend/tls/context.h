// TlsContext is what many TLS connections share: certificates, keys, trust, tickets.
//
// TLS 1.3 only; X25519 first; one session ticket a handshake; no early data; ALPN
// says http/1.1. Immutable once made, so threads share one freely; a new certificate
// is a new context, and connections keep the one they began with.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "frontend/tls/certificate_names.h"
#include "frontend/tls/ticket_keys.h"

struct ssl_ctx_st;

namespace mesh::tls {

enum class Role { kServer, kClient };

// PEM texts.
struct ServerCertificate {
  std::string chain;
  std::string private_key;
};

class TlsContext {
 public:
  // A server's context from PEM texts. kInvalidArgument, naming the part at fault,
  // when one does not parse or key and certificate do not belong together.
  static Result<std::shared_ptr<const TlsContext>> ForServer(
      const std::string& certificate_chain_pem, const std::string& private_key_pem,
      std::shared_ptr<const TicketKeys> ticket_keys);

  // The same with several certificates, at least one: a client gets the one for the host that it
  // asks for (CertificateNames). Who asks for none gets the first; for one that no certificate
  // names, the alert unrecognized_name. With one certificate everybody gets that. kInvalidArgument
  // says which certificate is at fault by its number, from 1; also one that names no host, beside
  // others.
  static Result<std::shared_ptr<const TlsContext>> ForServer(
      const std::vector<ServerCertificate>& certificates,
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
  // A server's: whether one of its certificates names `host`.
  bool Names(std::string_view host) const { return names_.Find(host).has_value(); }
  // When the first of a server's certificates ends, in seconds since 1970; 0 for a client's
  // context.
  int64_t certificate_end() const { return certificate_end_; }
  const TicketKeys* ticket_keys() const { return ticket_keys_.get(); }

 private:
  struct Callbacks;

  TlsContext(Role role, ssl_ctx_st* context) : role_(role), context_(context) {}
  Status AddCertificate(const ServerCertificate& certificate);

  Role role_;
  ssl_ctx_st* context_;
  std::vector<ssl_ctx_st*> certificates_;  // A server's: context_, and one for each further one.
  CertificateNames names_;                 // By their places there.
  bool verifies_ = false;
  int64_t certificate_end_ = 0;
  std::shared_ptr<const TicketKeys> ticket_keys_;
};

}  // namespace mesh::tls
