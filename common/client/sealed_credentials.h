// SealedCredentials make requests as docs/AUTHENTICATION.md has them: sealed under a ticket
// when there is one, else in an exchange, after a Hello when the host's key is not known.
// It sends nothing itself: ServiceClient asks it what comes next until there is an answer.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/binding/sealed_text.h"
#include "common/binding/wire_envelope.h"
#include "common/client/account.h"
#include "common/client/cached_session.h"
#include "common/client/credentials.h"
#include "common/client/device.h"
#include "common/client/known_service.h"
#include "common/client/sealed_request.h"
#include "common/crypto/keys.h"
#include "common/crypto/random.h"

namespace mesh::client {

// Who asks, and how it proves that. Move-only.
struct Caller {
  binding::Mode mode = binding::Mode::kNull;
  std::string account;                    // Canonical; empty: none yet.
  std::optional<crypto::PrivateKey> key;  // Of exchanges.
  binding::RequestExtra extra;            // Shown in exchanges.
  std::optional<crypto::PrivateKey> administrator;
};

// May ask Hello.
Caller Nobody();
// The device itself, in no account yet: mode Device.
Caller DeviceCaller(const Device& device);
// The device in the account: mode Profile.
Result<Caller> AccountCaller(const Device& device, const Account& account);

// For one thread at a time.
class SealedCredentials final : public Credentials {
 public:
  // `service` and `session` are what is known and what is learned; they, clock and random
  // source outlive this.
  SealedCredentials(Caller caller, binding::Encoding encoding, KnownService& service,
                    CachedSession& session, const Clock& clock, crypto::RandomSource& random);

  binding::Encoding encoding() const override { return encoding_; }
  bool repeatable() const override { return true; }

  // kUnauthenticated when nobody asks for more than Hello.
  Result<WireRequest> Next(const Request& request) override;
  // kDataLoss also for a success that is not sealed, and for another service than the one known.
  Result<Answer> Take(HttpReply reply) override;

  // Exchanges and requests under a ticket that were answered.
  int64_t exchanges() const { return exchanges_; }
  int64_t ticketed() const { return ticketed_; }

 private:
  // What was sent last.
  enum class Step {
    kHello,     // The caller's own Hello.
    kKeys,      // A Hello that only asks for the host's key.
    kOpening,   // An exchange that only asks for a ticket: the request is too large for one.
    kExchange,  // The request in an exchange.
    kTicket,    // The request under a ticket.
  };

  WallMillis Now() const { return clock_.WallNow() + session_.clock_offset; }
  void Begin(const Request& request);
  Result<WireRequest> NextHello(Step step);
  Result<WireRequest> NextExchange(const Request& request);
  Status Exchange(const Request& request, WallMillis time);
  Result<WireRequest> Send(Step step, std::string_view tag);
  Result<WireRequest> NextUnderTicket(const Request& request);
  std::string Extra(const Request& request, const binding::SealedText& text,
                    binding::RequestExtra extra) const;
  Result<Answer> TakeHello(HttpReply reply);
  Result<Answer> TakeUnsealed(std::string_view message, int http_status);
  Result<Answer> TakeSealed(OpenedReply reply);
  Result<Answer> TakeOpening(Outcome outcome);
  Result<Answer> TakeWrongTime(WallMillis time);
  bool Recovers(const Outcome& outcome);
  bool HasTicket() const { return session_.Good(service_.udf, clock_.WallNow()); }
  void KeepTicket(binding::ReplyExtra extra);

  const Caller caller_;
  const binding::Encoding encoding_;
  KnownService& service_;
  CachedSession& session_;
  const Clock& clock_;
  crypto::RandomSource& random_;

  // Of the request that is under way. A repeat has the time of the first attempt: with
  // another it could come when the service has forgotten that it has served it.
  std::string request_id_;
  WallMillis time_ = 0;
  bool unanswered_ = false;  // An attempt got no answer, so it may have been served.
  Step step_ = Step::kHello;
  std::optional<SealedRequest> sent_;
  // Recoveries that this request has used: each is for once.
  bool ticket_renewed_ = false;
  bool key_renewed_ = false;
  bool clock_set_ = false;
  int64_t exchanges_ = 0;
  int64_t ticketed_ = 0;
};

}  // namespace mesh::client
