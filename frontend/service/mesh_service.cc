#include "frontend/service/mesh_service.h"

#include <algorithm>
#include <utility>

#include "common/base/log.h"
#include "common/mesh/outcome_text.h"
#include "frontend/service/bare_form.h"
#include "frontend/service/edge_steps.h"
#include "frontend/service/enveloped_form.h"
#include "frontend/service/mesh_visit.h"
#include "proto/partition.pb.h"

namespace mesh::frontend {
namespace {

constexpr ResultCode kUnknownPath{404, 0, "MeshPathUnknown"};
constexpr ResultCode kMethodRefused{405, 0, "MeshMethodRefused"};
constexpr std::string_view kPaths[] = {"/.well-known/mmm", "/.well-known/srv/mmm"};
// "00-<32 hex digits>-<16 hex digits>-<2 hex digits>" of W3C Trace Context.
constexpr size_t kTraceparentBytes = 55;

// Storage for the message of a reply that a loop keeps.
constexpr size_t kMessageKeepBytes = 64 * 1024;

bool PathServed(std::string_view target) {
  if (target.ends_with('/')) target.remove_suffix(1);
  return std::find(std::begin(kPaths), std::end(kPaths), target) != std::end(kPaths);
}

// The header if it has the standard's form: it goes into log lines.
std::string_view Traceparent(const http::Request& request) {
  const std::string_view text = request.Header("traceparent");
  const bool good =
      text.size() == kTraceparentBytes && text.find_first_not_of("0123456789abcdef-") == text.npos;
  return good ? text : std::string_view();
}

// What the owner of the caller's account is asked before that of the other one.
std::unique_ptr<proto::PartitionRequest> GrantRequestFor(const proto::PartitionRequest& request,
                                                         const http::Request& http) {
  auto ask = std::make_unique<proto::PartitionRequest>();
  ask->set_account(request.caller().account());
  *ask->mutable_caller() = request.caller();
  ask->mutable_grant()->set_account(request.account());
  const std::string_view trace = Traceparent(http);
  ask->set_traceparent(trace.data(), trace.size());
  return ask;
}

// Whose allowance a request is taken from: nobody can use up a stranger's.
const std::string& Asking(const proto::Caller& caller) {
  return caller.account().empty() ? caller.device_udf() : caller.account();
}

bool SaysDirectHost(Transaction transaction) {
  return transaction == Transaction::kStatus || transaction == Transaction::kCreateAccount;
}

bool OurMistake(Code code) { return code == Code::kInternal || code == Code::kDataLoss; }

}  // namespace

MeshService::MeshService(const ServiceShared& shared, std::unique_ptr<Router> router, Forms forms,
                         std::unique_ptr<PeerDirectory> peers, std::unique_ptr<PeerCalls> calls,
                         std::unique_ptr<IncidentSink> incidents)
    : shared_(shared),
      options_(shared.options),
      forms_(forms),
      admission_(shared.options, shared.rate_key, shared.metrics),
      envelope_context_{shared.options,
                        shared.keys,
                        shared.keyring,
                        shared.clock,
                        crypto::SystemRandom(),
                        salts_,
                        shared.authentication,
                        admission_,
                        assertions_},
      keys_(shared.keys),
      peers_(std::move(peers)),
      calls_(std::move(calls)),
      bare_(MakeBareForm(shared.options, shared.authentication)),
      enveloped_(MakeEnvelopedForm(envelope_context_, peers_.get())),
      incidents_(std::move(incidents)),
      router_(std::move(router)) {}

MeshService::~MeshService() = default;

void MeshService::Handle(const http::Request& request, Deadline deadline,
                         http::ReplyCallback done) {
  shared_.metrics.Enter(request.body.size());
  http::Response refusal;
  if (!CheckHttp(request, &refusal)) {
    shared_.metrics.Leave(refusal.body.size());
    shared_.metrics.Count(nullptr, refusal.status, 0);
    NoteHttp(request.client, refusal.status);
    return done(std::move(refusal));
  }
  Open(std::make_shared<Visit>(Visit{request, deadline, std::move(done), shared_.clock.Now()}));
}

http::Response MeshService::Refuse(const http::Refusal& refusal) {
  ResultCode code = kMalformed;
  if (refusal.status == kRequestSize.status) code = kRequestSize;
  if (refusal.status >= 500) code = refusal.status == kBusy.status ? kBusy : kUnsupported;
  code.status = refusal.status;
  std::string body;
  EncodeResult(nullptr, code, refusal.reason, {options_.reference_compatibility}, &body);
  http::Response response;
  response.status = refusal.status;
  response.body = std::move(body);
  return response;
}

// --- HTTP ------------------------------------------------------------------------

// What is wrong here is wrong about the use of HTTP, so the HTTP status says it in
// reference compatibility too.
bool MeshService::CheckHttp(const http::Request& request, http::Response* refusal) {
  const auto refuse = [&](const ResultCode& code, std::string_view detail) {
    refusal->status = code.status;
    EncodeResult(nullptr, code, detail, {options_.reference_compatibility}, &refusal->body);
    return false;
  };
  if (!PathServed(request.target)) {
    return refuse(kUnknownPath, "the service is at /.well-known/mmm");
  }
  if (request.method != "POST") {
    refusal->headers.emplace_back("Allow", "POST");
    return refuse(kMethodRefused, "expected POST");
  }
  if (!HostServed(request.host)) {
    return refuse(kWrongHost, "Host: expected a domain that is served here, such as " +
                                  options_.domains.front());
  }
  if (request.body.size() > options_.request_bytes_max) {
    return refuse(kRequestSize, "the body may have at most " +
                                    std::to_string(options_.request_bytes_max) + " octets");
  }
  return true;
}

bool MeshService::HostServed(std::string_view host) {
  constexpr std::string_view kPrefix = "mmm.";
  const auto is = [](std::string_view name) { return [name](const auto& s) { return s == name; }; };
  const auto& domains = options_.domains;
  if (std::any_of(domains.begin(), domains.end(), is(host))) return true;
  if (std::any_of(options_.names.begin(), options_.names.end(), is(host))) return true;
  if (host.starts_with(kPrefix) &&
      std::any_of(domains.begin(), domains.end(), is(host.substr(kPrefix.size())))) {
    return true;
  }
  return router_->IsDirectHost(host);
}

bool MeshService::DomainServed(std::string_view account) const {
  const std::string_view domain = account.substr(account.rfind('@') + 1);
  return std::find(options_.domains.begin(), options_.domains.end(), domain) !=
         options_.domains.end();
}

// --- The way of a request ----------------------------------------------------------

void MeshService::Open(const VisitPtr& visit) {
  const http::Request& http = visit->http;
  const bool enveloped = enveloped_->Matches(http);
  RequestForm& form = enveloped ? *enveloped_ : *bare_;
  const auto refuse = [&](const ResultCode& code, std::string detail) {
    visit->opened = form.Refuse(http, {code, std::move(detail)});
    Serve(visit);
  };
  if (!enveloped && !bare_->Matches(http)) {
    return refuse(kEncodingUnsupported,
                  "Content-Type: expected application/json or application/json-b");
  }
  if (!enveloped && forms_ == Forms::kEnvelopes) {
    return refuse(kUnauthenticatedCaller,
                  "a listener without TLS takes envelopes only: a sealed request, or Hello in one");
  }
  const Status admitted = admission_.Enter(http.body.size());
  if (!admitted.ok()) return refuse(kBusy, admitted.message());
  visit->admitted = true;
  form.Open(http, visit->deadline, [this, visit](std::unique_ptr<OpenedRequest> opened) {
    visit->opened = std::move(opened);
    Serve(visit);
  });
}

void MeshService::Serve(const VisitPtr& visit) {
  DecodedRequest decoded;
  RequestFailure failure;
  if (!visit->opened->Decode(&decoded, &failure)) {
    visit->transaction_known = failure.transaction_known;
    visit->transaction = failure.transaction;
    NoteFailure(*visit, failure);
    return AnswerResult(*visit, failure.code, failure.detail);
  }
  visit->transaction_known = true;
  visit->transaction = decoded.transaction;
  if (visit->transaction == Transaction::kHello) return AnswerHello(*visit);
  visit->operations = std::move(decoded.operations);
  const bool peer = decoded.request->caller().mode() == proto::Caller::SERVICE;
  if (peer && visit->transaction == Transaction::kPost) {
    return DeliverPost(visit, std::move(decoded.request));
  }
  if (IsForOthers(*visit, *decoded.request)) return AskOther(visit, std::move(decoded.request));
  if (Admit(*visit, *decoded.request) && Prepare(*visit, decoded.request.get())) {
    Forward(visit, std::move(decoded.request));
  }
}

// Whether the account is ours and may ask now; if not, that is answered.
bool MeshService::Admit(Visit& visit, const proto::PartitionRequest& request) {
  if (!DomainServed(request.account())) {
    const std::string reason = "the account's domain is not served here";
    if (visit.transaction == Transaction::kCreateAccount ||
        visit.transaction == Transaction::kCreateGroup) {
      RefuseCreate(visit, reason);
    } else {
      AnswerResult(visit, kUnknownAccount, reason);
    }
    return false;
  }
  return AdmitRate(visit, request);
}

bool MeshService::AdmitRate(Visit& visit, const proto::PartitionRequest& request) {
  const Status rate = admission_.CheckRate(Asking(request.caller()), visit.begun);
  if (rate.ok()) return AdmitOperations(visit, request);
  NoteCaller(visit, IncidentKind::kRate, "account");
  AnswerResult(visit, kBusy, rate.message());
  return false;
}

// Whether the caller may use these keys again so soon.
bool MeshService::AdmitOperations(Visit& visit, const proto::PartitionRequest& request) {
  const bool peer = request.caller().mode() == proto::Caller::SERVICE;
  const std::string& who = peer ? request.operate().caller_account() : Asking(request.caller());
  for (const std::string& key : request.operate().key_ids()) {
    const Status rate = admission_.CheckOperation(who, key, visit.begun);
    if (rate.ok()) continue;
    NoteCaller(visit, IncidentKind::kRate, "operation");
    AnswerResult(visit, kBusy, rate.message());
    return false;
  }
  return true;
}

bool MeshService::Prepare(Visit& visit, proto::PartitionRequest* request) {
  const Status prepared = PrepareForOwner(*keys_.current(), crypto::SystemRandom(), request);
  if (!prepared.ok()) AnswerResult(visit, DecodeResultCode(prepared.code()), prepared.message());
  return prepared.ok();
}

void MeshService::Forward(const VisitPtr& visit, std::unique_ptr<proto::PartitionRequest> request) {
  const proto::Caller& caller = request->caller();
  const bool elsewhere =
      caller.mode() == proto::Caller::PROFILE && caller.account() != request->account();
  if (!elsewhere) return Call(visit, std::move(request));
  AskGrant(visit, std::move(request), [this, visit](auto granted, auto grant) {
    visit->grant = std::move(grant);
    Call(visit, std::move(granted));
  });
}

// Who acts on another account is authorized at its own first, by the same deadline.
void MeshService::AskGrant(const VisitPtr& visit, std::unique_ptr<proto::PartitionRequest> request,
                           Granted then) {
  const auto kept = std::make_shared<std::unique_ptr<proto::PartitionRequest>>(std::move(request));
  const Router::Remake make = [visit, kept] { return GrantRequestFor(**kept, visit->http); };
  router_->Call(
      make(), visit->deadline, make,
      [this, visit, kept, then = std::move(then)](std::unique_ptr<proto::PartitionReply> reply) {
        if (!reply->has_grant()) return AnswerReply(*visit, *reply);
        visit->incarnation = reply->incarnation();
        then(std::move(*kept),
             std::unique_ptr<proto::Grant>(reply->mutable_grant()->release_grant()));
      });
}

void MeshService::Call(const VisitPtr& visit, std::unique_ptr<proto::PartitionRequest> request) {
  Complete(*visit, *request);
  if (SaysDirectHost(visit->transaction)) visit->account = request->account();
  if (visit->transaction == Transaction::kPost) visit->poster = request->account();
  router_->Call(
      std::move(request), visit->deadline, [this, visit] { return DecodeAgain(*visit); },
      [this, visit](std::unique_ptr<proto::PartitionReply> reply) {
        if (!visit->poster.empty() && reply->code() == 0) shared_.posted(visit->poster);
        AnswerReply(*visit, *reply);
      });
}

// What the form does not know.
void MeshService::Complete(const Visit& visit, proto::PartitionRequest& request) {
  const std::string_view trace = Traceparent(visit.http);
  request.set_traceparent(trace.data(), trace.size());
  if (visit.grant != nullptr) *request.mutable_caller()->mutable_grant() = *visit.grant;
}

// For a second try: rare, and cheaper than a copy of every request. What was opened stays open,
// so the request is the same one.
std::unique_ptr<proto::PartitionRequest> MeshService::DecodeAgain(Visit& visit) {
  DecodedRequest decoded;
  RequestFailure failure;
  if (!visit.opened->Decode(&decoded, &failure)) return nullptr;
  const Status prepared =
      PrepareForOwner(*keys_.current(), crypto::SystemRandom(), decoded.request.get());
  if (!prepared.ok()) return nullptr;
  Complete(visit, *decoded.request);
  return std::move(decoded.request);
}

// --- Replies -----------------------------------------------------------------------

void MeshService::AnswerHello(Visit& visit) {
  std::string* const message = NewMessage(visit);
  EncodeHello(keys_.current()->hello, visit.opened->enveloped(), message);
  Finish(visit, kSuccess.status, message);
}

void MeshService::AnswerReply(Visit& visit, proto::PartitionReply& reply) {
  const Code code = static_cast<Code>(reply.code());
  if (visit.grant == nullptr) visit.incarnation = reply.incarnation();
  if (code != Code::kOk) {
    if (SaysNotKnown(reply.message())) shared_.metrics.CountNotKnown();
    return AnswerResult(visit, ResultCodeOf(code),
                        OurMistake(code) ? std::string_view() : reply.message());
  }
  const Status finished = FinishForClient(*keys_.current(), visit.operations, &reply);
  if (!finished.ok()) {
    Log(LogLevel::kError, "an owner's reply cannot be opened", {{"error", finished.message()}});
    return AnswerResult(visit, kInternalError, {});
  }
  EncodeOptions encoding = visit.opened->encoding();
  std::string direct_host;
  if (!visit.account.empty() && visit.opened->enveloped()) {
    direct_host = router_->DirectHostOf(visit.account);
    encoding.direct_host = direct_host;
  }
  std::string* const message = NewMessage(visit);
  EncodeReply(visit.transaction, reply, encoding, message);
  Finish(visit, reply.mesh_status() == 0 ? kSuccess.status : reply.mesh_status(), message);
}

void MeshService::AnswerResult(Visit& visit, const ResultCode& code, std::string_view detail) {
  std::string* const message = NewMessage(visit);
  EncodeResult(visit.known(), code, detail, visit.opened->encoding(), message);
  Finish(visit, code.status, message);
}

// A refusal by policy, with where to go from here.
void MeshService::RefuseCreate(Visit& visit, std::string_view reason) {
  proto::PartitionReply reply;
  reply.set_mesh_status(kRefused.status);
  reply.set_mesh_status_description(std::string(kRefused.description));
  reply.mutable_create()->set_reason(reason.data(), reason.size());
  reply.mutable_create()->set_url(options_.account_url);
  AnswerReply(visit, reply);
}

// Where the reply's message goes. The storage is used again where it is sealed and not sent on:
// it is in the cache, and need not grow.
std::string* MeshService::NewMessage(const Visit& visit) {
  if (message_.capacity() > kMessageKeepBytes) message_ = std::string();
  message_.assign(visit.opened->reply_headroom(), '\0');
  return &message_;
}

void MeshService::Finish(Visit& visit, int status, std::string* message) {
  if (message->size() > visit.opened->reply_bytes_max()) {
    return AnswerResult(visit, kRequestSize,
                        "the reply does not fit into an exchange; ask again under the ticket");
  }
  http::Response response = visit.opened->Seal(status, message, visit.incarnation);
  if (response.status == kBusy.status) response.headers.emplace_back("Retry-After", "1");
  const auto nanos = (shared_.clock.Now() - visit.begun).count();
  shared_.metrics.Count(visit.known(), status, static_cast<uint64_t>(nanos));
  shared_.metrics.Leave(response.body.size());
  LogVisit(visit, status);
  if (visit.admitted) admission_.Leave(visit.http.body.size());
  visit.done(std::move(response));
}

void MeshService::LogVisit(const Visit& visit, int status) const {
  static LogLimiter failures;
  const bool failed = status >= 500 && status != kUnsupported.status;
  uint64_t suppressed = 0;
  if (!options_.log_requests && !(failed && failures.Allow(visit.begun, &suppressed))) return;
  LogFields fields = {
      {"transaction", visit.transaction_known ? std::string(RequestTag(visit.transaction))
                                              : std::string("unknown")},
      {"status", std::to_string(status)},
      {"traceparent", std::string(Traceparent(visit.http))}};
  if (suppressed > 0) fields.emplace_back("suppressed", std::to_string(suppressed));
  Log(failed ? LogLevel::kWarning : LogLevel::kInfo, "request", fields);
}

}  // namespace mesh::frontend
