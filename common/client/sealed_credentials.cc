#include "common/client/sealed_credentials.h"

#include <utility>

#include "common/base/bytes.h"
#include "common/crypto/signature.h"
#include "common/mesh/result_code.h"

namespace mesh::client {
namespace {

using binding::Encoding;
using binding::Mode;

// Whether the service gave its answer that name: "MeshTicketUnknown: why".
bool Named(const Outcome& outcome, const ResultCode& code) {
  const std::string_view text = outcome.description;
  const std::string_view name = code.description;
  return outcome.status == code.status && text.substr(0, name.size()) == name &&
         (text.size() == name.size() || text[name.size()] == ':');
}

Answer Again() {
  Answer answer;
  answer.kind = Answer::Kind::kAgain;
  return answer;
}

Answer Refusal(Outcome outcome) {
  Answer answer;
  answer.kind = Answer::Kind::kRefusal;
  answer.refusal = std::move(outcome);
  return answer;
}

Status NotSealed() {
  return Status(Code::kDataLoss,
                "a success that is not sealed came back: it is not from the service, and was not "
                "believed");
}

}  // namespace

Caller Nobody() { return {}; }

Caller DeviceCaller(const Device& device) {
  Caller caller;
  caller.mode = Mode::kDevice;
  caller.key = device.authentication.Clone();
  caller.extra.profile_device = device.envelope;
  return caller;
}

Result<Caller> AccountCaller(const Device& device, const Account& account) {
  MESH_ASSIGN(ConnectionKeys keys, ActivatePrivate(device, account.activation));
  Caller caller;
  caller.mode = Mode::kProfile;
  caller.account = account.address;
  caller.key = std::move(keys.authentication);
  caller.extra.account = account.address;
  caller.extra.profile_account = account.profile_account;
  caller.extra.connection_account = account.connection;
  if (account.keys) caller.administrator = account.keys->online.Clone();
  return caller;
}

SealedCredentials::SealedCredentials(Caller caller, Encoding encoding, KnownService& service,
                                     CachedSession& session, const Clock& clock,
                                     crypto::RandomSource& random)
    : caller_(std::move(caller)),
      encoding_(encoding),
      service_(service),
      session_(session),
      clock_(clock),
      random_(random) {}

// --- Sending -----------------------------------------------------------------------

Result<WireRequest> SealedCredentials::Next(const Request& request) {
  if (request.id != request_id_) Begin(request);
  unanswered_ = unanswered_ || (sent_ && step_ != Step::kOpening);
  if (request.hello) return NextHello(Step::kHello);
  if (caller_.mode == Mode::kNull) {
    return Status(Code::kUnauthenticated, "nobody may ask for " + std::string(request.tag));
  }
  if (HasTicket()) return NextUnderTicket(request);
  if (!service_.host || Now() >= service_.host->not_on_or_after) return NextHello(Step::kKeys);
  return NextExchange(request);
}

void SealedCredentials::Begin(const Request& request) {
  request_id_ = request.id;
  time_ = Now();
  sent_.reset();
  unanswered_ = ticket_renewed_ = key_renewed_ = clock_set_ = false;
}

// In JSON always: who asks it does not know yet what the service can read.
Result<WireRequest> SealedCredentials::NextHello(Step step) {
  step_ = step;
  WireRequest wire;
  wire.headers = {{"Content-Type", std::string(binding::MediaType(Encoding::kJson))}};
  binding::AppendWireEnvelope(Encoding::kJson, binding::WriteWireHeader(Encoding::kJson, {}),
                              EncodeHello(), wire.body);
  wire.what = step == Step::kHello ? "Hello" : "Hello for the service's keys";
  return wire;
}

Result<WireRequest> SealedCredentials::NextUnderTicket(const Request& request) {
  binding::SealedText text{request.id, time_, {}, request.message};
  const std::string extra = Extra(request, text, {});
  text.extra = extra;
  sent_ = SealedRequest::UnderTicket(encoding_, session_, text, random_);
  return Send(Step::kTicket, request.tag);
}

// The request itself if it fits into an exchange; else something small that the caller may ask,
// which brings a ticket.
Result<WireRequest> SealedCredentials::NextExchange(const Request& request) {
  Status status = Exchange(request, time_);
  if (status.ok()) return Send(Step::kExchange, request.tag);
  if (status.code() != Code::kResourceExhausted) return status;
  const bool service = caller_.mode == Mode::kService;
  Request opening;
  opening.tag = service ? "Hello" : "Status";
  opening.message = service ? EncodeHello() : EncodeStatus({});
  opening.id = crypto::RandomBytes(binding::kRequestIdBytes, random_);
  opening.administrator = request.administrator;
  MESH_RETURN_IF_ERROR(Exchange(opening, Now()));
  return Send(Step::kOpening, opening.tag);
}

// kResourceExhausted when the request is too large for an exchange.
Status SealedCredentials::Exchange(const Request& request, WallMillis time) {
  binding::SealedText text{request.id, time, {}, request.message};
  const std::string extra = Extra(request, text, caller_.extra);
  text.extra = extra;
  MESH_ASSIGN(sent_, SealedRequest::InExchange(encoding_, caller_.mode, service_.udf,
                                               *service_.host, *caller_.key, text, random_));
  return {};
}

Result<WireRequest> SealedCredentials::Send(Step step, std::string_view tag) {
  step_ = step;
  WireRequest wire;
  wire.headers = {{"Content-Type", std::string(binding::MediaType(encoding_))}};
  wire.body = sent_->body();
  wire.what = std::string(tag) + (step == Step::kTicket ? " under a ticket" : " in an exchange");
  return wire;
}

// `extra` and, where it is needed, the administrator's signature.
std::string SealedCredentials::Extra(const Request& request, const binding::SealedText& text,
                                     binding::RequestExtra extra) const {
  if (request.administrator && caller_.administrator) {
    const Result<std::string> signature = crypto::Sign(
        *caller_.administrator, binding::AdministratorDigest(service_.udf, caller_.account, text));
    MESH_CHECK(signature.ok());  // The key can sign.
    extra.administrator = {caller_.administrator->public_key(), *signature};
  }
  return binding::WriteRequestExtra(encoding_, extra);
}

// --- Receiving ---------------------------------------------------------------------

Result<Answer> SealedCredentials::Take(HttpReply reply) {
  if (step_ == Step::kHello || step_ == Step::kKeys) return TakeHello(std::move(reply));
  MESH_CHECK(sent_.has_value());
  SealedRequest sent = *std::move(sent_);
  sent_.reset();
  Result<OpenedReply> opened = sent.Open(reply.body);
  if (!opened.ok() && opened.status().code() != Code::kInvalidArgument) return opened.status();
  if (!opened.ok()) return TakeUnsealed(reply.body, reply.status);
  if (!opened->sealed) return TakeUnsealed(opened->message, reply.status);
  return TakeSealed(*std::move(opened));
}

// What a Hello shows proves itself by its signatures.
Result<Answer> SealedCredentials::TakeHello(HttpReply reply) {
  Answer answer;
  const Result<binding::WireEnvelope> envelope =
      binding::ParseWireEnvelope(Encoding::kJson, reply.body);
  HelloReply hello;
  const std::string& message = envelope.ok() ? envelope->payload : reply.body;
  const Result<Outcome> outcome = DecodeHello(message, &hello);
  if (!outcome.ok() && reply.status >= 400) return Refusal(OutcomeOfHttp(reply.status));
  if (!outcome.ok()) return outcome.status();
  if (!outcome->success()) return Refusal(*outcome);
  MESH_RETURN_IF_ERROR(LearnService(hello, Now(), &service_));
  if (step_ == Step::kKeys) return Again();
  answer.message = message;
  answer.proven = true;
  return answer;
}

// Believed only as a reason to begin anew, or as a refusal.
Result<Answer> SealedCredentials::TakeUnsealed(std::string_view message, int http_status) {
  const Result<Outcome> outcome = DecodeOutcome(message, binding::WriterForm(encoding_));
  if (!outcome.ok() && http_status >= 400) return Refusal(OutcomeOfHttp(http_status));
  if (!outcome.ok() || outcome->success()) return NotSealed();
  return Recovers(*outcome) ? Again() : Refusal(*outcome);
}

// Whether a new beginning can help, which is then prepared.
bool SealedCredentials::Recovers(const Outcome& outcome) {
  if (step_ == Step::kTicket) {
    const bool stale = Named(outcome, kTicketUnknown) || Named(outcome, kTicketExpired) ||
                       Named(outcome, kUnauthenticatedCaller);
    if (!stale || ticket_renewed_) return false;
    session_.Drop();
    return ticket_renewed_ = true;
  }
  if (!Named(outcome, kHostKeyUnknown) || key_renewed_) return false;
  service_.host.reset();
  return key_renewed_ = true;
}

Result<Answer> SealedCredentials::TakeSealed(OpenedReply reply) {
  ++(step_ == Step::kTicket ? ticketed_ : exchanges_);
  KeepTicket(std::move(reply.extra));
  MESH_ASSIGN(Outcome outcome, DecodeOutcome(reply.message, binding::WriterForm(encoding_)));
  if (!outcome.success() && Recovers(outcome)) return Again();
  if (Named(outcome, kWrongTime) && (unanswered_ || !clock_set_)) return TakeWrongTime(reply.time);
  if (step_ == Step::kOpening) return TakeOpening(std::move(outcome));
  // The reply was too large for an exchange, but perhaps not for a ticket.
  if (step_ == Step::kExchange && Named(outcome, kRequestSize) && HasTicket()) return Again();
  Answer answer;
  answer.message = std::move(reply.message);
  answer.proven = true;
  return answer;
}

// All attempts were answered so: none was served, and another time is no risk.
Result<Answer> SealedCredentials::TakeWrongTime(WallMillis time) {
  session_.clock_offset = time - clock_.WallNow();
  clock_set_ = true;
  if (unanswered_) {
    return Status(Code::kDeadlineExceeded,
                  "the answer was lost, and it is too late to ask again: whether it was done must "
                  "be looked for");
  }
  time_ = Now();
  return Again();
}

Result<Answer> SealedCredentials::TakeOpening(Outcome outcome) {
  if (HasTicket()) return Again();
  if (outcome.success()) {
    return Status(Code::kUnauthenticated,
                  "the service gave no ticket, and the request is too large to go without");
  }
  Answer answer = Refusal(std::move(outcome));
  answer.proven = true;
  return answer;
}

void SealedCredentials::KeepTicket(binding::ReplyExtra extra) {
  if (extra.ticket.empty()) return;
  session_.service_udf = service_.udf;
  session_.ticket = std::move(extra.ticket);
  session_.master_key = std::move(extra.master_key);
  session_.not_on_or_after = extra.not_on_or_after;
}

}  // namespace mesh::client
