#include "frontend/service/exchange.h"

#include <optional>
#include <string>
#include <utility>

#include "common/base/bytes.h"
#include "common/base/check.h"
#include "common/binding/noise.h"
#include "frontend/service/caller_check.h"
#include "frontend/service/ticket.h"
#include "proto/ticket.pb.h"

namespace mesh::frontend {
namespace {

using binding::Mode;

// Octets of a reply's extra: a ticket with its longest names in base64url, and its key.
constexpr size_t kTicketExtraBytesMax = 2048;
constexpr size_t kReplyBytesMax = binding::kNoiseMessageBytesMax - binding::kNoiseSecondOverhead -
                                  binding::kSealedHeadBytes - kTicketExtraBytesMax;

// What an exchange has found out so far.
struct Handshake {
  std::shared_ptr<const ServiceKeys> keys;
  std::unique_ptr<binding::NoiseResponder> noise;
  std::string text;
  binding::RequestExtra extra;
  proto::Caller caller;
  std::string peer_service_udf;  // Mode Service: whose service the sender says it is.
};

class ExchangeRequest final : public SealedRequest {
 public:
  ExchangeRequest(EnvelopeContext& context, Mode mode, binding::Encoding encoding,
                  Handshake handshake)
      : SealedRequest(context, mode, encoding, std::move(handshake.keys),
                      std::move(handshake.text)),
        noise_(std::move(handshake.noise)),
        caller_(std::move(handshake.caller)) {
    SetAdministrator(std::move(handshake.extra.administrator));
  }

  size_t reply_bytes_max() const override { return kReplyBytesMax; }

  http::Response Seal(int status, std::string* message, uint64_t incarnation) override {
    std::string extra = Accepted(incarnation) ? GiveTicket(incarnation) : std::string();
    std::string text = ReplyText(extra, std::move(*message));
    const Result<std::string> second = noise_->WriteSecond(text, context_.random);
    Wipe(extra);
    Wipe(text);
    // The lengths fit, and the key has agreed to something already.
    MESH_CHECK(second.ok());
    binding::WireHeader header;
    header.mode = mode_;
    return Respond(status, binding::WriteWireHeader(encoding_, header), *second);
  }

 private:
  void FillCaller(proto::Caller* caller) const override { *caller = caller_; }
  proto::Caller::Mode caller_mode() const override { return caller_.mode(); }

  // Who may not do this is believed all the same. Whether a member of an account is one, its
  // owner says.
  bool Accepted(uint64_t incarnation) const {
    if (distrust_ && *distrust_ != Distrust::kMode) return false;
    return mode_ != Mode::kProfile || incarnation != 0;
  }

  std::string GiveTicket(uint64_t incarnation) const {
    binding::ReplyExtra extra;
    extra.not_on_or_after =
        context_.clock.WallNow() + static_cast<WallMillis>(context_.options.ticket_seconds) * 1000;
    extra.master_key = crypto::RandomBytes(binding::kMasterKeyBytes, context_.random);
    proto::Ticket ticket;
    ticket.set_mode(caller_.mode());
    ticket.set_account(caller_.account());
    ticket.set_incarnation(incarnation);
    ticket.set_device_udf(caller_.device_udf());
    ticket.set_profile_device_udf(caller_.profile_device_udf());
    ticket.set_domain(caller_.domain());
    ticket.set_connection_digest(caller_.connection_digest());
    ticket.set_expires(extra.not_on_or_after);
    ticket.set_master_key(extra.master_key);
    extra.ticket = SealTicket(*context_.keyring.current(), service_udf(), ticket, context_.random);
    std::string octets = binding::WriteReplyExtra(encoding_, extra);
    Wipe(extra.master_key);
    Wipe(*ticket.mutable_master_key());
    return octets;
  }

