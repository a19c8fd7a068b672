#include "frontend/rpc/hop_stream.h"

#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

#include "proto/partition.grpc.pb.h"

namespace mesh::frontend {
namespace {

// Octets after which a message takes no further request: what follows need not wait
// for a long message to be sent. One request may be larger.
constexpr size_t kMessageBytes = 1024 * 1024;
// Our own back-off is the one that counts; gRPC's must not be slower.
constexpr int kChannelBackoffMinMs = 20;
constexpr int kChannelBackoffMaxMs = 500;

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
  Stream(HopStreamEvents events, const Clock& clock, HopMetrics& metrics)
      : events_(std::move(events)), clock_(clock), metrics_(metrics) {}

  void Start(proto::PartitionService::Stub& stub, std::shared_ptr<Stream> self) {
    self_ = std::move(self);
    stub.async()->Exchange(&context_, this);
    AddHold();  // Send may start a write at any time until the hold is removed.
    StartRead(&replies_);
    StartCall();
  }

  void Send(std::unique_ptr<proto::PartitionRequest> request, Deadline deadline) override {
    const std::lock_guard lock(mutex_);
    if (over_) return;
    waiting_.emplace_back(std::move(request), deadline);
    if (!writing_) WriteNext();
  }

  void Cancel() override { context_.TryCancel(); }

  void AwaitClosed() override { closed_->Await(); }

  void OnReadDone(bool ok) override {
    if (!ok) return End();
    auto replies = std::make_unique<proto::PartitionReplies>();
    replies->Swap(&replies_);
    events_.received(std::move(replies));
    StartRead(&replies_);
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    if (ok && !over_) WriteNext();
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

  const HopStreamEvents events_;
  const Clock& clock_;
  HopMetrics& metrics_;
  grpc::ClientContext context_;
  std::shared_ptr<Stream> self_;     // Until OnDone.
  proto::PartitionReplies replies_;  // gRPC's, while a read is under way.

  const std::shared_ptr<Signal> closed_ = std::make_shared<Signal>();  // closed() has returned.

  std::mutex mutex_;
  proto::PartitionRequests requests_;  // Guarded by mutex_; gRPC's while writing_.
  std::deque<std::pair<std::unique_ptr<proto::PartitionRequest>, Deadline>>
      waiting_;           // Guarded by mutex_, likewise below.
  bool writing_ = false;  // A write is under way.
  bool over_ = false;     // Nothing more is sent.
};

class Channel final : public HopChannel {
 public:
  Channel(std::shared_ptr<grpc::Channel> channel, const Clock& clock, HopMetrics& metrics)
      : channel_(std::move(channel)),
        stub_(proto::PartitionService::NewStub(channel_)),
        clock_(clock),
        metrics_(metrics) {}

  std::shared_ptr<HopStream> Open(HopStreamEvents events) override {
    auto stream = std::make_shared<Stream>(std::move(events), clock_, metrics_);
    stream->Start(*stub_, stream);
    return stream;
  }

 private:
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<proto::PartitionService::Stub> stub_;
  const Clock& clock_;
  HopMetrics& metrics_;
};

std::shared_ptr<grpc::ChannelCredentials> Credentials(const HopTls& tls) {
  if (!tls.enabled()) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = tls.authorities;
  options.pem_cert_chain = tls.certificate_chain;
  options.pem_private_key = tls.private_key;
  return grpc::SslCredentials(options);
}

grpc::ChannelArguments Arguments(const HopTls& tls) {
  grpc::ChannelArguments arguments;
  // A connection of its own: event loops must not wait for each other's messages.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kChannelBackoffMinMs);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kChannelBackoffMinMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kChannelBackoffMaxMs);
  // The hop never leaves our own network: a proxy of the environment is not meant for it.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetMaxSendMessageSize(-1);
  if (!tls.server_name.empty()) arguments.SetSslTargetNameOverride(tls.server_name);
  return arguments;
}

}  // namespace

std::unique_ptr<HopChannel> MakeHopChannel(const HopOptions& options, const Clock& clock,
                                           HopMetrics& metrics) {
  return std::make_unique<Channel>(
      grpc::CreateCustomChannel(options.address, Credentials(options.tls), Arguments(options.tls)),
      clock, metrics);
}

}  // namespace mesh::frontend
