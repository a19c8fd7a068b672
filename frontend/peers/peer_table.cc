#include "frontend/peers/peer_table.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "common/base/log.h"
#include "common/discovery/lookup.h"
#include "frontend/peers/peer_limits.h"

namespace mesh::frontend {
namespace {

Status TooMuch(const char* what) { return Status(Code::kResourceExhausted, what); }

Duration RetryTime(int failures) {
  Duration time = kFailureTimeMin;
  for (int i = 1; i < failures && time < kFailureTimeMax; ++i) time *= 2;
  return std::min<Duration>(time, kFailureTimeMax);
}

void LogService(std::string_view event, const std::string& domain, const std::string& expected,
                const std::string& shown, MonotonicTime now) {
  static LogLimiter limiter;
  uint64_t suppressed = 0;
  if (!limiter.Allow(now, &suppressed)) return;
  Log(LogLevel::kWarning, event,
      {{"domain", domain},
       {"expected", expected},
       {"shown", shown},
       {"suppressed", std::to_string(suppressed)}});
}

void LogFailure(const std::string& domain, const Status& failure, MonotonicTime now) {
  static LogLimiter limiter;
  uint64_t suppressed = 0;
  if (!limiter.Allow(now, &suppressed)) return;
  Log(LogLevel::kInfo, "a peer cannot be verified",
      {{"domain", domain},
       {"error", failure.message()},
       {"suppressed", std::to_string(suppressed)}});
}

}  // namespace

PeerTable::PeerTable(const Clock& clock, PeerMetrics& metrics, Fetch fetch)
    : clock_(clock), metrics_(metrics), fetch_(std::move(fetch)) {}

PeerTable::~PeerTable() {
  for (auto& [name, all] : waiting_) {
    for (Waiting& one : all) one.done(Status(Code::kUnavailable, "this program is ending"));
  }
}

// --- Asking ------------------------------------------------------------------------

void PeerTable::Find(const std::string& name, Deadline deadline, PeerDone done) {
  if (!discovery::CanBeLookedUp(name)) {
    return done(
        InvalidArgument("not a domain that can have a service: expected a DNS name in "
                        "lower case"));
  }
  Domain* const domain = Row(name);
  if (domain == nullptr) {
    metrics_.Refused();
    return done(TooMuch("too many domains are asked for their service"));
  }
  const MonotonicTime now = clock_.Now();
  domain->used = now;
  const bool may_ask = domain->state == State::kIdle && now >= domain->retry;
  if (domain->service != nullptr && now < domain->end) {
    done(domain->service);
    if (now >= domain->refresh && may_ask) Enqueue(name, *domain);
    return FetchQueued();
  }
  if (domain->state == State::kIdle && !may_ask) return done(domain->failure);
  Wait(name, *domain, {deadline, std::move(done)});
}

void PeerTable::Doubt(const std::string& name) {
  const auto found = domains_.find(name);
  if (found != domains_.end()) found->second.refresh = clock_.Now();
}

void PeerTable::Wait(const std::string& name, Domain& domain, Waiting waiting) {
  if (waiting_count_ >= kPeerWaitingMax) {
    metrics_.Refused();
    return waiting.done(TooMuch("too many wait for other services"));
  }
  ++waiting_count_;
  waiting_[name].push_back(std::move(waiting));
  if (domain.state == State::kIdle) Enqueue(name, domain);
  FetchQueued();
}

PeerTable::Domain* PeerTable::Row(const std::string& name) {
  const auto found = domains_.find(name);
  if (found != domains_.end()) return &found->second;
  if (domains_.size() >= kPeerDomainsMax && !MakeRoom()) return nullptr;
  Domain& made = domains_[name];
  const auto pin = pins_->find(name);
  if (pin != pins_->end()) made.udf = pin->second;
  metrics_.SetDomains(domains_.size());
  return &made;
}

// Forgets a stranger before a domain whose service is known, and of those the one that
// nobody has asked about for longest.
bool PeerTable::MakeRoom() {
  const auto least =
      std::min_element(domains_.begin(), domains_.end(), [](const auto& a, const auto& b) {
        const auto rank = [](const Domain& domain) {
          return std::tuple(domain.state != State::kIdle, !domain.udf.empty(), domain.used);
        };
        return rank(a.second) < rank(b.second);
      });
  if (least->second.state != State::kIdle) return false;
  domains_.erase(least);
  return true;
}

void PeerTable::Enqueue(const std::string& name, Domain& domain) {
  domain.state = State::kQueued;
  (domain.udf.empty() ? strangers_ : known_).push_back(name);
}

bool PeerTable::NextQueued(std::string* name) {
  if (fetching_ >= kFetchesMax) return false;
  const bool stranger = known_.empty();
  if (stranger && (strangers_.empty() || strangers_fetching_ >= kStrangerFetchesMax)) return false;
  std::deque<std::string>& queue = stranger ? strangers_ : known_;
  *name = std::move(queue.front());
  queue.pop_front();
  return true;
}

void PeerTable::FetchQueued() {
  std::string name;
  while (NextQueued(&name)) {
    Domain& domain = domains_.at(name);
    const bool stranger = domain.udf.empty();
    if (stranger && !waiting_.contains(name)) {  // They all gave up before its turn came.
      domain.state = State::kIdle;
      continue;
    }
    domain.state = State::kFetching;
    ++fetching_;
    if (stranger) ++strangers_fetching_;
    fetch_(name,
           [this, name, stranger](const PeerResult& result) { Finish(name, stranger, result); });
  }
}

// --- What came of it ---------------------------------------------------------------

void PeerTable::Finish(const std::string& name, bool stranger, const PeerResult& result) {
  --fetching_;
  if (stranger) --strangers_fetching_;
  Domain& domain = domains_.at(name);
  domain.state = State::kIdle;
  Status outcome = result.status();
  if (result.ok()) outcome = Judge(name, domain, (*result)->udf());
  metrics_.Fetched(outcome.code());
  if (outcome.ok()) {
    Believe(domain, *result);
  } else {
    LogFailure(name, outcome, clock_.Now());
    Fail(domain, outcome);
  }
  Answer(name, outcome.ok() ? PeerResult(domain.service) : PeerResult(outcome));
  FetchQueued();
}

void PeerTable::Answer(const std::string& name, const PeerResult& result) {
  const auto waiting = waiting_.extract(name);
  if (waiting.empty()) return;
  waiting_count_ -= waiting.mapped().size();
  for (const Waiting& one : waiting.mapped()) one.done(result);
}

void PeerTable::Believe(Domain& domain, const std::shared_ptr<const PeerService>& service) {
  const MonotonicTime now = clock_.Now();
  const auto good =
      std::chrono::milliseconds(service->connection.not_on_or_after - clock_.WallNow());
  domain.service = service;
  domain.udf = service->udf();
  domain.candidate.clear();
  domain.end = now + std::min<Duration>(good, kServiceTimeMax);
  domain.refresh = now + std::min<Duration>(good, kServiceRefreshTime);
  domain.failure = Status();
  domain.failures = 0;
  domain.retry = now;
}

// A service that is still good stays so when it only cannot be reached.
void PeerTable::Fail(Domain& domain, const Status& failure) {
  if (failure.code() == Code::kPermissionDenied) domain.service = nullptr;
  domain.failure = failure;
  domain.retry = clock_.Now() + RetryTime(++domain.failures);
}

Status PeerTable::Judge(const std::string& name, Domain& domain, const std::string& udf) {
  const auto pin = pins_->find(name);
  if (pin != pins_->end()) {
    if (pin->second == udf) return Status();
    metrics_.Changed(name);
    LogService("a peer is not the service that is pinned", name, pin->second, udf, clock_.Now());
    return Status(Code::kPermissionDenied, name + " is another service than the one pinned here");
  }
  if (domain.udf.empty() || domain.udf == udf) return Status();
  return JudgeCandidate(name, domain, udf);
}

Status PeerTable::JudgeCandidate(const std::string& name, Domain& domain, const std::string& udf) {
  const MonotonicTime now = clock_.Now();
  if (domain.candidate != udf) {
    domain.candidate = udf;
    domain.candidate_since = now;
    metrics_.Changed(name);
    LogService("a peer shows another service and is refused", name, domain.udf, udf, now);
  }
  if (now - domain.candidate_since >= kCoolDown) {
    LogService("a peer is another service from now on", name, domain.udf, udf, now);
    return Status();
  }
  return Status(Code::kPermissionDenied,
                name + " is another service than before; it is refused until this has lasted " +
                    std::to_string(kCoolDown.count()) + " hours");
}

// --- Time and pins -------------------------------------------------------------------

void PeerTable::SetPins(std::shared_ptr<const PeerPins> pins) {
  pins_ = std::move(pins);
  for (const auto& [name, udf] : *pins_) {
    const auto found = domains_.find(name);
    if (found == domains_.end() || found->second.udf == udf) continue;
    Domain& domain = found->second;
    domain.service = nullptr;
    domain.udf = udf;
    domain.candidate.clear();
    domain.retry = MonotonicTime();
  }
}

void PeerTable::Tick() {
  const MonotonicTime now = clock_.Now();
  for (auto it = waiting_.begin(); it != waiting_.end();) {
    waiting_count_ -= std::erase_if(it->second, [&](const Waiting& waiting) {
      if (now < waiting.deadline) return false;
      waiting.done(Status(Code::kDeadlineExceeded, "no answer from the other service in time"));
      return true;
    });
    it = it->second.empty() ? waiting_.erase(it) : std::next(it);
  }
}

MonotonicTime PeerTable::NextTick(MonotonicTime otherwise) const {
  for (const auto& [name, all] : waiting_) {
    for (const Waiting& waiting : all) otherwise = std::min(otherwise, waiting.deadline);
  }
  return otherwise;
}

}  // namespace mesh::frontend