  const std::unique_ptr<binding::NoiseResponder> noise_;
  const proto::Caller caller_;
};

EnvelopeFault HandshakeFault(const Status& status) {
  switch (status.code()) {
    case Code::kResourceExhausted:
      return {Distrust::kSize, kRequestSize, status.message()};
    case Code::kInvalidArgument:
      return {Distrust::kKey, kUnauthenticatedCaller, status.message()};
    default:
      return {Distrust::kHandshake, kUnauthenticatedCaller, status.message()};
  }
}

EnvelopeFault TooMany(const Status& refusal) { return {std::nullopt, kBusy, refusal.message()}; }

// Finds the initiator's static key in message 1, within the loop's allowance for trying.
std::optional<EnvelopeFault> ReadKey(const crypto::PrivateKey& host_key, binding::Encoding encoding,
                                     const binding::WireEnvelope& envelope,
                                     EnvelopeContext& context, Handshake* handshake) {
  const Status likely = binding::NoiseResponder::CheckFirst(envelope.payload);
  if (!likely.ok()) return HandshakeFault(likely);
  const Status allowed = context.admission.CheckOpening(context.clock.Now());
  if (!allowed.ok()) return TooMany(allowed);
  handshake->noise = std::make_unique<binding::NoiseResponder>(
      binding::BindingOctets(envelope.header.mode, handshake->keys->service_udf, encoding,
                             envelope.header_octets),
      host_key);
  const Status read = handshake->noise->ReadKey(envelope.payload);
  if (!read.ok()) return HandshakeFault(read);
  return std::nullopt;
}

// Reads the rest, within that for exchanges.
std::optional<EnvelopeFault> ReadPayload(binding::Encoding encoding,
                                         const binding::WireEnvelope& envelope,
                                         EnvelopeContext& context, Handshake* handshake) {
  const Status allowed = context.admission.CheckExchange(context.clock.Now());
  if (!allowed.ok()) return TooMany(allowed);
  Result<std::string> text = handshake->noise->ReadPayload(envelope.payload);
  if (!text.ok()) return HandshakeFault(text.status());
  handshake->text = *std::move(text);
  const Result<binding::SealedText> parsed = binding::ParseSealedText(handshake->text);
  if (!parsed.ok())
    return EnvelopeFault{Distrust::kEnvelope, kMalformed, parsed.status().message()};
  Result<binding::RequestExtra> extra = binding::ParseRequestExtra(encoding, parsed->extra);
  if (!extra.ok()) return EnvelopeFault{Distrust::kEnvelope, kMalformed, extra.status().message()};
  handshake->extra = *std::move(extra);
  return std::nullopt;
}

// Whether what is presented makes the initiator's key the caller's.
std::optional<EnvelopeFault> CheckCaller(Mode mode, const EnvelopeContext& context,
                                         Handshake* handshake) {
  const binding::RequestExtra& extra = handshake->extra;
  const std::string& key = handshake->noise->initiator();
  proto::Caller* caller = &handshake->caller;
  std::optional<CallerFault> fault;
  if (mode == Mode::kDevice) fault = CheckDevice(extra, key, context.assertions, caller);
  if (mode == Mode::kProfile) fault = CheckProfile(extra, key, context.assertions, caller);
  if (mode == Mode::kService) {
    fault = CheckService(extra, key, context.clock.WallNow(), caller, &handshake->peer_service_udf);
  }
  if (!fault) return std::nullopt;
  return EnvelopeFault{fault->reason, kUnauthenticatedCaller, std::move(fault->detail)};
}

// Whether nothing was learnt of the domain: the same request may be believed later.
bool CannotBeAskedNow(Code code) {
  return code == Code::kUnavailable || code == Code::kDeadlineExceeded ||
         code == Code::kResourceExhausted;
}

EnvelopeFault DomainFault(const Result<std::string>& shown) {
  if (shown.ok()) {
    return {Distrust::kDomain, kUnauthenticatedCaller, "Domain: it shows another service"};
  }
  std::string why = "Domain: " + shown.status().message();
  if (CannotBeAskedNow(shown.status().code())) return {std::nullopt, kBusy, std::move(why)};
  return {Distrust::kDomain, kUnauthenticatedCaller, std::move(why)};
}

}  // namespace

struct ExchangeOpener::State : Handshake {};

void ExchangeOpener::Open(binding::Encoding encoding, const binding::WireEnvelope& envelope,
                          Deadline deadline, const RequestForm::Then& then) {
  const Mode mode = envelope.header.mode;
  const auto handshake = std::make_shared<State>();
  std::optional<EnvelopeFault> fault = Begin(encoding, envelope, *handshake);
  if (!fault) fault = CheckCaller(mode, context_, handshake.get());
  if (fault) return then(MakeRefusedRequest(context_, mode, encoding, *std::move(fault)));
  const auto finish = [this, mode, encoding, handshake, then] {
    then(std::make_unique<ExchangeRequest>(context_, mode, encoding, std::move(*handshake)));
  };
  if (mode != Mode::kService) return finish();
  peers_->Resolve(handshake->extra.domain, deadline,
                  [this, mode, encoding, handshake, then, finish](Result<std::string> shown) {
                    if (shown.ok() && *shown == handshake->peer_service_udf) return finish();
                    then(MakeRefusedRequest(context_, mode, encoding, DomainFault(shown)));
                  });
}

// The cheap checks come first, and each key agreement only within an allowance of the loop's.
std::optional<EnvelopeFault> ExchangeOpener::Begin(binding::Encoding encoding,
                                                   const binding::WireEnvelope& envelope,
                                                   State& handshake) {
  if (envelope.header.mode == Mode::kService && peers_ == nullptr) {
    return EnvelopeFault{Distrust::kMode, kUnauthenticatedCaller,
                         "this service does not ask other domains who they are"};
  }
  handshake.keys = keys_.current();
  const crypto::PrivateKey* key = handshake.keys->FindHostKey(envelope.header.host_key);
  if (key == nullptr) {
    return EnvelopeFault{Distrust::kHostKey, kHostKeyUnknown,
                         "kid: not the key of a host of this service; ask Hello"};
  }
  std::optional<EnvelopeFault> fault = ReadKey(*key, encoding, envelope, context_, &handshake);
  return fault ? fault : ReadPayload(encoding, envelope, context_, &handshake);
}

}  // namespace mesh::frontend
