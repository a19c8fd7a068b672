#include "common/operator/back_ends.h"

#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "proto/load.grpc.pb.h"
#include "proto/partition.grpc.pb.h"

namespace mesh {

namespace {

// A back end hears of a new map as we do, a moment sooner or later.
constexpr std::chrono::milliseconds kBehindTime{1000};
constexpr std::chrono::milliseconds kBehindPause{50};

// Counts what is under way. gRPC may still be in Done when Await has returned, so both sides hold
// it.
class Countdown {
 public:
  explicit Countdown(size_t count) : left_(count) {}

  void Done() {
    const std::lock_guard lock(mutex_);
    if (--left_ == 0) none_.notify_all();
  }
  void Await() {
    std::unique_lock lock(mutex_);
    none_.wait(lock, [this] { return left_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable none_;
  size_t left_;  // Guarded by mutex_.
};

}  // namespace

// One question under way. gRPC's until its callback has run.
struct BackEnds::Asked {
  PartitionId partition = 0;
  std::unique_ptr<proto::PartitionService::Stub> stub;
  std::unique_ptr<proto::PartitionReply> reply = std::make_unique<proto::PartitionReply>();
  grpc::ClientContext context;
  grpc::Status status;
};

BackEnds::BackEnds(PartitionMap map, HopTls tls, std::chrono::milliseconds timeout)
    : map_(std::move(map)), tls_(std::move(tls)), timeout_(timeout) {}

BackEnds::~BackEnds() = default;

const std::shared_ptr<grpc::Channel>& BackEnds::ChannelTo(const BackEnd& back_end) {
  std::shared_ptr<grpc::Channel>& channel = channels_[back_end.name];
  if (channel == nullptr) channel = MakeHopChannel(back_end.address, tls_);
  return channel;
}

BackEnds::Answer BackEnds::Ask(Question question) {
  std::vector<Question> one;
  one.push_back(std::move(question));
  return std::move(AskAll(std::move(one)).front());
}

std::vector<BackEnds::Answer> BackEnds::AskAll(std::vector<Question> questions) {
  std::vector<Answer> answers = AskOnce(questions);
  const auto end = std::chrono::steady_clock::now() + kBehindTime;
  while (std::chrono::steady_clock::now() < end) {
    std::vector<size_t> places;
    std::vector<Question> again;
    for (size_t i = 0; i < questions.size(); ++i) {
      if (!MayBeBehind(questions[i], answers[i])) continue;
      places.push_back(i);
      again.push_back(std::move(questions[i]));
    }
    if (again.empty()) break;
    std::this_thread::sleep_for(kBehindPause);
    std::vector<Answer> later = AskOnce(again);
    for (size_t i = 0; i < places.size(); ++i) {
      answers[places[i]] = std::move(later[i]);
      questions[places[i]] = std::move(again[i]);
    }
  }
  return answers;
}

bool BackEnds::MayBeBehind(const Question& question, const Answer& answer) const {
  return answer.status().code() == Code::kAborted && EpochOf(question.partition) <= map_.epoch();
}

std::vector<BackEnds::Answer> BackEnds::AskOnce(const std::vector<Question>& questions) {
  std::vector<Asked> asked(questions.size());
  const auto open = std::make_shared<Countdown>(questions.size());
  for (size_t i = 0; i < questions.size(); ++i) {
    Begin(questions[i], asked[i], [open] { open->Done(); });
  }
  open->Await();
  std::vector<Answer> answers;
  answers.reserve(asked.size());
  for (Asked& one : asked) answers.push_back(Finish(one));
  return answers;
}

void BackEnds::Begin(const Question& question, Asked& asked, const std::function<void()>& done) {
  proto::PartitionRequest& request = *question.request;
  asked.partition = question.partition;
  request.set_partition(question.partition);
  request.set_map_epoch(map_.epoch());
  request.mutable_caller()->set_mode(proto::Caller::OPERATOR);
  request.set_deadline_us(static_cast<uint64_t>(std::chrono::microseconds(timeout_).count()));
  const BackEnd& home = map_.HomeOf(question.partition);
  if (home.address.empty()) return done();
  asked.context.set_deadline(std::chrono::system_clock::now() + timeout_);
  asked.stub = proto::PartitionService::NewStub(ChannelTo(home));
  asked.stub->async()->Ask(&asked.context, &request, asked.reply.get(),
                           [&asked, done](const grpc::Status& status) {
                             asked.status = status;
                             done();
                           });
}

namespace {

std::string NameOf(const BackEnd& back_end, PartitionId partition) {
  return "back end " + back_end.name + " (" + back_end.address + "), partition " +
         std::to_string(partition);
}

// Of one that is not asked at all: gRPC makes no connection to an empty address.
Status NotRegistered(const BackEnd& back_end) {
  return Status(Code::kUnavailable, "back end " + back_end.name +
                                        " is not registered, nobody knows where it is; does it "
                                        "run?");
}

// What gRPC says of a question that got no reply.
Status NoReply(const grpc::Status& status, const std::string& who,
               std::chrono::milliseconds timeout) {
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
      return Status(Code::kUnavailable,
                    who + " cannot be reached: " + status.error_message() +
                        "; does it run there, and do --map and --backend-tls-ca fit it?");
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return Status(Code::kDeadlineExceeded, who + " did not answer within " +
                                                 std::to_string(timeout.count()) +
                                                 " ms; ask again with a longer --timeout");
    case grpc::StatusCode::UNIMPLEMENTED:
      return Status(Code::kUnimplemented,
                    who + " is of a version that takes no questions; upgrade it");
    default:
      return Status(Code::kUnavailable, who + " failed: " + status.error_message());
  }
}

// What the back end says in a reply that is none.
Status Refusal(const proto::PartitionReply& reply, const std::string& who) {
  const Code code = static_cast<Code>(reply.code());
  if (code == Code::kAborted) {
    return Status(code, who + " does not own the partition under its map of epoch " +
                            std::to_string(reply.map_epoch()) +
                            "; give --map the map that the back ends read");
  }
  return Status(code, who + ": " + reply.message());
}

}  // namespace

// One back end's load, likewise.
struct BackEnds::AskedLoad {
  BackEnd back_end;
  std::unique_ptr<proto::LoadService::Stub> stub;
  std::unique_ptr<proto::LoadReport> report = std::make_unique<proto::LoadReport>();
  grpc::ClientContext context;
  grpc::Status status;

