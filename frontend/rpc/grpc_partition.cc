#include "frontend/rpc/grpc_partition.h"

#include <algorithm>
#include <deque>
#include <random>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "frontend/rpc/hop_stream.h"
#include "proto/partition.pb.h"

namespace mesh::frontend {
namespace {

constexpr std::chrono::milliseconds kBackoffMin{20};
constexpr std::chrono::milliseconds kBackoffMax{2000};
// Requests wait for so many attempts to connect in a row; a back end that restarts
// is back by then, and one that is down is reported at once afterwards.
constexpr int kPatience = 4;

std::unique_ptr<proto::PartitionReply> Refusal(Code code, std::string message) {
  auto reply = std::make_unique<proto::PartitionReply>();
  reply->set_code(static_cast<int>(code));
  reply->set_message(std::move(message));
  return reply;
}

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
        channel_(MakeHopChannel(options, clock, metrics)),
        expiry_([this] { Expire(); }),
        reconnect_([this] { Connect(); }),
        random_(std::random_device()()) {
    Connect();
  }

  ~GrpcPartition() override {
    link_->owner = nullptr;
    if (stream_ != nullptr) {
      stream_->Cancel();
      stream_->AwaitClosed();
    }
    FailAll("the front end is shutting down");
  }

  void Call(std::unique_ptr<proto::PartitionRequest> request, Deadline deadline,
            Done done) override {
    if (std::this_thread::get_id() == thread_) {
      return CallHere(std::move(request), deadline, std::move(done));
    }
    // std::function copies what it holds, so what moves goes behind a pointer.
    auto shared = std::make_shared<std::unique_ptr<proto::PartitionRequest>>(std::move(request));
    loop_.Post([link = link_, shared, deadline, done = std::move(done)]() mutable {
      if (link->owner == nullptr) return done(Refusal(Code::kUnavailable, "shutting down"));
      link->owner->CallHere(std::move(*shared), deadline, std::move(done));
    });
  }

 private:
  struct Open {
    Done done;
    MonotonicTime begun;
  };

  void CallHere(std::unique_ptr<proto::PartitionRequest> request, Deadline deadline, Done done) {
    if (open_.size() >= options_.in_flight_max) {
      metrics_.refused.Add();
      return done(Refusal(Code::kResourceExhausted, "too many requests wait for the back end"));
    }
    if (stream_ == nullptr && failures_ >= kPatience) {
      return done(Refusal(Code::kUnavailable, Describe("cannot be reached")));
    }
    const uint64_t id = ++last_id_;
    request->set_call_id(id);
    open_.emplace(id, Open{std::move(done), clock_.Now()});
    metrics_.in_flight.Add(1);
    deadlines_.emplace_back(deadline, id);
    if (deadlines_.size() == 1 || !expiry_.armed()) loop_.Arm(expiry_, deadline);
    if (stream_ != nullptr) {
      stream_->Send(std::move(request), deadline);
    } else {
      parked_.emplace_back(std::move(request), deadline);
    }
  }

  void Connect() {
    HopStreamEvents events;
    // Posted work may run after a later stream was opened, so it says which it is of.
    const uint64_t stream = ++streams_;
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
    stream_ = channel_->Open(std::move(events));
    for (auto& [request, deadline] : std::exchange(parked_, {})) {
      stream_->Send(std::move(request), deadline);
    }
  }

  void Receive(proto::PartitionReplies& replies) {
    failures_ = 0;
    last_reply_ = clock_.Now();
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
    metrics_.latency.ObserveNanos(
        static_cast<uint64_t>((last_reply_ - found->second.begun).count()));
    const Done done = Take(found);
    done(std::move(reply));
  }

  Done Take(std::unordered_map<uint64_t, Open>::iterator open) {
    Done done = std::move(open->second.done);
    open_.erase(open);
    metrics_.in_flight.Add(-1);
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
      silent = silent || found->second.begun > last_reply_;
      metrics_.expired.Add();
      const Done done = Take(found);
      done(Refusal(Code::kDeadlineExceeded, "the back end did not answer in time"));
    }
    // Nothing has come back since before an expired request was made: whatever holds
    // the connection, a new one may be better.
    if (silent && stream_ != nullptr) stream_->Cancel();
    if (!deadlines_.empty()) loop_.Arm(expiry_, deadlines_.front().first);
  }

  void Closed(uint64_t stream, const Status& why) {
    if (stream != streams_) return;
    stream_.reset();
    ++failures_;
    metrics_.reconnects.Add();
    loop_.Arm(reconnect_, clock_.In(Backoff()));
    FailAll(why.message());
  }

  // Doubles with each failure; half of it is chance, so that front ends do not all
  // come at once.
  Duration Backoff() {
    const int doublings = std::min(failures_ - 1, 10);
    const auto most = std::min<Duration>(kBackoffMin * (1 << doublings), kBackoffMax);
    std::uniform_int_distribution<int64_t> part(most.count() / 2, most.count());
    return Duration(part(random_));
  }

  void FailAll(const std::string& why) {
    parked_.clear();
    deadlines_.clear();
    loop_.Disarm(expiry_);
    auto open = std::exchange(open_, {});
    metrics_.in_flight.Add(-static_cast<int64_t>(open.size()));
    for (auto& [id, request] : open) {
      request.done(Refusal(Code::kUnavailable, Describe("connection lost: " + why)));
    }
  }

  std::string Describe(const std::string& what) const {
    return "back end " + options_.name + ": " + what;
  }

  const HopOptions options_;
  net::EventLoop& loop_;
  const Clock& clock_;
  HopMetrics& metrics_;
  const std::thread::id thread_;
  const std::shared_ptr<Link> link_;
  const std::unique_ptr<HopChannel> channel_;
  net::Timer expiry_;
  net::Timer reconnect_;
  std::minstd_rand random_;
  std::shared_ptr<HopStream> stream_;  // Null while waiting to connect again.
  uint64_t streams_ = 0;               // Opened so far.
  int failures_ = 0;                   // Streams that ended since the last reply.
  uint64_t last_id_ = 0;
  MonotonicTime last_reply_;
  std::unordered_map<uint64_t, Open> open_;  // By call_id.
  std::deque<std::pair<Deadline, uint64_t>> deadlines_;
  // Sent as soon as there is a stream.
  std::vector<std::pair<std::unique_ptr<proto::PartitionRequest>, Deadline>> parked_;
};

}  // namespace

HopMetrics::HopMetrics(Registry& registry)
    : latency(registry.GetHistogram("mesh_hop_seconds", "From sending a request to its reply")),
      requests(registry.GetCounter("mesh_hop_requests_total", "Requests sent to back ends")),
      messages(registry.GetCounter("mesh_hop_messages_total", "Messages that carried them")),
      reconnects(registry.GetCounter("mesh_hop_reconnects_total", "Streams that broke")),
      expired(registry.GetCounter("mesh_hop_expired_total", "Requests not answered in time")),
      refused(registry.GetCounter("mesh_hop_refused_total", "Requests beyond the bound")),
      in_flight(registry.GetGauge("mesh_hop_in_flight", "Requests at back ends now")) {}

std::unique_ptr<Partition> MakeGrpcPartition(const HopOptions& options, net::EventLoop& loop,
                                             const Clock& clock, HopMetrics& metrics) {
  return std::make_unique<GrpcPartition>(options, loop, clock, metrics);
}

}  // namespace mesh::frontend
