#include "frontend/rpc/grpc_partition.h"

#include <algorithm>
#include <deque>
#include <random>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/base/log.h"
#include "frontend/rpc/hop_stream.h"
#include "frontend/rpc/hop_text.h"
#include "proto/partition.pb.h"

namespace mesh::frontend {
namespace {

constexpr std::chrono::milliseconds kBackoffMin{20};
// While nobody asks for the back end: every loop of every front end tries this often.
constexpr std::chrono::milliseconds kBackoffMax{2000};
// While requests are parked, which then wait little longer than the back end is away.
constexpr std::chrono::milliseconds kBackoffParkedMax{250};

class GrpcPartition;

// Outlives the partition in what was posted to the loop; only the loop's thread
// looks at `owner`.
struct Link {
  GrpcPartition* owner;
};

// All members are the loop's thread's.
class GrpcPartition final : public Partition {
 public:
  GrpcPartition(const HopOptions& options, net::EventLoop& loop, const Clock& clock,
                HopMetrics& metrics)
      : options_(options),
        loop_(loop),
        clock_(clock),
        metrics_(metrics),
        thread_(std::this_thread::get_id()),
        link_(std::make_shared<Link>(Link{this})),
        connector_(MakeHopConnector(options, clock, metrics)),
        expiry_([this] { Expire(); }),
        reconnect_([this] { Connect(); }),
        random_(std::random_device()()),
        rewording_(options.name) {
    Connect();
  }

  ~GrpcPartition() override {
    link_->owner = nullptr;
    if (stream_ != nullptr) {
      stream_->Cancel();
      stream_->AwaitClosed();
    }
    FailOpen(true);
  }

  void Call(std::unique_ptr<proto::PartitionRequest> request, Deadline deadline,
            Done done) override {
    if (std::this_thread::get_id() == thread_) {
      return CallHere(std::move(request), deadline, std::move(done));
    }
    // std::function copies what it holds, so what moves goes behind a pointer.
    auto shared = std::make_shared<std::unique_ptr<proto::PartitionRequest>>(std::move(request));
    loop_.Post([link = link_, shared, deadline, done = std::move(done)]() mutable {
      if (link->owner == nullptr) return done(HopRefusal(Code::kUnavailable, kAway));
      link->owner->CallHere(std::move(*shared), deadline, std::move(done));
    });
  }

 private:
  struct Open {
    Done done;
    MonotonicTime begun;
    std::unique_ptr<proto::PartitionRequest> parked;  // Null once sent.
    size_t parked_bytes = 0;
  };
  using OpenPlace = std::unordered_map<uint64_t, Open>::iterator;

  void CallHere(std::unique_ptr<proto::PartitionRequest> request, Deadline deadline, Done done) {
    if (open_.size() >= options_.in_flight_max) {
      metrics_.refused.Add();
      return done(HopRefusal(Code::kResourceExhausted, kFull));
    }
    const size_t parked_bytes = ready_ ? 0 : request->ByteSizeLong();
    if (!ready_ && !MayPark(parked_bytes)) {
      metrics_.refused.Add();
      return done(HopRefusal(Code::kUnavailable, kAwayAndFull));
    }
    const uint64_t id = ++last_id_;
    request->set_call_id(id);
    Open& open = open_[id];
    open.done = std::move(done);
    open.begun = clock_.Now();
    deadlines_.emplace_back(deadline, id);
    if (deadlines_.size() == 1 || !expiry_.armed()) loop_.Arm(expiry_, deadline);
    if (ready_) {
      metrics_.in_flight.Add(1);
      return stream_->Send({std::move(request), deadline});
    }
    Park(open, std::move(request), parked_bytes);
    if (parked_ == 1) Schedule();
  }

  bool MayPark(size_t bytes) const {
    return parked_ < kHopParkedMax && parked_bytes_ + bytes <= kHopParkedBytesMax;
  }

  void Park(Open& open, std::unique_ptr<proto::PartitionRequest> request, size_t bytes) {
    open.parked = std::move(request);
    open.parked_bytes = bytes;
    ++parked_;
    parked_bytes_ += bytes;
    metrics_.parked.Add(1);
  }

  std::unique_ptr<proto::PartitionRequest> Unpark(Open& open) {
    --parked_;
    parked_bytes_ -= std::exchange(open.parked_bytes, 0);
    metrics_.parked.Add(-1);
    return std::move(open.parked);
  }