  Status Failure(std::chrono::milliseconds timeout) const {
    if (back_end.address.empty()) return NotRegistered(back_end);
    const std::string who = "back end " + back_end.name + " (" + back_end.address + ")";
    if (status.error_code() != grpc::StatusCode::UNIMPLEMENTED) {
      return NoReply(status, who, timeout);
    }
    return Status(Code::kUnimplemented,
                  who + " is of a version that does not count who asks; update it");
  }
};

void BackEnds::BeginLoad(const proto::LoadRequest& request, AskedLoad& asked,
                         const std::function<void()>& done) {
  if (asked.back_end.address.empty()) {
    asked.status = grpc::Status(grpc::StatusCode::UNAVAILABLE, "it has no address");
    return done();
  }
  asked.context.set_deadline(std::chrono::system_clock::now() + timeout_);
  asked.stub = proto::LoadService::NewStub(ChannelTo(asked.back_end));
  asked.stub->async()->Report(&asked.context, &request, asked.report.get(),
                              [&asked, done](const grpc::Status& status) {
                                asked.status = status;
                                done();
                              });
}

std::vector<BackEnds::LoadAnswer> BackEnds::AskLoads(const proto::LoadRequest& request,
                                                     const std::string& one) {
  std::deque<AskedLoad> asked;
  for (const BackEnd& back_end : map_.back_ends()) {
    const bool wanted = one.empty() || back_end.name == one;
    if (!wanted || map_.PartitionsOf(back_end.name).empty()) continue;
    asked.emplace_back().back_end = back_end;
  }
  const auto open = std::make_shared<Countdown>(asked.size());
  for (AskedLoad& load : asked) BeginLoad(request, load, [open] { open->Done(); });
  open->Await();
  std::vector<LoadAnswer> answers;
  for (AskedLoad& load : asked) {
    if (load.status.ok()) {
      answers.push_back({load.back_end.name, std::move(load.report)});
    } else {
      answers.push_back({load.back_end.name, load.Failure(timeout_)});
    }
  }
  return answers;
}

uint64_t BackEnds::EpochOf(PartitionId partition) const {
  const auto found = epochs_.find(partition);
  return found == epochs_.end() ? 0 : found->second;
}

BackEnds::Answer BackEnds::Finish(Asked& asked) {
  const BackEnd& home = map_.HomeOf(asked.partition);
  if (home.address.empty()) return NotRegistered(home);
  const std::string who = NameOf(home, asked.partition);
  if (!asked.status.ok()) return NoReply(asked.status, who, timeout_);
  epochs_[asked.partition] = asked.reply->map_epoch();
  if (asked.reply->code() != 0) return Refusal(*asked.reply, who);
  if (asked.reply->mesh_status() >= 400) {
    return Status(Code::kFailedPrecondition, who + ": " + asked.reply->message());
  }
  return std::move(asked.reply);
}

}  // namespace mesh
