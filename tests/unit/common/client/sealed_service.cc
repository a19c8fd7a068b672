#include "tests/unit/common/client/sealed_service.h"

#include <cstdlib>
#include <utility>

#include "common/binding/ticket_seal.h"
#include "common/crypto/random.h"
#include "common/mesh/transaction_codec.h"

namespace mesh::client {
namespace {

using binding::Encoding;
using binding::Mode;

constexpr WallMillis kTicketTime = 3'600'000;

std::string TagOf(std::string_view message) {
  return std::string(message.substr(2, message.find(':') - 3));  // {"Status":...
}

Encoding EncodingIn(const HttpHeaders& headers) {
  for (const auto& [name, value] : headers) {
    if (name == "Content-Type") return binding::EncodingOf(value).value_or(Encoding::kJson);
  }
  return Encoding::kJson;
}

}  // namespace

std::string ResultText(const ResultCode& code) {
  std::string text;
  EncodeResult(nullptr, code, "", {}, &text);
  return text;
}

std::string NullEnvelope(Encoding encoding, std::string_view message) {
  std::string body;
  binding::AppendWireEnvelope(encoding, binding::WriteWireHeader(encoding, {}), message, body);
  return body;
}

dare::Envelope ServiceKeys::ProfileService() const {
  Profile profile;
  profile.kind = ProfileKind::kService;
  profile.key_offline_signature = MakeKeyData(service.public_key());
  return *SignProfile(profile, service);
}

dare::Envelope ServiceKeys::ProfileHost() const {
  Profile profile;
  profile.kind = ProfileKind::kHost;
  profile.key_offline_signature = MakeKeyData(host.public_key());
  profile.key_authentication = MakeKeyData(authentication.public_key());
  return *SignProfile(profile, host);
}

SealedService::SealedService(FakeService& answers, const FakeClock& clock)
    : answers_(answers), clock_(clock) {}

ConnectionHost SealedService::Connection() const {
  return {keys_.udf(), MakeKeyData(keys_.host.public_key()).udf,
          MakeKeyData(keys_.authentication.public_key()), Now() - 1000, Now() + 24 * kTicketTime};
}

std::string SealedService::Story() const {
  std::string story;
  for (const Seen& seen : seen_) {
    if (!story.empty()) story += ", ";
    story += seen.tag + " " + std::string(binding::ModeName(seen.mode));
  }
  return story;
}

Result<HttpReply> SealedService::Post(std::string_view, const HttpHeaders& headers,
                                      std::string_view body, Deadline) {
  Opened opened;
  opened.encoding = EncodingIn(headers);
  const Result<binding::WireEnvelope> envelope = ParseWireEnvelope(opened.encoding, body);
  HttpReply reply;
  if (!envelope.ok()) {
    reply = Unsealed(opened.encoding, kMalformed);
  } else if (envelope->header.mode == Mode::kNull) {
    reply = Hello();
  } else if (const ResultCode* const refused = Open(*envelope, &opened)) {
    seen_.push_back({envelope->header.mode, "", std::string(refused->description), false});
    reply = Unsealed(opened.encoding, *refused);
  } else {
    reply = Answer(opened);
    if (lose_ > 0 && lose_-- > 0) return Status(Code::kDeadlineExceeded, "no answer");
  }
  if (tamper_) tamper_(&reply);
  return reply;
}

HttpReply SealedService::Unsealed(Encoding encoding, const ResultCode& code) const {
  return {code.status, NullEnvelope(encoding, ResultText(code))};
}

HttpReply SealedService::Hello() {
  ++hellos_;
  seen_.push_back({Mode::kNull, "", "Hello", false, 0});
  Shown shown{keys_.ProfileService(), keys_.ProfileHost(),
              *SignConnectionHost(Connection(), keys_.service)};
  if (change_shown_) change_shown_(&shown);
  HelloResponse hello;
  hello.encodings = {"application/json", "application/json-b"};
  hello.enveloped_profile_service = dare::EnvelopeText(shown.profile_service);
  hello.enveloped_profile_host = dare::EnvelopeText(shown.profile_host);
  hello.enveloped_connection_host = dare::EnvelopeText(shown.connection_host);
  std::string message;
  EncodeHello(hello, true, &message);
  return {200, NullEnvelope(Encoding::kJson, message)};
}

// Null when it opened.
const ResultCode* SealedService::Open(const binding::WireEnvelope& envelope, Opened* opened) {
  opened->mode = envelope.header.mode;
  const std::string bound =
      binding::BindingOctets(opened->mode, keys_.udf(), opened->encoding, envelope.header_octets);
  Result<std::string> text = Status(Code::kUnauthenticated, "not opened");
  if (opened->mode == Mode::kTicket) {
    const auto it = master_keys_.find(envelope.header.ticket);
    if (it == master_keys_.end()) return &kTicketUnknown;
    opened->master_key = it->second;
    opened->salt = envelope.header.salt;
    text = binding::OpenRequest(opened->master_key, opened->salt, bound, envelope.payload);
  } else {
    const KeyData own = MakeKeyData(keys_.authentication.public_key());
    if (envelope.header.host_key != own.udf) return &kHostKeyUnknown;
    opened->noise.emplace(bound, keys_.authentication);
    text = opened->noise->ReadFirst(envelope.payload);
  }
  if (!text.ok()) return &kUnauthenticatedCaller;
  opened->text = *std::move(text);
  return nullptr;
}

HttpReply SealedService::Answer(Opened& opened) {
  const binding::SealedText text = *binding::ParseSealedText(opened.text);
  std::string message = Message(opened, text);
  if (opened.mode != Mode::kTicket && message.size() > exchange_reply_max_) {
    message = ResultText(kRequestSize);
  }
  return Seal(opened, reply_id_.empty() ? text.request_id : reply_id_, message);
}

std::string SealedService::Message(const Opened& opened, const binding::SealedText& text) {
  Seen seen{opened.mode, std::string(text.request_id), TagOf(text.message), false, text.time};
  const binding::RequestExtra extra = *binding::ParseRequestExtra(opened.encoding, text.extra);
  if (extra.administrator) {
    seen.administrator =
        binding::VerifyAdministrator(*extra.administrator, keys_.udf(), "alice@example.com", text)
            .ok();
  }
  seen_.push_back(seen);
  if (std::abs(text.time - Now()) > binding::kTimeWindow) return ResultText(kWrongTime);
  if (ended_tickets_ && opened.mode == Mode::kTicket) return ResultText(kTicketExpired);
  const auto [kept, fresh] = kept_.try_emplace(seen.id);
  const HttpHeaders headers = {{"Content-Type", std::string(binding::MediaType(opened.encoding))}};
  if (fresh) kept->second = answers_.Post("", headers, text.message, Deadline())->body;
  return kept->second;
}

std::string SealedService::NewTicket(std::string* master_key) {
  const std::string ticket = crypto::RandomBytes(100);
  *master_key = crypto::RandomBytes(binding::kMasterKeyBytes);
  master_keys_[ticket] = *master_key;
  return ticket;
}

HttpReply SealedService::Seal(Opened& opened, std::string_view id, std::string_view message) {
  binding::WireHeader header;
  header.mode = opened.mode;
  if (opened.mode == Mode::kTicket) header.salt = crypto::RandomBytes(binding::kSaltBytes);
  const std::string header_octets = binding::WriteWireHeader(opened.encoding, header);
  std::string extra;
  if (opened.mode != Mode::kTicket && tickets_) {
    binding::ReplyExtra given;
    given.ticket = NewTicket(&given.master_key);
    given.not_on_or_after = Now() + kTicketTime;
    extra = binding::WriteReplyExtra(opened.encoding, given);
  }
  std::string octets;
  binding::AppendSealedText({id, Now(), extra, message}, octets);
  std::string payload;
  if (opened.noise) {
    payload = *opened.noise->WriteSecond(octets, crypto::SystemRandom());
  } else {
    const std::string bound =
        binding::BindingOctets(opened.mode, keys_.udf(), opened.encoding, header_octets);
    payload = binding::SealReply(opened.master_key, opened.salt, header.salt, bound, octets);
  }
  HttpReply reply{200, ""};
  binding::AppendWireEnvelope(opened.encoding, header_octets, payload, reply.body);
  return reply;
}

}  // namespace mesh::client