  void Connect() {
    HopStreamEvents events;
    // Posted work may run after a later stream was begun, so it says which it is of.
    const uint64_t stream = ++streams_;
    events.opened = [link = link_, &loop = loop_, stream] {
      loop.Post([link, stream] {
        if (link->owner != nullptr) link->owner->Opened(stream);
      });
    };
    events.received = [link = link_, &loop = loop_](auto replies) {
      loop.Post([link, replies = std::shared_ptr<proto::PartitionReplies>(std::move(replies))] {
        if (link->owner != nullptr) link->owner->Receive(*replies);
      });
    };
    events.draining = [link = link_, &loop = loop_, stream] {
      loop.Post([link, stream] {
        if (link->owner != nullptr) link->owner->Draining(stream);
      });
    };
    events.closed = [link = link_, &loop = loop_, stream](const Status& why, auto gone) {
      loop.Post([link, stream, why, gone = std::move(gone)] {
        if (link->owner != nullptr) link->owner->Closed(stream, why);
      });
    };
    heard_ = clock_.Now();
    draining_ = false;
    stream_ = connector_->Open(std::move(events));
  }

  // Sends what is parked, in the order of the calls.
  void Opened(uint64_t stream) {
    if (stream != streams_ || given_up_) return;
    ready_ = true;
    std::vector<HopRequest> requests;
    requests.reserve(parked_);
    for (const auto& [deadline, id] : deadlines_) {
      const auto found = open_.find(id);
      if (found == open_.end() || found->second.parked == nullptr) continue;
      requests.push_back({Unpark(found->second), deadline});
      metrics_.in_flight.Add(1);
    }
    stream_->SendAll(std::move(requests));
    heard_ = clock_.Now();
    failures_ = 0;
    if (std::exchange(told_, false)) {
      Log(LogLevel::kInfo, "back end reached", {{"back_end", options_.name}});
    }
  }

  // What was not sent yet joins what is parked, even beyond its bounds: it has been taken.
  void Draining(uint64_t stream) {
    if (stream != streams_ || stream_ == nullptr || given_up_) return;
    ready_ = false;
    draining_ = true;
    for (HopRequest& unsent : stream_->Retire()) {
      const auto found = open_.find(unsent.request->call_id());
      if (found == open_.end()) continue;
      metrics_.in_flight.Add(-1);
      const size_t bytes = unsent.request->ByteSizeLong();
      Park(found->second, std::move(unsent.request), bytes);
    }
  }

  void Receive(proto::PartitionReplies& replies) {
    heard_ = clock_.Now();
    auto* list = replies.mutable_replies();
    std::vector<std::unique_ptr<proto::PartitionReply>> batch(static_cast<size_t>(list->size()));
    for (auto reply = batch.rbegin(); reply != batch.rend(); ++reply) {
      reply->reset(list->ReleaseLast());
    }
    for (std::unique_ptr<proto::PartitionReply>& reply : batch) Answer(std::move(reply));
    while (!deadlines_.empty() && !open_.contains(deadlines_.front().second)) {
      deadlines_.pop_front();
    }
  }

  // A reply to a request that has expired here finds nobody.
  void Answer(std::unique_ptr<proto::PartitionReply> reply) {
    const auto found = open_.find(reply->call_id());
    if (found == open_.end()) return;
    metrics_.latency.ObserveNanos(static_cast<uint64_t>((heard_ - found->second.begun).count()));
    if (reply->code() != 0) rewording_.Reword(heard_, *reply);
    const Done done = Take(found);
    done(std::move(reply));
  }

  Done Take(OpenPlace open) {
    Done done = std::move(open->second.done);
    if (open->second.parked != nullptr) {
      (void)Unpark(open->second);  // Nobody waits for it any more.
    } else {
      metrics_.in_flight.Add(-1);
    }
    open_.erase(open);
    return done;
  }

  // Deadlines are in the order of calls, which is nearly their own order: all
  // requests have the same time. One that is a little out of order waits for those
  // before it.
  void Expire() {
    const MonotonicTime now = clock_.Now();
    bool silent = false;
    while (!deadlines_.empty() && deadlines_.front().first <= now) {
      const auto found = open_.find(deadlines_.front().second);
      deadlines_.pop_front();
      if (found == open_.end()) continue;
      const bool parked = found->second.parked != nullptr;
      // A stream that drains owes nothing to what is parked, and is left to answer what it has.
      const bool owes = draining_ && open_.size() > parked_;
      silent = silent || (found->second.begun > heard_ && !(parked && owes));
      metrics_.expired.Add();
      const Done done = Take(found);
      done(parked ? HopRefusal(Code::kUnavailable, kAway)
                  : HopRefusal(Code::kDeadlineExceeded, kLate));
    }
    // Nothing has come since before an expired request was made: whatever holds the
    // connection, a new one may be better.
    if (silent && stream_ != nullptr) {
      given_up_ = true;
      stream_->Cancel();
    }
    if (!deadlines_.empty()) loop_.Arm(expiry_, deadlines_.front().first);
  }

