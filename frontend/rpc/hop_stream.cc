#include "frontend/rpc/hop_stream.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <mutex>
#include <utility>

#include "proto/partition.grpc.pb.h"

namespace mesh::frontend {
namespace {

// Octets after which a message takes no further request: what follows need not wait
// for a long message to be sent. One request may be larger.
constexpr size_t kMessageBytes = 1024 * 1024;

// Told once, by a stream that may be gone before the one who waits has heard.
class Signal {
 public:
  void Set() {
    const std::lock_guard lock(mutex_);
    set_ = true;
    changed_.notify_all();
  }
  void Await() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return set_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool set_ = false;  // Guarded by mutex_.
};

class Stream final
    : public HopStream,
      public grpc::ClientBidiReactor<proto::PartitionRequests, proto::PartitionReplies> {
 public:
  Stream(const std::shared_ptr<grpc::Channel>& channel, HopStreamEvents events, const Clock& clock,
         HopMetrics& metrics)
      : stub_(proto::PartitionService::NewStub(channel)),
        events_(std::move(events)),
        clock_(clock),
        metrics_(metrics) {}

  void Start(std::shared_ptr<Stream> self) {
    self_ = std::move(self);
    stub_->async()->Exchange(&context_, this);
    AddHold();  // Send may start a write at any time until the hold is removed.
    StartRead(&replies_);
    StartCall();
  }

  void Send(HopRequest request) override {
    const std::lock_guard lock(mutex_);
    if (over_) return;
    waiting_.push_back(std::move(request));
    if (!writing_) WriteNext();
  }

  void SendAll(std::vector<HopRequest> requests) override {
    const std::lock_guard lock(mutex_);
    if (over_) return;
    std::move(requests.begin(), requests.end(), std::back_inserter(waiting_));
    if (!writing_) WriteNext();
  }

  std::vector<HopRequest> Retire() override {
    const std::lock_guard lock(mutex_);
    if (std::exchange(retired_, true)) return {};
    std::vector<HopRequest> unsent(std::make_move_iterator(waiting_.begin()),
                                   std::make_move_iterator(waiting_.end()));
    waiting_.clear();
    if (!writing_ && !over_) StartWritesDone();
    return unsent;
  }

  void Cancel() override { context_.TryCancel(); }

  void AwaitClosed() override { closed_->Await(); }

  // The back end sends its first octets when it has taken the stream. A failure is also
  // OnReadDone's.
  void OnReadInitialMetadataDone(bool ok) override {
    if (ok) events_.opened();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return End();
    auto replies = std::make_unique<proto::PartitionReplies>();
    replies->Swap(&replies_);
    if (replies->draining()) events_.draining();
    events_.received(std::move(replies));
    StartRead(&replies_);
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    if (!ok || over_) return;
    retired_ ? StartWritesDone() : WriteNext();
  }

  // Gives the stream away: nothing of it may be touched after closed().
  void OnDone(const grpc::Status& status) override {
    const std::shared_ptr<Signal> signal = closed_;
    const auto closed = events_.closed;
    const std::string& why = status.error_message();
    closed(Status(Code::kUnavailable, why.empty() ? "the stream ended" : why), std::move(self_));
    signal->Set();
  }

 private:
  void End() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
      waiting_.clear();
    }
    RemoveHold();
  }

  // With the lock: moves what waits into one message and sends it.
  void WriteNext() {
    requests_.Clear();
    const MonotonicTime now = clock_.Now();
    for (size_t bytes = 0; !waiting_.empty() && bytes < kMessageBytes; waiting_.pop_front()) {
      auto& [request, deadline] = waiting_.front();
      if (deadline <= now) continue;
      request->set_deadline_us(static_cast<uint64_t>(
          std::chrono::duration_cast<std::chrono::microseconds>(deadline - now).count()));
      bytes += request->ByteSizeLong();
      requests_.mutable_requests()->AddAllocated(request.release());
    }
    if (requests_.requests_size() == 0) return;
    metrics_.messages.Add();
    metrics_.requests.Add(static_cast<uint64_t>(requests_.requests_size()));
    writing_ = true;
    StartWrite(&requests_);
  }

  const std::unique_ptr<proto::PartitionService::Stub> stub_;  // Holds the connection.
  const HopStreamEvents events_;
  const Clock& clock_;
  HopMetrics& metrics_;
  grpc::ClientContext context_;
  std::shared_ptr<Stream> self_;     // Until OnDone.
  proto::PartitionReplies replies_;  // gRPC's, while a read is under way.

  const std::shared_ptr<Signal> closed_ = std::make_shared<Signal>();  // closed() has returned.

  std::mutex mutex_;
  proto::PartitionRequests requests_;  // Guarded by mutex_; gRPC's while writing_.
  std::deque<HopRequest> waiting_;     // Guarded by mutex_, likewise below.
  bool writing_ = false;               // A write is under way.
  bool retired_ = false;               // Our side ends after the write that is under way.
  bool over_ = false;                  // Nothing more is sent.
};

// A channel for each stream: gRPC's own back-off begins when a channel's connection has
// failed, and goes on connecting for nobody; by then we have let the channel go.
class Connector final : public HopConnector {
 public:
  Connector(const HopOptions& options, const Clock& clock, HopMetrics& metrics)
      : address_(options.address), tls_(options.tls), clock_(clock), metrics_(metrics) {}

  std::shared_ptr<HopStream> Open(HopStreamEvents events) override {
    auto stream = std::make_shared<Stream>(MakeHopChannel(address_, tls_ ? tls_() : HopTls()),
                                           std::move(events), clock_, metrics_);
    stream->Start(stream);
    return stream;
  }

 private:
  const std::string address_;
  const std::function<HopTls()> tls_;
  const Clock& clock_;
  HopMetrics& metrics_;
};

}  // namespace

std::unique_ptr<HopConnector> MakeHopConnector(const HopOptions& options, const Clock& clock,
                                               HopMetrics& metrics) {
  return std::make_unique<Connector>(options, clock, metrics);
}

}  // namespace mesh::frontend
