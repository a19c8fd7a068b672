#include "frontend/peers/peer_sessions.h"

#include <algorithm>
#include <optional>

#include "common/binding/sealed_text.h"
#include "common/client/codec.h"
#include "frontend/peers/peer_limits.h"

namespace mesh::frontend {
namespace {

// What every service reads.
constexpr binding::Encoding kEncoding = binding::Encoding::kJson;

Status Late() {
  return Status(Code::kDeadlineExceeded, "no answer from the other service in time");
}

std::string NameOf(const std::string& domain) {
  std::string name(discovery::kServiceName);
  return name.append(".").append(domain);
}

// What we keep ourselves, and have written ourselves.
dare::Envelope Own(const std::string& text) {
  const Result<dare::Envelope> envelope = dare::ParseEnvelope(text);
  MESH_CHECK(envelope.ok());
  return *envelope;
}

// A refusal that anybody between could have written: it says that there is no answer.
Status NoAnswer(const client::Outcome& refusal) {
  return Status(Code::kUnavailable, "the other service takes no calls: " +
                                        std::to_string(refusal.status) + " " + refusal.description);
}

Result<PeerAnswer> AnswerOf(const client::Answer& answer) {
  if (answer.kind == client::Answer::Kind::kRefusal) {
    if (!answer.proven) return NoAnswer(answer.refusal);
    return PeerAnswer{answer.refusal.status, answer.refusal.description, {}};
  }
  MESH_ASSIGN(const client::Outcome outcome, client::DecodeOutcome(answer.message));
  return PeerAnswer{outcome.status, outcome.description, answer.message};
}

}  // namespace

// One call, from Call to its answer.
struct PeerSessions::Errand {
  Errand(uint64_t its_number, PeerCall its_call, PeerCalls::Then its_then)
      : number(its_number), call(std::move(its_call)), then(std::move(its_then)) {}

