#include "frontend/tls/context.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

#include "common/base/check.h"
#include "common/base/log.h"
#include "frontend/tls/engine.h"
#include "frontend/tls/session.h"

namespace mesh::tls {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using PrivateKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

constexpr const char* kGroups = "X25519:P-256:X448:P-384";
constexpr std::array<unsigned char, 9> kAlpn = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

Bio OpenText(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free);
}

// What OpenSSL has to say, and nothing left in its queue.
std::string TakeReason() {
  const unsigned long error = ERR_peek_last_error();
  ERR_clear_error();
  const char* const reason = ERR_reason_error_string(error);
  return reason != nullptr ? reason : "unknown reason";
}

Status Bad(const std::string& what) { return InvalidArgument(what + ": " + TakeReason()); }

// HMAC-SHA-256 for the ticket's seal, told to OpenSSL as it asks for it.
bool InitMac(EVP_MAC_CTX* mac, const TicketKeys::Key& key) {
  char digest[] = "SHA256";
  auto* const octets = const_cast<unsigned char*>(key.mac.data());
  const std::array<OSSL_PARAM, 3> params = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, octets, key.mac.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end()};
  return EVP_MAC_CTX_set_params(mac, params.data()) == 1;
}

// OpenSSL seals (`seal`) or opens a ticket. 1: the key stands in `cipher` and `mac`; 2:
// likewise, and the client should get a new ticket; 0: no such key, so a full handshake.
int OnTicket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
             EVP_MAC_CTX* mac, int seal) {
  const auto& keys = *static_cast<const TicketKeys*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  if (seal == 1) {
    const TicketKeys::Key& key = keys.sealing();
    std::copy(key.name.begin(), key.name.end(), name);
    if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1) return -1;
    return EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key.cipher.data(), iv) == 1 &&
                   InitMac(mac, key)
               ? 1
               : -1;
  }
  const TicketKeys::Key* const key = keys.Find(name);
  if (key == nullptr) return 0;
  if (EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key->cipher.data(), iv) != 1 ||
      !InitMac(mac, *key)) {
    return -1;
  }
  return key == &keys.sealing() ? 1 : 2;
}

int OnAlpn(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
           const unsigned char* offered, unsigned offered_size, void*) {
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, chosen_size, kAlpn.data(), kAlpn.size(), offered,
                            offered_size) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

SSL_CTX* NewContext(const SSL_METHOD* method) {
  SSL_CTX* const context = SSL_CTX_new(method);
  MESH_CHECK(context != nullptr);
  MESH_CHECK(SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1);
  MESH_CHECK(SSL_CTX_set1_groups_list(context, kGroups) == 1);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);  // One call of our BIO a record, not two.
  return context;
}

Status UseChain(SSL_CTX* context, const std::string& pem) {
  const Bio text = OpenText(pem);
  Certificate leaf(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr), &X509_free);
  if (!leaf) return Bad("the certificate is no PEM certificate");
  if (SSL_CTX_use_certificate(context, leaf.get()) != 1) return Bad("the certificate is unusable");
  while (true) {
    Certificate next(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr), &X509_free);
    if (!next) break;
    if (SSL_CTX_add1_chain_cert(context, next.get()) != 1) {
      return Bad("a certificate of the chain is unusable");
    }
  }
  ERR_clear_error();  // The end of the text is an error to OpenSSL.
  return Status();
}

// The end of the certificate in use, in seconds since 1970; 0 when it says no time.
int64_t EndOfCertificate(SSL_CTX* context) {
  std::tm end{};
  const ASN1_TIME* const time = X509_get0_notAfter(SSL_CTX_get0_certificate(context));
  return ASN1_TIME_to_tm(time, &end) == 1 ? ::timegm(&end) : 0;
}

// Never asks for a passphrase: a server has nobody to ask.
int NoPassphrase(char*, int, int, void*) { return 0; }

Status UseKey(SSL_CTX* context, const std::string& pem) {
  const Bio text = OpenText(pem);
  const PrivateKey key(PEM_read_bio_PrivateKey(text.get(), nullptr, &NoPassphrase, nullptr),
                       &EVP_PKEY_free);
  if (!key) return Bad("the private key is no PEM key without a passphrase");
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    return Bad("the private key does not belong to the certificate");
  }
  return Status();
}

Status Trust(SSL_CTX* context, const std::string& pem) {
  const Bio text = OpenText(pem);
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  int count = 0;
  while (true) {
    Certificate next(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr), &X509_free);
    if (!next) break;
    ++count;
    if (X509_STORE_add_cert(store, next.get()) != 1) return Bad("an authority is unusable");
  }
  if (count == 0) return Bad("the authorities to trust are no PEM certificates");
  ERR_clear_error();
  return Status();
}

// The hosts that the certificate in use names, wildcards among them.
std::vector<std::string> NamesOf(SSL_CTX* context) {
  std::vector<std::string> names;
  const auto* const certificate = SSL_CTX_get0_certificate(context);
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> all(
      static_cast<GENERAL_NAMES*>(
          X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      &GENERAL_NAMES_free);
  if (all == nullptr) return names;
  // Without the casts of OpenSSL's macros for stacks.
  const auto* const stack = reinterpret_cast<const OPENSSL_STACK*>(all.get());
  for (int i = 0; i < OPENSSL_sk_num(stack); ++i) {
    const auto* const name = static_cast<const GENERAL_NAME*>(OPENSSL_sk_value(stack, i));
    int type = 0;
    const auto* const text = static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(name, &type));
    if (type != GEN_DNS) continue;
    const unsigned char* const octets = ASN1_STRING_get0_data(text);
    names.emplace_back(octets, octets + ASN1_STRING_length(text));
  }
  return names;
}

