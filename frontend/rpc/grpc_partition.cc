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
    FailAll();
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
    open = Open{std::move(done), clock_.Now(), nullptr, parked_bytes};
    Held().Add(1);
    deadlines_.emplace_back(deadline, id);
    if (deadlines_.size() == 1 || !expiry_.armed()) loop_.Arm(expiry_, deadline);
    if (ready_) return stream_->Send({std::move(request), deadline});
    open.parked = std::move(request);
    parked_bytes_ += parked_bytes;
    if (open_.size() == 1) Schedule();
  }

  bool MayPark(size_t bytes) const {
    return open_.size() < kHopParkedMax && parked_bytes_ + bytes <= kHopParkedBytesMax;
  }

  // What counts the open requests: all of them are parked, or none.
  Gauge& Held() { return ready_ ? metrics_.in_flight : metrics_.parked; }

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
    events.closed = [link = link_, &loop = loop_, stream](const Status& why, auto gone) {
      loop.Post([link, stream, why, gone = std::move(gone)] {
        if (link->owner != nullptr) link->owner->Closed(stream, why);
      });
    };
    heard_ = clock_.Now();
    stream_ = connector_->Open(std::move(events));
  }

  // Sends what is parked, in the order of the calls.
  void Opened(uint64_t stream) {
    if (stream != streams_ || given_up_) return;
    const auto parked = static_cast<int64_t>(open_.size());
    Held().Add(-parked);
    ready_ = true;
    Held().Add(parked);
    parked_bytes_ = 0;
    std::vector<HopRequest> requests;
    requests.reserve(open_.size());
    for (const auto& [deadline, id] : deadlines_) {
      const auto found = open_.find(id);
      if (found == open_.end()) continue;
      found->second.parked_bytes = 0;
      requests.push_back({std::move(found->second.parked), deadline});
    }
    stream_->SendAll(std::move(requests));
    heard_ = clock_.Now();
    failures_ = 0;
    if (std::exchange(told_, false)) {
      Log(LogLevel::kInfo, "back end reached", {{"back_end", options_.name}});
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

  Done Take(std::unordered_map<uint64_t, Open>::iterator open) {
    Done done = std::move(open->second.done);
    parked_bytes_ -= open->second.parked_bytes;
    open_.erase(open);
    Held().Add(-1);
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
      silent = silent || found->second.begun > heard_;
      metrics_.expired.Add();
      const Done done = Take(found);
      done(Late());
    }
    // Nothing has come since before an expired request was made: whatever holds the
    // connection, a new one may be better.
    if (silent && stream_ != nullptr) {
      given_up_ = true;
      stream_->Cancel();
    }
    if (!deadlines_.empty()) loop_.Arm(expiry_, deadlines_.front().first);
  }

  std::unique_ptr<proto::PartitionReply> Late() const {
    if (!ready_) return HopRefusal(Code::kUnavailable, kAway);
    return HopRefusal(Code::kDeadlineExceeded, kLate);
  }

  void Closed(uint64_t stream, const Status& why) {
    if (stream != streams_) return;
    stream_.reset();
    ++failures_;
    failed_at_ = clock_.Now();
    metrics_.reconnects.Add();
    Tell(std::exchange(given_up_, false) ? "it does not answer" : why.message());
    if (ready_) FailAll();
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

  void FailAll() {
    const char* const text = ready_ ? kLost : kAway;
    const Code code = ready_ ? Code::kDeadlineExceeded : Code::kUnavailable;
    deadlines_.clear();
    loop_.Disarm(expiry_);
    auto open = std::exchange(open_, {});
    Held().Add(-static_cast<int64_t>(open.size()));
    ready_ = false;
    parked_bytes_ = 0;
    for (auto& [id, request] : open) {
      request.done(HopRefusal(code, text));
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
  bool ready_ = false;                 // The back end has taken stream_; nothing is parked.
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
  size_t parked_bytes_ = 0;
  std::deque<std::pair<Deadline, uint64_t>> deadlines_;  // In the order of calls.
};

}  // namespace

HopMetrics::HopMetrics(Registry& registry)
    : latency(registry.GetHistogram("mesh_hop_seconds", "From sending a request to its reply")),
      requests(registry.GetCounter("mesh_hop_requests_total", "Requests sent to back ends")),
      messages(registry.GetCounter("mesh_hop_messages_total", "Messages that carried them")),
      reconnects(registry.GetCounter("mesh_hop_reconnects_total", "Streams that broke")),
      expired(registry.GetCounter("mesh_hop_expired_total", "Requests not answered in time")),
      refused(registry.GetCounter("mesh_hop_refused_total", "Requests beyond the bound")),
      in_flight(registry.GetGauge("mesh_hop_in_flight", "Requests at back ends now")),
      parked(registry.GetGauge("mesh_hop_parked", "Requests that wait for a back end now")) {}

std::unique_ptr<Partition> MakeGrpcPartition(const HopOptions& options, net::EventLoop& loop,
                                             const Clock& clock, HopMetrics& metrics) {
  return std::make_unique<GrpcPartition>(options, loop, clock, metrics);
}

}  // namespace mesh::frontend