  const uint64_t number;
  const PeerCall call;
  const PeerCalls::Then then;
  client::Request request;
  bool answered = false;
  std::shared_ptr<const PeerService> service;
  Session* session = nullptr;
  std::optional<client::SealedCredentials> credentials;
  bool opens = false;  // It is the one that `session->opening` speaks of.
  size_t failed = 0;   // Hosts.
  int steps = 0;
};

PeerSessions::PeerSessions(Environment environment)
    : environment_(std::move(environment)), keys_(environment_.keys) {}

PeerSessions::~PeerSessions() {
  for (const auto& [number, errand] : errands_) {
    errand->answered = true;
    errand->then(Status(Code::kUnavailable, "this program is ending"));
  }
}

// --- Beginning ---------------------------------------------------------------------

void PeerSessions::Call(PeerCall call, PeerCalls::Then then) {
  if (errands_.size() >= kPeerCallsMax) {
    environment_.metrics.Called(Code::kResourceExhausted);
    return then(Status(Code::kResourceExhausted, "too many calls to other services at a time"));
  }
  const auto errand = std::make_shared<Errand>(++last_errand_, std::move(call), std::move(then));
  errand->request.tag = errand->call.tag;
  errand->request.message = errand->call.message;
  errand->request.id = crypto::RandomBytes(binding::kRequestIdBytes, environment_.random);
  errands_.emplace(errand->number, errand);
  environment_.metrics.SetUnderWay(errands_.size());
  environment_.find(errand->call.to, errand->call.deadline,
                    [this, errand](const PeerResult& found) { TakeService(errand, found); });
}

void PeerSessions::TakeService(const ErrandPtr& errand, const PeerResult& found) {
  if (errand->answered) return;
  if (!found.ok()) return Finish(errand, found.status());
  errand->service = *found;
  Session& session = SessionOf(errand->call, **found);
  ++session.calls;
  session.used = environment_.clock.Now();
  errand->session = &session;
  errand->credentials.emplace(Ourselves(errand->call.from), kEncoding, session.service,
                              session.ticket, environment_.clock, environment_.random);
  Begin(errand);
}

// The session, knowing what the service has shown last.
PeerSessions::Session& PeerSessions::SessionOf(const PeerCall& call, const PeerService& service) {
  const SessionName name(call.from, call.to);
  if (!sessions_.contains(name)) MakeRoom();
  Session& session = sessions_[name];
  if (session.service.udf != service.udf()) {
    session.service = client::KnownService();
    session.service.udf = service.udf();
    session.service.origin = client::KnownService::Origin::kStored;
    session.ticket.Drop();
  }
  const auto& host = session.service.host;
  if (!host || environment_.clock.WallNow() >= host->not_on_or_after) {
    const ConnectionHost& shown = service.connection;
    session.service.host =
        client::HostKey{shown.host_udf, shown.key_authentication, shown.not_on_or_after};
  }
  return session;
}

// Forgets the session that nobody has used for longest. There are more sessions than calls.
void PeerSessions::MakeRoom() {
  static_assert(kPeerSessionsMax > kPeerCallsMax);
  if (sessions_.size() < kPeerSessionsMax) return;
  sessions_.erase(
      std::min_element(sessions_.begin(), sessions_.end(), [](const auto& a, const auto& b) {
        const auto rank = [](const Session& session) {
          return std::pair(session.calls > 0, session.used);
        };
        return rank(a.second) < rank(b.second);
      }));
}

client::Caller PeerSessions::Ourselves(const std::string& domain) {
  const std::shared_ptr<const ServiceKeys>& keys = keys_.current();
  if (shown_keys_ != keys) {
    shown_keys_ = keys;
    shown_.profile_service = Own(keys->hello.enveloped_profile_service);
    shown_.profile_host = Own(keys->hello.enveloped_profile_host);
    shown_.connection_host = Own(keys->hello.enveloped_connection_host);
  }
  client::Caller caller;
  caller.mode = binding::Mode::kService;
  caller.key = keys->host_keys.front().key.Clone();
  caller.extra = shown_;
  caller.extra.domain = domain;
  return caller;
}

// --- On the way --------------------------------------------------------------------

bool PeerSessions::HasTicket(const Session& session) const {
  return session.ticket.Good(session.service.udf, environment_.clock.WallNow());
}

// Without a ticket one call goes ahead to get one, and the others wait for it.
void PeerSessions::Begin(const ErrandPtr& errand) {
  Session& session = *errand->session;
  if (!errand->opens && !HasTicket(session)) {
    if (session.opening) return session.waiting.push_back(errand);
    session.opening = errand->opens = true;
  }
  Step(errand);
}

void PeerSessions::Step(const ErrandPtr& errand) {
  const Duration left = errand->call.deadline - environment_.clock.Now();
  if (left <= Duration::zero()) return Finish(errand, Late());
  if (++errand->steps > kCallStepsMax) {
    return Finish(errand, Status(Code::kUnavailable,
                                 "the other service asks for a new beginning again and again"));
  }
  Result<client::WireRequest> wire = errand->credentials->Next(errand->request);
  if (!wire.ok()) return Finish(errand, wire.status());
  const auto& targets = errand->service->targets;
  const size_t host = (errand->session->host + errand->failed) % targets.size();
  PeerPost post{NameOf(errand->call.to), targets[host]};
  post.headers = std::move(wire->headers);
  post.body = std::move(wire->body);
  post.reply_bytes_max = kCallReplyBytesMax;
  post.time = std::min<Duration>(left, kCallAttemptTime);
  environment_.post(std::move(post), [this, errand](Result<client::HttpReply> reply) {
    TakeReply(errand, std::move(reply));
  });
}

void PeerSessions::TakeReply(const ErrandPtr& errand, Result<client::HttpReply> reply) {
  if (errand->answered) return;
  if (!reply.ok()) return TryNextHost(errand, reply.status());
  Session& session = *errand->session;
  session.host = (session.host + errand->failed) % errand->service->targets.size();
  errand->failed = 0;
  TakeAnswer(errand, *std::move(reply));
}

void PeerSessions::TakeAnswer(const ErrandPtr& errand, client::HttpReply reply) {
  const Result<client::Answer> answer = errand->credentials->Take(std::move(reply));
  if (!answer.ok()) return Finish(errand, answer.status());
  if (HasTicket(*errand->session)) Opened(errand, Status());
  if (answer->kind == client::Answer::Kind::kAgain) return Begin(errand);
  Finish(errand, AnswerOf(*answer));
}

// The request stays the same one: a host that has applied it and did not say so is a host of
// the same service.
void PeerSessions::TryNextHost(const ErrandPtr& errand, const Status& failure) {
  const size_t hosts = std::min(errand->service->targets.size(), kAttemptsMax);
  if (++errand->failed < hosts) return Step(errand);
  environment_.doubt(errand->call.to);
  Finish(errand, failure);
}

// --- Ending ------------------------------------------------------------------------

// Those who waited for the ticket go on, or fail as the one that went ahead.
void PeerSessions::Opened(const ErrandPtr& errand, const Status& outcome) {
  if (!errand->opens) return;
  Session& session = *errand->session;
  errand->opens = session.opening = false;
  for (const ErrandPtr& one : std::exchange(session.waiting, {})) {
    if (one->answered) continue;
    outcome.ok() ? Begin(one) : Finish(one, outcome);
  }
}

void PeerSessions::Finish(const ErrandPtr& errand, Result<PeerAnswer> result) {
  if (errand->answered) return;
  errand->answered = true;
  Opened(errand, result.status());
  environment_.metrics.Called(result.status().code());
  if (errand->credentials) environment_.metrics.Exchanged(errand->credentials->exchanges());
  if (errand->session != nullptr) --errand->session->calls;
  errands_.erase(errand->number);
  environment_.metrics.SetUnderWay(errands_.size());
  errand->then(std::move(result));
}

void PeerSessions::Tick() {
  const MonotonicTime now = environment_.clock.Now();
  std::vector<ErrandPtr> late;
  for (const auto& [number, errand] : errands_) {
    if (errand->call.deadline <= now) late.push_back(errand);
  }
  for (const ErrandPtr& errand : late) Finish(errand, Late());
}

MonotonicTime PeerSessions::NextTick(MonotonicTime otherwise) const {
  for (const auto& [number, errand] : errands_) {
    otherwise = std::min(otherwise, errand->call.deadline);
  }
  return otherwise;
}

}  // namespace mesh::frontend
