#include "frontend/rpc/local_partition.h"

#include <deque>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "frontend/rpc/hop_text.h"
#include "proto/partition.pb.h"

namespace mesh::frontend {
namespace {

class LocalPartition;

struct Answer {
  uint64_t id;
  std::unique_ptr<proto::PartitionReply> reply;
};

// Where the owner's threads leave replies for the loop. Outlives the partition in calls that are
// under way. Replies that come in a run wake the loop once.
class Mailbox : public std::enable_shared_from_this<Mailbox> {
 public:
  Mailbox(LocalPartition* partition, net::EventLoop& loop) : partition_(partition), loop_(&loop) {}

  // Any thread.
  void Put(uint64_t id, std::unique_ptr<proto::PartitionReply> reply);
  // The loop's thread. The loop is not touched afterwards.
  void Close();

 private:
  void Deliver();

  std::mutex mutex_;
  LocalPartition* partition_;    // Guarded by mutex_; null once closed.
  net::EventLoop* const loop_;   // Lives while partition_ does.
  std::vector<Answer> answers_;  // Guarded by mutex_; not empty: Deliver is to come.
};

// All members are the loop's thread's.
class LocalPartition final : public Partition {
 public:
  LocalPartition(const LocalOptions& options, Partition& owner, net::EventLoop& loop,
                 const Clock& clock, HopMetrics& metrics)
      : options_(options),
        owner_(owner),
        loop_(loop),
        clock_(clock),
        metrics_(metrics),
        mailbox_(std::make_shared<Mailbox>(this, loop)),
        expiry_([this] { Expire(); }),
        rewording_(options.name) {}

  ~LocalPartition() override {
    mailbox_->Close();
    auto open = std::exchange(open_, {});
    metrics_.in_flight.Add(-static_cast<int64_t>(open.size()));
    for (auto& [id, call] : open) call.done(HopRefusal(Code::kDeadlineExceeded, kLost));
  }

  void Call(std::unique_ptr<proto::PartitionRequest> request, Deadline deadline,
            Done done) override {
    if (open_.size() >= options_.in_flight_max) {
      metrics_.refused.Add();
      return done(HopRefusal(Code::kResourceExhausted, kFull));
    }
    const uint64_t id = ++last_id_;
    open_[id] = Open{std::move(done), clock_.Now()};
    metrics_.in_flight.Add(1);
    metrics_.requests.Add();
    deadlines_.emplace_back(deadline, id);
    if (!expiry_.armed()) loop_.Arm(expiry_, deadline);
    owner_.Call(std::move(request), deadline,
                [mailbox = mailbox_, id](auto reply) { mailbox->Put(id, std::move(reply)); });
  }

  // A reply to a request that has expired here finds nobody.
  void Take(std::vector<Answer> answers) {
    const MonotonicTime now = clock_.Now();
    for (Answer& answer : answers) {
      const auto found = open_.find(answer.id);
      if (found == open_.end()) continue;
      metrics_.latency.ObserveNanos(static_cast<uint64_t>((now - found->second.begun).count()));
      if (answer.reply->code() != 0) rewording_.Reword(now, *answer.reply);
      Finish(found, std::move(answer.reply));
    }
    while (!deadlines_.empty() && !open_.contains(deadlines_.front().second)) {
      deadlines_.pop_front();
    }
  }

 private:
  struct Open {
    Done done;
    MonotonicTime begun;
  };

  void Finish(std::unordered_map<uint64_t, Open>::iterator open,
              std::unique_ptr<proto::PartitionReply> reply) {
    const Done done = std::move(open->second.done);
    open_.erase(open);
    metrics_.in_flight.Add(-1);
    done(std::move(reply));
  }

  // Deadlines are nearly in the order of calls, as all requests have the same time.
  void Expire() {
    const MonotonicTime now = clock_.Now();
    while (!deadlines_.empty() && deadlines_.front().first <= now) {
      const auto found = open_.find(deadlines_.front().second);
      deadlines_.pop_front();
      if (found == open_.end()) continue;
      metrics_.expired.Add();
      Finish(found, HopRefusal(Code::kDeadlineExceeded, kLate));
    }
    if (!deadlines_.empty()) loop_.Arm(expiry_, deadlines_.front().first);
  }

  const LocalOptions options_;
  Partition& owner_;
  net::EventLoop& loop_;
  const Clock& clock_;
  HopMetrics& metrics_;
  const std::shared_ptr<Mailbox> mailbox_;
  net::Timer expiry_;
  HopRewording rewording_;
  uint64_t last_id_ = 0;
  std::unordered_map<uint64_t, Open> open_;
  std::deque<std::pair<Deadline, uint64_t>> deadlines_;  // In the order of calls.
};

void Mailbox::Put(uint64_t id, std::unique_ptr<proto::PartitionReply> reply) {
  const std::lock_guard lock(mutex_);
  if (partition_ == nullptr) return;
  answers_.push_back({id, std::move(reply)});
  if (answers_.size() > 1) return;
  loop_->Post([self = shared_from_this()] { self->Deliver(); });
}

void Mailbox::Close() {
  const std::lock_guard lock(mutex_);
  partition_ = nullptr;
  answers_.clear();
}

// Only this thread closes, so the partition stays while its callbacks run, unless one of them
// destroys it, which the owner of a partition never does.
void Mailbox::Deliver() {
  std::vector<Answer> answers;
  LocalPartition* partition = nullptr;
  {
    const std::lock_guard lock(mutex_);
    answers.swap(answers_);
    partition = partition_;
  }
  if (partition != nullptr) partition->Take(std::move(answers));
}

}  // namespace

std::unique_ptr<Partition> MakeLocalPartition(const LocalOptions& options, Partition& owner,
                                              net::EventLoop& loop, const Clock& clock,
                                              HopMetrics& metrics) {
  return std::make_unique<LocalPartition>(options, owner, loop, clock, metrics);
}

}  // namespace mesh::frontend