  void Closed(uint64_t stream, const Status& why) {
    if (stream != streams_) return;
    stream_.reset();
    ++failures_;
    failed_at_ = clock_.Now();
    (draining_ ? metrics_.drains : metrics_.reconnects).Add();
    Tell(std::exchange(given_up_, false) ? "it does not answer" : why.message());
    ready_ = false;
    FailOpen(false);
    Schedule();
  }

  // Once for each time that the back end goes away, however many attempts fail.
  void Tell(const std::string& why) {
    uint64_t suppressed = 0;
    if (told_ || !losses_.Allow(failed_at_, &suppressed)) return;
    told_ = true;
    Log(LogLevel::kWarning, "back end cannot be reached",
        {{"back_end", options_.name}, {"why", why}});
  }

  // Sets the time of the next attempt, unless one is under way; again when the first
  // request is parked, which may bring it forward.
  void Schedule() {
    if (stream_ == nullptr) loop_.Arm(reconnect_, failed_at_ + Backoff());
  }

  // Doubles with each failure; half of it is chance, so that front ends do not all
  // come at once.
  Duration Backoff() {
    const int doublings = std::min(failures_ - 1, 10);
    const auto max = open_.empty() ? kBackoffMax : kBackoffParkedMax;
    const auto most = std::min<Duration>(kBackoffMin * (1 << doublings), max);
    std::uniform_int_distribution<int64_t> part(most.count() / 2, most.count());
    return Duration(part(random_));
  }

  // Nobody will answer what was sent, nor, with `parked_too`, take what is parked.
  void FailOpen(bool parked_too) {
    std::vector<uint64_t> ids;
    for (const auto& [id, open] : open_) {
      if (parked_too || open.parked == nullptr) ids.push_back(id);
    }
    for (const uint64_t id : ids) {
      const auto found = open_.find(id);
      if (found == open_.end()) continue;
      const bool parked = found->second.parked != nullptr;
      const Done done = Take(found);
      done(parked ? HopRefusal(Code::kUnavailable, kAway)
                  : HopRefusal(Code::kDeadlineExceeded, kLost));
    }
  }

  const HopOptions options_;
  net::EventLoop& loop_;
  const Clock& clock_;
  HopMetrics& metrics_;
  const std::thread::id thread_;
  const std::shared_ptr<Link> link_;
  const std::unique_ptr<HopConnector> connector_;
  net::Timer expiry_;
  net::Timer reconnect_;
  std::minstd_rand random_;
  std::shared_ptr<HopStream> stream_;  // Null while waiting to connect again.
  bool ready_ = false;                 // The back end takes requests on stream_; none is parked.
  bool draining_ = false;              // It has said that it takes no more.
  bool given_up_ = false;              // We have cancelled stream_.
  uint64_t streams_ = 0;               // Begun so far.
  int failures_ = 0;                   // Streams that ended since one was taken.
  MonotonicTime failed_at_;            // The last one.
  LogLimiter losses_;
  HopRewording rewording_;
  bool told_ = false;  // The log says that the back end is lost.
  uint64_t last_id_ = 0;
  MonotonicTime heard_;  // The last reply, or the begin or taking of a later stream.
  std::unordered_map<uint64_t, Open> open_;  // By call_id.
  size_t parked_ = 0;                        // How many of them.
  size_t parked_bytes_ = 0;
  std::deque<std::pair<Deadline, uint64_t>> deadlines_;  // In the order of calls.
};

}  // namespace

HopMetrics::HopMetrics(Registry& registry)
    : latency(registry.GetHistogram("mesh_hop_seconds", "From sending a request to its reply")),
      requests(registry.GetCounter("mesh_hop_requests_total", "Requests sent to back ends")),
      messages(registry.GetCounter("mesh_hop_messages_total", "Messages that carried them")),
      reconnects(registry.GetCounter("mesh_hop_reconnects_total", "Streams that broke")),
      drains(registry.GetCounter("mesh_hop_drains_total",
                                 "Streams that ended in order, because their back end did")),
      expired(registry.GetCounter("mesh_hop_expired_total", "Requests not answered in time")),
      refused(registry.GetCounter("mesh_hop_refused_total", "Requests beyond the bound")),
      in_flight(registry.GetGauge("mesh_hop_in_flight", "Requests at back ends now")),
      parked(registry.GetGauge("mesh_hop_parked", "Requests that wait for a back end now")) {}

std::unique_ptr<Partition> MakeGrpcPartition(const HopOptions& options, net::EventLoop& loop,
                                             const Clock& clock, HopMetrics& metrics) {
  return std::make_unique<GrpcPartition>(options, loop, clock, metrics);
}

}  // namespace mesh::frontend