// What a server's context has besides its certificate.
void SetUpServer(SSL_CTX* context, const TicketKeys* ticket_keys) {
  SSL_CTX_set_app_data(context, const_cast<TicketKeys*>(ticket_keys));
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, &OnTicket);
  SSL_CTX_set_num_tickets(context, 1);  // A second one costs a third of a handshake.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(context, &OnAlpn, nullptr);
}

// Anybody may ask for anything, so it is told seldom.
void TellUnknownHost(std::string_view host) {
  static LogLimiter limiter(std::chrono::seconds(10));
  uint64_t suppressed = 0;
  if (!limiter.Allow(SystemClock().Now(), &suppressed)) return;
  Log(LogLevel::kWarning, "a client asked for a host that no certificate names",
      {{"host", std::string(host)},
       {"next", "if it is ours, give a certificate for it with --tls-cert and --tls-key"},
       {"suppressed", std::to_string(suppressed)}});
}

}  // namespace

struct TlsContext::Callbacks {
  // The client has said which host it wants, or none.
  static int OnServerName(SSL* ssl, int* alert, void* user) {
    const auto& context = *static_cast<const TlsContext*>(user);
    const char* const host = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (host == nullptr) return SSL_TLSEXT_ERR_OK;
    const auto place = context.names_.Find(host);
    if (!place) {
      TellUnknownHost(host);
      *alert = SSL_AD_UNRECOGNIZED_NAME;
      return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    (void)SSL_set_SSL_CTX(ssl, context.certificates_[*place]);
    return SSL_TLSEXT_ERR_OK;
  }

  // SSL_CTX_set_tlsext_servername_callback and -arg, without the casts of their macros.
  static void Install(TlsContext* context) {
    SSL_CTX_callback_ctrl(context->context_, SSL_CTRL_SET_TLSEXT_SERVERNAME_CB,
                          reinterpret_cast<void (*)()>(&OnServerName));
    SSL_CTX_ctrl(context->context_, SSL_CTRL_SET_TLSEXT_SERVERNAME_ARG, 0, context);
  }
};

Result<std::shared_ptr<const TlsContext>> TlsContext::ForServer(
    const std::string& certificate_chain_pem, const std::string& private_key_pem,
    std::shared_ptr<const TicketKeys> ticket_keys) {
  return ForServer({{certificate_chain_pem, private_key_pem}}, std::move(ticket_keys));
}

Result<std::shared_ptr<const TlsContext>> TlsContext::ForServer(
    const std::vector<ServerCertificate>& certificates,
    std::shared_ptr<const TicketKeys> ticket_keys) {
  MESH_CHECK(!certificates.empty());
  std::shared_ptr<TlsContext> result(
      new TlsContext(Role::kServer, NewContext(TLS_server_method())));
  result->ticket_keys_ = std::move(ticket_keys);
  for (size_t i = 0; i < certificates.size(); ++i) {
    const Status added = result->AddCertificate(certificates[i]);
    if (added.ok()) continue;
    if (certificates.size() == 1) return added;
    return Status(added.code(), "certificate " + std::to_string(i + 1) + ": " + added.message());
  }
  if (certificates.size() > 1) Callbacks::Install(result.get());
  return std::shared_ptr<const TlsContext>(std::move(result));
}

// The first is that of context_ itself, from which handshakes begin.
Status TlsContext::AddCertificate(const ServerCertificate& certificate) {
  const size_t place = certificates_.size();
  SSL_CTX* const context = place == 0 ? context_ : NewContext(TLS_server_method());
  certificates_.push_back(context);
  MESH_RETURN_IF_ERROR(UseChain(context, certificate.chain));
  MESH_RETURN_IF_ERROR(UseKey(context, certificate.private_key));
  SetUpServer(context, ticket_keys_.get());
  const std::vector<std::string> names = NamesOf(context);
  if (names.empty() && place > 0) {
    return InvalidArgument("it names no host, so that nobody would ever get it");
  }
  for (const std::string& name : names) names_.Add(name, place);
  const int64_t end = EndOfCertificate(context);
  certificate_end_ = place == 0 ? end : std::min(certificate_end_, end);
  return Status();
}

Result<std::shared_ptr<const TlsContext>> TlsContext::ForClient(const std::string& trusted_pem) {
  std::shared_ptr<TlsContext> result(
      new TlsContext(Role::kClient, NewContext(TLS_client_method())));
  SSL_CTX* const context = result->context_;
  result->verifies_ = !trusted_pem.empty();
  if (result->verifies_) MESH_RETURN_IF_ERROR(Trust(context, trusted_pem));
  SSL_CTX_set_verify(context, result->verifies_ ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  MESH_CHECK(SSL_CTX_set_alpn_protos(context, kAlpn.data(), kAlpn.size()) == 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
  SSL_CTX_sess_set_new_cb(context, &Session::OnNew);
  return std::shared_ptr<const TlsContext>(std::move(result));
}

TlsContext::~TlsContext() {
  for (SSL_CTX* const context : certificates_) {
    if (context != context_) SSL_CTX_free(context);
  }
  SSL_CTX_free(context_);
}

}  // namespace mesh::tls
