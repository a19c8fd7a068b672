// SealedRequest is one request on its way: sealed under a ticket or in an exchange, with
// what opens its reply (docs/AUTHENTICATION.md, "Exchange", "Tickets").

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/binding/noise.h"
#include "common/binding/sealed_text.h"
#include "common/binding/wire_envelope.h"
#include "common/client/cached_session.h"
#include "common/client/known_service.h"
#include "common/crypto/keys.h"
#include "common/crypto/random.h"

namespace mesh::client {

// A reply that was opened.
struct OpenedReply {
  bool sealed = false;  // Else anybody may have written `message`, and there is no more.
  std::string message;
  WallMillis time = 0;  // The service's.
  binding::ReplyExtra extra;
};

// Octets that one request of an exchange can have besides what is sealed.
inline constexpr size_t kExchangeTextBytesMax =
    binding::kNoiseMessageBytesMax - binding::kNoiseFirstOverhead;

// Move-only; for one thread.
class SealedRequest {
 public:
  // Costs one HKDF and one AEAD.
  static SealedRequest UnderTicket(binding::Encoding encoding, const CachedSession& session,
                                   const binding::SealedText& text, crypto::RandomSource& random);

  // Mode kDevice, kProfile or kService, with the caller's `key`, which outlives this. `host` is
  // of the service called `service_udf`. kInvalidArgument when its key is not usable,
  // kResourceExhausted when `text` is longer than kExchangeTextBytesMax. Costs three agreements,
  // and two more to open the reply.
  static Result<SealedRequest> InExchange(binding::Encoding encoding, binding::Mode mode,
                                          std::string_view service_udf, const HostKey& host,
                                          const crypto::PrivateKey& key,
                                          const binding::SealedText& text,
                                          crypto::RandomSource& random);

  SealedRequest(SealedRequest&&) noexcept = default;
  SealedRequest& operator=(SealedRequest&&) noexcept = default;
  ~SealedRequest();

  // The body of the HTTP request.
  const std::string& body() const { return body_; }

  // What came back. kInvalidArgument when it is not an envelope; kDataLoss when it does not
  // open or answers another request.
  Result<OpenedReply> Open(std::string_view body);

 private:
  SealedRequest(binding::Encoding encoding, binding::Mode mode, std::string_view service_udf,
                std::string_view request_id);
  Result<std::string> OpenPayload(const binding::WireEnvelope& envelope);

  binding::Encoding encoding_;
  binding::Mode mode_;
  std::string service_udf_;
  std::string request_id_;
  std::string body_;
  std::string master_key_;  // Under a ticket.
  std::string salt_;
  std::unique_ptr<binding::NoiseInitiator> noise_;  // In an exchange.
};

}  // namespace mesh::client
