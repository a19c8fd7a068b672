#include "bench/storage/exchange_client.h"

#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <ctime>
#include <mutex>
#include <utility>

#include "proto/partition.grpc.pb.h"

namespace mesh::bench {
namespace {

constexpr uint64_t kDeadlineMicros = 30'000'000;

// One run over one stream. Its reactions come one of a kind at a time; replies and
// written messages meet under the lock.
class Stream final
    : public grpc::ClientBidiReactor<proto::PartitionRequests, proto::PartitionReplies> {
 public:
  Stream(proto::PartitionService::StubInterface& stub, const ExchangeLoad& load)
      : load_(load), sent_(load.in_flight) {
    static_cast<proto::PartitionService::Stub&>(stub).async()->Exchange(&context_, this);
  }

  Result<ExchangeResult> Run() {
    start_ = clock_.Now();
    for (size_t lane = 0; lane < load_.in_flight; ++lane) Make(lane);
    StartRead(&replies_);
    Write();
    StartCall();
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return over_; });
    if (!failure_.ok()) return failure_;
    result_.seconds = std::chrono::duration<double>(end_ - start_).count();
    return std::move(result_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    bool write = false;
    {
      const std::lock_guard lock(mutex_);
      const MonotonicTime now = clock_.Now();
      for (const proto::PartitionReply& reply : replies_.replies()) Take(reply, now);
      write = !writing_ && waiting_.requests_size() > 0;
      if (open_ == 0 && !closing_) Close(now);
      if (write) Swap();
    }
    if (write) StartWrite(&writing_requests_);
    StartRead(&replies_);
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return;
    bool write = false;
    {
      const std::lock_guard lock(mutex_);
      writing_ = false;
      write = waiting_.requests_size() > 0;
      if (write) Swap();
    }
    if (write) StartWrite(&writing_requests_);
  }

  void OnDone(const grpc::Status& status) override {
    const std::lock_guard lock(mutex_);
    if (!closing_) failure_ = Status(Code::kUnavailable, status.error_message());
    over_ = true;
    done_.notify_all();
  }

 private:
  void Make(size_t lane) {
    proto::PartitionRequest& request = *waiting_.add_requests();
    load_.make(lane, request);
    request.set_call_id(lane);
    request.set_deadline_us(kDeadlineMicros);
    sent_[lane] = clock_.Now();
    ++open_;
    ++made_;
  }

  bool Finished(MonotonicTime now) const {
    return load_.requests != 0 ? made_ >= load_.requests : now - start_ >= load_.time;
  }

  void Take(const proto::PartitionReply& reply, MonotonicTime now) {
    --open_;
    ++result_.requests;
    result_.micros.push_back(
        std::chrono::duration<double, std::micro>(now - sent_[reply.call_id()]).count());
    if (reply.code() != 0 || reply.mesh_status() >= 300) {
      failure_ = Status(Code::kInternal, "the back end answered " + reply.ShortDebugString());
    }
    if (failure_.ok() && !Finished(now)) Make(reply.call_id());
  }

  void Close(MonotonicTime now) {
    closing_ = true;
    end_ = now;
    context_.TryCancel();
  }

  void Swap() {
    writing_ = true;
    writing_requests_.Clear();
    writing_requests_.Swap(&waiting_);
  }

  void Write() {
    Swap();
    StartWrite(&writing_requests_);
  }

  const ExchangeLoad& load_;
  const SystemClock clock_;
  grpc::ClientContext context_;
  proto::PartitionReplies replies_;
  proto::PartitionRequests writing_requests_;

  std::mutex mutex_;
  std::condition_variable done_;
  proto::PartitionRequests waiting_;
  std::vector<MonotonicTime> sent_;  // By lane.
  MonotonicTime start_, end_;
  ExchangeResult result_;
  Status failure_;
  size_t open_ = 0;
  uint64_t made_ = 0;
  bool writing_ = false;
  bool closing_ = false;
  bool over_ = false;
};

}  // namespace

Result<ExchangeResult> RunExchange(const std::string& address, const ExchangeLoad& load) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  const auto channel =
      grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
  const auto stub = proto::PartitionService::NewStub(channel);
  Stream stream(*stub, load);
  return stream.Run();
}

double CpuSeconds(int pid) {
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return 0;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

}  // namespace mesh::bench
