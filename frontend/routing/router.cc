#include "frontend/routing/router.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/mesh/outcome_text.h"
#include "proto/partition.pb.h"

namespace mesh::frontend {
namespace {

std::unique_ptr<proto::PartitionReply> Refusal(Code code, std::string message) {
  auto reply = std::make_unique<proto::PartitionReply>();
  reply->set_code(static_cast<int>(code));
  reply->set_message(std::move(message));
  return reply;
}

bool Aborted(const proto::PartitionReply& reply) {
  return reply.code() == static_cast<int>(Code::kAborted);
}

// Whether it may come to its owner twice: the owner knows a RequestID that it has served.
bool Repeatable(const proto::PartitionRequest& request) {
  return !request.caller().request_id().empty() || request.has_status() || request.has_download() ||
         request.has_poll_claim() || request.has_complete() || request.has_grant();
}

// Doubles with each try.
Duration HeldTime(int tries) {
  return std::min<Duration>(kHeldTimeMin * (1 << std::min(tries, 10)), kHeldTimeMax);
}

constexpr const char* kEnding = "this front end ends; the request was not applied";
constexpr const char* kTooManyHeld =
    "too many requests wait for owners that take none now; the request was not applied";
constexpr const char* kLostBefore =
    "the connection to the account's back end was lost, and the request could not be asked again; "
    "whether it was applied is not known";
static_assert(SaysNotKnown(kLostBefore) && !SaysNotKnown(kEnding) && !SaysNotKnown(kTooManyHeld));

// Whether the owner was not asked, or did not look at the request.
bool NotLookedAt(const proto::PartitionReply& reply) {
  const auto code = static_cast<Code>(reply.code());
  return code == Code::kUnavailable || code == Code::kDeadlineExceeded ||
         code == Code::kResourceExhausted || code == Code::kAborted;
}

constexpr std::array<const char*, 5> kObstacles = {"map", "moving", "opening", "unproven",
                                                   "draining"};

// Its place in that. An owner that says no more than `frozen` is of a version that knew only moves.
size_t ObstacleOf(const proto::PartitionReply& reply) {
  if (!reply.frozen()) return 0;
  const auto obstacle = static_cast<size_t>(reply.obstacle());
  return obstacle == 0 || obstacle >= kObstacles.size() ? 1 : obstacle;
}

}  // namespace

// What further tries need.
struct Router::Attempt {
  Deadline deadline;
  Remake remake;
  Partition::Done done;
  uint64_t refreshed = 0;  // Under which epoch a newer map was looked for last.
  int holds = 0;
  int losses = 0;
};

struct Router::Held {
  AttemptPtr attempt;
  std::unique_ptr<proto::PartitionRequest> request;
  size_t bytes;
};

RouterMetrics::RouterMetrics(Registry& registry)
    : held(registry.GetGauge("mesh_router_held_requests",
                             "Requests that wait for owners that take none now")),
      refused(registry.GetCounter("mesh_router_hold_refused_total",
                                  "Requests beyond the bounds of what is held")),
      repeated(registry.GetCounter("mesh_router_repeats_total",
                                   "Requests asked again after their connection was lost")),
      moved(registry.GetCounter("mesh_router_wrong_owner_total",
                                "Replies of back ends that did not own the account")) {
  for (size_t i = 0; i < kObstacles.size(); ++i) {
    holds_[i] = &registry.GetCounter("mesh_router_holds_total",
                                     "Times that a request was held, by what its owner waits for",
                                     {{"obstacle", kObstacles[i]}});
  }
}

Counter& RouterMetrics::HoldsFor(const proto::PartitionReply& reply) {
  return *holds_[ObstacleOf(reply)];
}

Router::Router(RouterOptions options) : options_(std::move(options)) {}

Router::~Router() {
  ending_ = true;
  CountHeld(-static_cast<int64_t>(held_.size()));
  for (auto& [id, held] : std::exchange(held_, {})) {
    Finish(*held->attempt, Refusal(Code::kUnavailable, kEnding));
  }
}

void Router::Call(std::unique_ptr<proto::PartitionRequest> request, Deadline deadline,
                  Remake remake, Partition::Done done) {
  Try(std::move(request),
      std::make_shared<Attempt>(Attempt{deadline, std::move(remake), std::move(done)}));
}

void Router::Try(std::unique_ptr<proto::PartitionRequest> request, const AttemptPtr& attempt) {
  Send(std::move(request), attempt->deadline,
       [this, attempt](ReplyPtr reply) { Judge(attempt, std::move(reply)); });
}

void Router::Judge(const AttemptPtr& attempt, ReplyPtr reply) {
  if (Lost(*attempt, *reply)) return AskAgain(attempt, std::move(reply));
  if (!Aborted(*reply) || attempt->remake == nullptr) return Finish(*attempt, std::move(reply));
  if (MayPass(*reply)) return Hold(attempt, std::move(reply));
  if (options_.metrics != nullptr) options_.metrics->moved.Add();
  // Again only when the last look has brought a newer map: each costs a try.
  if (attempt->refreshed < map_->epoch()) return Refresh(attempt, std::move(reply));
  if (OwnerIsAhead(*reply)) return Hold(attempt, std::move(reply));
  Finish(*attempt, std::move(reply));
}

// A time that is over has no deadline left, so this one broke off before.
bool Router::Lost(const Attempt& attempt, const proto::PartitionReply& reply) const {
  return reply.code() == static_cast<int>(Code::kDeadlineExceeded) && !ending_ &&
         attempt.remake != nullptr && attempt.losses < kLostTriesMax &&
         options_.clock.Now() < attempt.deadline;
}

// It waits at the hop until the back end is there again.
void Router::AskAgain(const AttemptPtr& attempt, ReplyPtr lost) {
  ++attempt->losses;
  std::unique_ptr<proto::PartitionRequest> request = attempt->remake();
  if (request == nullptr || !Repeatable(*request)) return attempt->done(std::move(lost));
  if (options_.metrics != nullptr) options_.metrics->repeated.Add();
  Try(std::move(request), attempt);
}

// A try that was lost may have been applied, whatever became of those after it.
void Router::Finish(const Attempt& attempt, ReplyPtr reply) {
  if (attempt.losses > 0 && NotLookedAt(*reply)) {
    reply = Refusal(Code::kDeadlineExceeded, kLostBefore);
  }
  attempt.done(std::move(reply));
}

// Whether the same owner may take the request in a moment: something keeps it from it, or it
// has an older map than we have and is just reading the newer one.
bool Router::MayPass(const proto::PartitionReply& reply) const {
  const bool behind =
      options_.map_spreads && reply.map_epoch() != 0 && reply.map_epoch() < map_->epoch();
  return options_.later != nullptr && (reply.frozen() || behind);
}

// It has a map that nobody here could get yet.
bool Router::OwnerIsAhead(const proto::PartitionReply& reply) const {
  return options_.later != nullptr && options_.map_spreads && reply.map_epoch() > map_->epoch();
}

void Router::Refresh(const AttemptPtr& attempt, ReplyPtr refusal) {
  const uint64_t epoch = map_->epoch();
  attempt->refreshed = epoch;
  auto kept = std::make_shared<ReplyPtr>(std::move(refusal));
  options_.refresh(epoch,
                   [this, attempt, epoch, kept] { TryAgain(attempt, epoch, std::move(*kept)); });
}

// Also under an unchanged map: the owner may have learned of it only now.
void Router::TryAgain(const AttemptPtr& attempt, uint64_t epoch, ReplyPtr refusal) {
  if (options_.clock.Now() >= attempt->deadline || Current()->epoch() < epoch) {
    return Finish(*attempt, std::move(refusal));
  }
  std::unique_ptr<proto::PartitionRequest> request = attempt->remake();
  if (request == nullptr) return Finish(*attempt, std::move(refusal));
  Try(std::move(request), attempt);
}

void Router::Hold(const AttemptPtr& attempt, ReplyPtr refusal) {
  const Duration time = HeldTime(attempt->holds++);
  if (options_.clock.In(time) >= attempt->deadline) return Finish(*attempt, std::move(refusal));
  auto request = attempt->remake();
  if (request == nullptr) return Finish(*attempt, std::move(refusal));
  const size_t bytes = request->ByteSizeLong();
  if (held_.size() >= kRouterHeldRequestsMax || held_bytes_ + bytes > kRouterHeldBytesMax) {
    if (options_.metrics != nullptr) options_.metrics->refused.Add();
    return Finish(*attempt, Refusal(Code::kUnavailable, kTooManyHeld));
  }
  const uint64_t id = ++last_held_;
  held_.emplace(id, std::make_unique<Held>(Held{attempt, std::move(request), bytes}));
  held_bytes_ += bytes;
  if (options_.metrics != nullptr) options_.metrics->HoldsFor(*refusal).Add();
  CountHeld(1);
  options_.later(time, [this, id] { Resume(id); });
}

void Router::Resume(uint64_t id) {
  const auto found = held_.find(id);
  if (found == held_.end()) return;
  const std::unique_ptr<Held> held = std::move(found->second);
  held_.erase(found);
  held_bytes_ -= held->bytes;
  CountHeld(-1);
  Try(std::move(held->request), held->attempt);
}

void Router::CountHeld(int64_t change) {
  if (options_.metrics != nullptr) options_.metrics->held.Add(change);
}

void Router::Send(std::unique_ptr<proto::PartitionRequest> request, Deadline deadline,
                  Partition::Done done) {
  const PartitionMap* map = Current();
  if (map == nullptr) {
    return done(Refusal(Code::kUnavailable, "there is no partition map yet"));
  }
  const PartitionId partition = map->OwnerOf(request->account());
  SendTo(partition, std::move(request), deadline, std::move(done));
}

void Router::CallPartition(PartitionId partition, std::unique_ptr<proto::PartitionRequest> request,
                           Deadline deadline, Partition::Done done) {
  const PartitionMap* map = Current();
  if (map == nullptr || !map->Has(partition)) {
    return done(Refusal(Code::kUnavailable, "the partition is not in the map"));
  }
  SendTo(partition, std::move(request), deadline, std::move(done));
}

// The partition is in the current map.
void Router::SendTo(PartitionId partition, std::unique_ptr<proto::PartitionRequest> request,
                    Deadline deadline, Partition::Done done) {
  const BackEnd& home = map_->HomeOf(partition);
  if (home.address.empty()) {
    return done(Refusal(Code::kUnavailable,
                        "the account's back end is not registered; the request was not applied"));
  }
  request->set_partition(partition);
  request->set_map_epoch(map_->epoch());
  Way& way = WayTo(home);
  way.busy_until = std::max(way.busy_until, deadline);
  way.partition->Call(std::move(request), deadline, std::move(done));
}

std::string Router::DirectHostOf(std::string_view canonical_address) {
  const PartitionMap* map = Current();
  return map == nullptr ? std::string() : map->DirectHostOf(canonical_address);
}

bool Router::IsDirectHost(std::string_view host) {
  const PartitionMap* map = Current();
  return map != nullptr && map->IsDirectHost(host);
}

void Router::Follow() {
  ++looks_;
  ConnectAll();
  LetGo();
  options_.later(kFollowTime, [this] { Follow(); });
}

void Router::ConnectAll() {
  const PartitionMap* map = Current();
  if (map == nullptr) return;
  for (const BackEnd& back_end : map->back_ends()) {
    if (!back_end.address.empty()) WayTo(back_end).look = looks_;
  }
}

// What is held needs no way: it is sent by the map in force then. A way that ends may still answer
// calls, and these may make new ones, so it is no part of ways_ by then.
void Router::LetGo() {
  if (map_ == nullptr) return;
  const MonotonicTime now = options_.clock.Now();
  std::vector<Ways::node_type> gone;
  for (auto next = ways_.begin(); next != ways_.end();) {
    const auto way = next++;
    if (way->second.look == looks_ || way->second.busy_until > now) continue;
    gone.push_back(ways_.extract(way));
  }
}

const PartitionMap* Router::Current() {
  const uint64_t version = options_.map.version();
  if (version != version_) {
    map_ = options_.map.current();
    version_ = version;
  }
  return map_.get();
}

Router::Way& Router::WayTo(const BackEnd& back_end) {
  Way& way = ways_[back_end];
  if (way.partition == nullptr) way.partition = options_.connect(back_end);
  return way;
}

}  // namespace mesh::frontend
