#include "frontend/service/mesh_service.h"

#include <algorithm>
#include <utility>

#include "common/base/log.h"
#include "common/mesh/account_address.h"
#include "proto/partition.pb.h"

namespace mesh::frontend {
namespace {

constexpr ResultCode kUnknownPath{404, 0, "MeshPathUnknown"};
constexpr ResultCode kMethodRefused{405, 0, "MeshMethodRefused"};
constexpr std::string_view kPaths[] = {"/.well-known/mmm", "/.well-known/srv/mmm"};
// "00-<32 hex digits>-<16 hex digits>-<2 hex digits>" of W3C Trace Context.
constexpr size_t kTraceparentBytes = 55;

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

bool OurMistake(Code code) { return code == Code::kInternal || code == Code::kDataLoss; }

}  // namespace

// One request, from Handle to its reply.
struct MeshService::Exchange {
  const http::Request& http;
  const Deadline deadline;
  http::ReplyCallback done;
  const MonotonicTime begun;
  bool admitted = false;
  bool transaction_known = false;
  Transaction transaction = Transaction::kHello;

  const Transaction* known() const { return transaction_known ? &transaction : nullptr; }
};

MeshService::MeshService(const ServiceShared& shared, std::unique_ptr<Router> router)
    : shared_(shared),
      options_(shared.options),
      decoder_(shared.options),
      admission_(shared.options, shared.rate_key),
      router_(std::move(router)) {}

MeshService::~MeshService() = default;

void MeshService::Handle(const http::Request& request, Deadline deadline,
                         http::ReplyCallback done) {
  auto exchange =
      std::make_shared<Exchange>(Exchange{request, deadline, std::move(done), shared_.clock.Now()});
  shared_.metrics.Enter(request.body.size());
  http::Response refusal;
  if (!CheckHttp(request, &refusal)) {
    shared_.metrics.Leave(refusal.body.size());
    shared_.metrics.Count(nullptr, refusal.status, 0);
    return exchange->done(std::move(refusal));
  }
  if (Admit(*exchange)) Serve(exchange);
}

http::Response MeshService::Refuse(const http::Refusal& refusal) {
  ResultCode code = kMalformed;
  if (refusal.status == kRequestSize.status) code = kRequestSize;
  if (refusal.status >= 500) code = kUnsupported;
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
bool MeshService::CheckHttp(const http::Request& request, http::Response* refusal) const {
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

bool MeshService::HostServed(std::string_view host) const {
  constexpr std::string_view kPrefix = "mmm.";
  const auto is = [](std::string_view name) { return [name](const auto& s) { return s == name; }; };
  const auto& domains = options_.domains;
  if (std::any_of(domains.begin(), domains.end(), is(host))) return true;
  if (std::any_of(options_.names.begin(), options_.names.end(), is(host))) return true;
  return host.starts_with(kPrefix) &&
         std::any_of(domains.begin(), domains.end(), is(host.substr(kPrefix.size())));
}

bool MeshService::DomainServed(std::string_view account) const {
  const std::string_view domain = account.substr(account.rfind('@') + 1);
  return std::find(options_.domains.begin(), options_.domains.end(), domain) !=
         options_.domains.end();
}

// --- The way of a request ----------------------------------------------------------

bool MeshService::Admit(Exchange& exchange) {
  const Status admitted = admission_.Enter(exchange.http.body.size());
  exchange.admitted = admitted.ok();
  if (!admitted.ok()) AnswerResult(exchange, kBusy, admitted.message());
  return admitted.ok();
}

void MeshService::Serve(const std::shared_ptr<Exchange>& exchange) {
  IncomingRequest incoming;
  RequestFailure failure;
  if (!decoder_.Decode(exchange->http, &incoming, &failure)) {
    exchange->transaction_known = failure.transaction_known;
    exchange->transaction = failure.transaction;
    return AnswerResult(*exchange, failure.code, failure.detail);
  }
  exchange->transaction_known = true;
  exchange->transaction = incoming.decoded.transaction;
  if (exchange->transaction == Transaction::kHello) return AnswerHello(*exchange);
  if (!incoming.decoded.served) {
    return AnswerResult(*exchange, kUnsupported, "this service does not serve it yet");
  }
  if (!DomainServed(incoming.caller.account)) {
    const std::string reason = "the account's domain is not served here";
    if (exchange->transaction == Transaction::kCreateAccount) {
      return RefuseCreate(*exchange, reason);
    }
    return AnswerResult(*exchange, kUnknownAccount, reason);
  }
  const Status rate = admission_.CheckRate(incoming.caller.account, exchange->begun);
  if (!rate.ok()) return AnswerResult(*exchange, kBusy, rate.message());
  Forward(exchange, std::move(incoming));
}

std::unique_ptr<proto::PartitionRequest> MeshService::Prepare(const Exchange& exchange,
                                                              IncomingRequest incoming) const {
  std::unique_ptr<proto::PartitionRequest> request = std::move(incoming.decoded.request);
  request->set_account(incoming.caller.account);
  proto::Caller* caller = request->mutable_caller();
  caller->set_mode(proto::Caller::REFERENCE);
  caller->set_account(std::move(incoming.caller.account));
  caller->set_device_udf(std::move(incoming.caller.device_udf));
  caller->set_connection_digest(std::move(incoming.caller.connection_digest));
  const std::string_view trace = Traceparent(exchange.http);
  request->set_traceparent(trace.data(), trace.size());
  return request;
}

void MeshService::Forward(const std::shared_ptr<Exchange>& exchange, IncomingRequest incoming) {
  // A second try decodes again: rare, and cheaper than a copy of every request.
  Router::Remake remake = [this, exchange]() -> std::unique_ptr<proto::PartitionRequest> {
    IncomingRequest again;
    RequestFailure failure;
    if (!decoder_.Decode(exchange->http, &again, &failure)) return nullptr;
    return Prepare(*exchange, std::move(again));
  };
  const Deadline deadline = exchange->deadline;
  std::unique_ptr<proto::PartitionRequest> request = Prepare(*exchange, std::move(incoming));
  router_->Call(std::move(request), deadline, std::move(remake),
                [this, exchange](std::unique_ptr<proto::PartitionReply> reply) {
                  AnswerReply(*exchange, *reply);
                });
}

// --- Replies -----------------------------------------------------------------------

void MeshService::AnswerHello(Exchange& exchange) {
  std::string body;
  EncodeHello(shared_.hello, false, &body);
  Finish(exchange, kSuccess.status, std::move(body));
}

void MeshService::AnswerReply(Exchange& exchange, const proto::PartitionReply& reply) {
  if (reply.code() != 0) {
    const Code code = static_cast<Code>(reply.code());
    return AnswerResult(exchange, ResultCodeOf(code),
                        OurMistake(code) ? std::string_view() : reply.message());
  }
  std::string body;
  EncodeReply(exchange.transaction, reply, {options_.reference_compatibility}, &body);
  Finish(exchange, reply.mesh_status() == 0 ? kSuccess.status : reply.mesh_status(),
         std::move(body));
}

void MeshService::AnswerResult(Exchange& exchange, const ResultCode& code,
                               std::string_view detail) {
  std::string body;
  EncodeResult(exchange.known(), code, detail, {options_.reference_compatibility}, &body);
  Finish(exchange, code.status, std::move(body));
}

// A refusal by policy, with where to go from here.
void MeshService::RefuseCreate(Exchange& exchange, std::string_view reason) {
  proto::PartitionReply reply;
  reply.set_mesh_status(kRefused.status);
  reply.set_mesh_status_description(std::string(kRefused.description));
  reply.mutable_create()->set_reason(reason.data(), reason.size());
  reply.mutable_create()->set_url(options_.account_url);
  AnswerReply(exchange, reply);
}

void MeshService::Finish(Exchange& exchange, int status, std::string body) {
  const auto nanos = (shared_.clock.Now() - exchange.begun).count();
  shared_.metrics.Count(exchange.known(), status, static_cast<uint64_t>(nanos));
  shared_.metrics.Leave(body.size());
  LogExchange(exchange, status);
  if (exchange.admitted) admission_.Leave(exchange.http.body.size());
  exchange.done(MakeResponse(status, std::move(body)));
}

http::Response MeshService::MakeResponse(int status, std::string body) const {
  http::Response response;
  response.status = options_.reference_compatibility ? 200 : status;
  response.body = std::move(body);
  if (response.status == kBusy.status) response.headers.emplace_back("Retry-After", "1");
  return response;
}

void MeshService::LogExchange(const Exchange& exchange, int status) const {
  static LogLimiter failures;
  const bool failed = status >= 500 && status != kUnsupported.status;
  uint64_t suppressed = 0;
  if (!options_.log_requests && !(failed && failures.Allow(exchange.begun, &suppressed))) return;
  LogFields fields = {
      {"transaction", exchange.transaction_known ? std::string(RequestTag(exchange.transaction))
                                                 : std::string("unknown")},
      {"status", std::to_string(status)},
      {"traceparent", std::string(Traceparent(exchange.http))}};
  if (suppressed > 0) fields.emplace_back("suppressed", std::to_string(suppressed));
  Log(failed ? LogLevel::kWarning : LogLevel::kInfo, "request", fields);
}

}  // namespace mesh::frontend
