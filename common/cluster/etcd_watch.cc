#include "common/cluster/etcd_watch.h"

#include <grpcpp/grpcpp.h>
#include <pthread.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "proto/etcd.grpc.pb.h"

namespace mesh::cluster {
namespace {

using etcdserverpb::WatchRequest;
using etcdserverpb::WatchResponse;

// For one attempt to find a member that is connected.
constexpr std::chrono::seconds kConnectTime{2};
// Between a stream that broke and the next one.
constexpr std::chrono::milliseconds kPause{100};

class EtcdWatch final : public ClusterWatch {
 public:
  EtcdWatch(std::shared_ptr<EtcdChannels> channels, const Clock& clock, std::string prefix,
            Revision from, WatchEvents events)
      : channels_(std::move(channels)),
        clock_(clock),
        prefix_(std::move(prefix)),
        events_(std::move(events)),
        next_(from),
        thread_([this] { Run(); }) {}

  ~EtcdWatch() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      if (context_ != nullptr) context_->TryCancel();
    }
    stop_.notify_all();
    thread_.join();
  }

 private:
  void Run() {
    pthread_setname_np(pthread_self(), "etcd-watch");
    while (!Stopping() && !over_) {
      auto channel = channels_->Connected(clock_.In(kConnectTime), [this] { return Stopping(); });
      if (Stopping()) return;
      if (channel == nullptr) {
        Lost(Status(Code::kUnavailable, "no member of etcd is connected"));
        continue;
      }
      const Status why = RunStream(channel);
      if (over_ || Stopping()) break;
      channels_->Leave(channel);
      Lost(why);
      Pause();
    }
    if (over_ && !Stopping()) events_.compacted();
  }

  // Returns when the stream ends; sets over_ when the watch has, too.
  Status RunStream(const std::shared_ptr<grpc::Channel>& channel) {
    grpc::ClientContext context;
    // A member without a leader ends the stream instead of falling silent.
    context.AddMetadata("hasleader", "true");
    if (!Enter(&context)) return Status();
    auto stream = etcdserverpb::Watch::NewStub(channel)->Watch(&context);
    stream->Write(Creation());
    WatchResponse response;
    std::string reason;
    while (stream->Read(&response)) {
      if (!Take(response, &reason)) {
        context.TryCancel();
        break;
      }
    }
    const grpc::Status end = stream->Finish();
    Leave();
    return Status(Code::kUnavailable, reason.empty() ? end.error_message() + " (watch)" : reason);
  }

  WatchRequest Creation() const {
    WatchRequest request;
    auto* const create = request.mutable_create_request();
    create->set_key(prefix_);
    create->set_range_end(EndOfPrefix(prefix_));
    create->set_start_revision(next_);
    create->set_progress_notify(true);
    return request;
  }

  // Whether the stream goes on.
  bool Take(const WatchResponse& response, std::string* reason) {
    // A store that has not come so far, or another one, is not the one that was read.
    const uint64_t id = response.header().cluster_id();
    const bool other = cluster_ != 0 && id != cluster_;
    cluster_ = id;
    if (other || response.compact_revision() > 0 ||
        (response.created() && response.header().revision() + 1 < next_)) {
      over_ = true;
      return false;
    }
    if (response.canceled()) {
      *reason = "etcd ended the watch: " + response.cancel_reason();
      return false;
    }
    if (response.created()) {
      lost_ = false;
      events_.established();
    }
    Tell(response);
    return true;
  }

  // etcd keeps the changes of one revision together, and tells several in one response.
  void Tell(const WatchResponse& response) {
    WatchBatch batch;
    for (const etcdserverpb::Event& event : response.events()) {
      const etcdserverpb::KeyValue& kv = event.kv();
      if (kv.mod_revision() != batch.revision) Tell(std::exchange(batch, {}));
      batch.revision = kv.mod_revision();
      Change change{kv.key(), std::nullopt, kv.lease()};
      if (event.type() == etcdserverpb::Event::PUT) change.value = kv.value();
      batch.changes.push_back(std::move(change));
    }
    Tell(batch);
  }

  void Tell(const WatchBatch& batch) {
    if (batch.changes.empty() || batch.revision < next_) return;
    next_ = batch.revision + 1;
    events_.changed(batch);
  }

  void Lost(const Status& why) {
    if (!std::exchange(lost_, true)) events_.lost(why);
  }

  bool Enter(grpc::ClientContext* context) {
    const std::lock_guard lock(mutex_);
    context_ = stopping_ ? nullptr : context;
    return !stopping_;
  }
  void Leave() {
    const std::lock_guard lock(mutex_);
    context_ = nullptr;
  }
  bool Stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
  }
  void Pause() {
    std::unique_lock lock(mutex_);
    stop_.wait_for(lock, kPause, [this] { return stopping_; });
  }

  const std::shared_ptr<EtcdChannels> channels_;
  const Clock& clock_;
  const std::string prefix_;
  const WatchEvents events_;
  // The thread's own.
  Revision next_;
  uint64_t cluster_ = 0;
  bool lost_ = false;
  bool over_ = false;

  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;                   // Guarded by mutex_.
  grpc::ClientContext* context_ = nullptr;  // Guarded by mutex_: of the stream that runs.
  std::thread thread_;                      // Last: it uses all of the above.
};

}  // namespace

std::string EndOfPrefix(std::string prefix) {
  while (!prefix.empty() && static_cast<uint8_t>(prefix.back()) == 0xff) prefix.pop_back();
  if (prefix.empty()) return std::string(1, '\0');
  prefix.back() = static_cast<char>(static_cast<uint8_t>(prefix.back()) + 1);
  return prefix;
}

std::unique_ptr<ClusterWatch> MakeEtcdWatch(std::shared_ptr<EtcdChannels> channels,
                                            const Clock& clock, std::string prefix, Revision from,
                                            WatchEvents events) {
  return std::make_unique<EtcdWatch>(std::move(channels), clock, std::move(prefix), from,
                                     std::move(events));
}

}  // namespace mesh::cluster
