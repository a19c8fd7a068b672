// The other end of SealedCredentials: a service with keys, which opens what is sealed, has
// a FakeService answer it and seals the answer; and hands with which a test can forget,
// shift, swap and forge.

#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/binding/noise.h"
#include "common/binding/sealed_text.h"
#include "common/binding/wire_envelope.h"
#include "common/client/transport.h"
#include "common/crypto/keys.h"
#include "common/mesh/connection_host.h"
#include "common/mesh/result_code.h"
#include "tests/support/fake_clock.h"
#include "tests/unit/common/client/fake_service.h"

namespace mesh::client {

// The keys of a service and of its host.
struct ServiceKeys {
  crypto::PrivateKey service = crypto::PrivateKey::Generate(crypto::Curve::kEd448);
  crypto::PrivateKey host = crypto::PrivateKey::Generate(crypto::Curve::kEd448);
  crypto::PrivateKey authentication = crypto::PrivateKey::Generate(crypto::Curve::kX448);

  std::string udf() const { return MakeKeyData(service.public_key()).udf; }
  dare::Envelope ProfileService() const;
  dare::Envelope ProfileHost() const;
};

// For one thread.
class SealedService final : public Transport {
 public:
  SealedService(FakeService& answers, const FakeClock& clock);

  Result<HttpReply> Post(std::string_view path, const HttpHeaders& headers, std::string_view body,
                         Deadline deadline) override;

  // A request as it was understood.
  struct Seen {
    binding::Mode mode = binding::Mode::kNull;
    std::string id;
    std::string tag;             // "Upload".
    bool administrator = false;  // Signed, and the signature is right.
    WallMillis time = 0;
  };
  const std::vector<Seen>& seen() const { return seen_; }
  // Their tags and modes: "Hello Null, Status Profile".
  std::string Story() const;
  int hellos() const { return hellos_; }

  ServiceKeys& keys() { return keys_; }
  // What Hello shows; a test may change it.
  struct Shown {
    dare::Envelope profile_service;
    dare::Envelope profile_host;
    dare::Envelope connection_host;
  };
  ConnectionHost Connection() const;
  void set_shown(std::function<void(Shown*)> change) { change_shown_ = std::move(change); }

  void ForgetTickets() { master_keys_.clear(); }
  void set_ahead(WallMillis ahead) { ahead_ = ahead; }
  // After so many requests were answered, the replies to the next ones are lost.
  void LoseReplies(int count) { lose_ = count; }
  // Replies in an exchange that have more octets are answered with 413.
  void set_exchange_reply_max(size_t octets) { exchange_reply_max_ = octets; }
  // Tickets are answered that their account is not the same any more, sealed.
  void set_ended_tickets(bool ended) { ended_tickets_ = ended; }
  void set_tickets(bool given) { tickets_ = given; }
  // Called with each reply before it leaves.
  void set_tamper(std::function<void(HttpReply*)> tamper) { tamper_ = std::move(tamper); }
  // The RequestID that replies say instead of the request's.
  void set_reply_id(std::string id) { reply_id_ = std::move(id); }

 private:
  struct Opened {
    binding::Encoding encoding = binding::Encoding::kJson;
    binding::Mode mode = binding::Mode::kNull;
    std::string text;
    std::string master_key;  // Under a ticket.
    std::string salt;
    std::optional<binding::NoiseResponder> noise;
  };
  WallMillis Now() const { return clock_.WallNow() + ahead_; }
  HttpReply Unsealed(binding::Encoding encoding, const ResultCode& code) const;
  HttpReply Hello();
  const ResultCode* Open(const binding::WireEnvelope& envelope, Opened* opened);
  HttpReply Answer(Opened& opened);
  std::string Message(const Opened& opened, const binding::SealedText& text);
  HttpReply Seal(Opened& opened, std::string_view id, std::string_view message);
  std::string NewTicket(std::string* master_key);

  FakeService& answers_;
  const FakeClock& clock_;
  ServiceKeys keys_;
  std::map<std::string, std::string> master_keys_;  // By ticket.
  std::map<std::string, std::string> kept_;         // Answers by RequestID.
  std::vector<Seen> seen_;
  int hellos_ = 0;
  WallMillis ahead_ = 0;
  int lose_ = 0;
  size_t exchange_reply_max_ = binding::kNoiseMessageBytesMax;
  bool tickets_ = true;
  bool ended_tickets_ = false;
  std::string reply_id_;
  std::function<void(Shown*)> change_shown_;
  std::function<void(HttpReply*)> tamper_;
};

// A Mesh response of the service that carries only a result.
std::string ResultText(const ResultCode& code);
// An envelope that proves nothing.
std::string NullEnvelope(binding::Encoding encoding, std::string_view message);

}  // namespace mesh::client
