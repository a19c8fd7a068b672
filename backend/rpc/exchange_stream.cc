#include "backend/rpc/exchange_stream.h"

#include <grpcpp/support/server_callback.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "backend/partition/cork.h"
#include "backend/partition/environment.h"
#include "common/base/clock.h"
#include "common/mesh/partition.h"
#include "proto/partition.pb.h"

namespace mesh::backend {
namespace {

// Octets of replies in one message, unless one alone has more: keeps a message well
// below what a receiver takes, and lets small replies pass between large ones.
constexpr size_t kMessageBytes = 1u << 20;
// gRPC calls it from its threads, one reaction of a kind at a time, and partitions
// call it from theirs with replies. It ends itself when the front end has closed
// its side, or Close was called, and nothing is left to do.
class ExchangeStream final
    : public grpc::ServerBidiReactor<proto::PartitionRequests, proto::PartitionReplies>,
      public OpenStream,
      private CorkTarget {
 public:
  // Takes the stream and starts reading, or ends it when the server drains. Deletes
  // itself after its last reaction.
  ExchangeStream(StreamSet& streams, const StreamContext& context);

  void Drain() override;
  void Close() override;

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone() override;

 private:
  void CallAll();
  void RefuseAll(const std::vector<proto::PartitionRequest*>& requests);
  void TakeReply(std::unique_ptr<proto::PartitionReply> reply);
  void Uncork() override;

  // Both require mutex_, and say whether to write, or to end, once it is released.
  bool FillOutgoing();
  bool TakeEnd();
  // Writes, reads on or ends, whatever is due. Nothing may be touched afterwards.
  // `uncorked`: the call stands for one of uncorks_.
  void Continue(bool uncorked);

  StreamSet& streams_;
  const StreamContext& context_;
  proto::PartitionRequests incoming_;  // Belongs to gRPC while a read is under way.
  proto::PartitionReplies outgoing_;   // Belongs to gRPC while a write is under way.

  std::mutex mutex_;
  std::deque<std::unique_ptr<proto::PartitionReply>> waiting_;  // Guarded by mutex_, as below.
  size_t in_flight_ = 0;            // Requests whose reply has not been written.
  std::atomic<size_t> uncorks_{0};  // Calls of Uncork that are still to come.
  size_t starting_ = 0;             // Threads in Continue: nobody else may end the stream.
  bool begun_ = false;              // Until then nothing is written, and the stream does not end.
  bool writing_ = false;
  bool read_paused_ = false;
  bool input_ended_ = false;
  bool output_broken_ = false;
  bool draining_ = false;  // Nothing is taken any more.
  bool told_ = false;      // The front end knows, or is told by what is being written.
  bool closing_ = false;
  bool finished_ = false;
};

ExchangeStream::ExchangeStream(StreamSet& streams, const StreamContext& context)
    : streams_(streams), context_(context) {
  context_.streams.Add(1);
  const bool taken = streams_.Add(this);
  // Tells the front end that requests may come; without it they stay where they are.
  if (taken) StartSendInitialMetadata();
  StartRead(&incoming_);
  {
    const std::lock_guard lock(mutex_);
    begun_ = true;
    closing_ = closing_ || !taken;
  }
  Continue(false);  // What was asked of it since it joined the set.
}

void ExchangeStream::OnDone() {
  context_.streams.Add(-1);
  streams_.Remove(this);
  delete this;
}

void ExchangeStream::Drain() {
  {
    const std::lock_guard lock(mutex_);
    draining_ = true;
  }
  Continue(false);
}

void ExchangeStream::Close() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  Continue(false);
}

// --- Requests ---------------------------------------------------------------

void ExchangeStream::OnReadDone(bool ok) {
  if (ok) {
    context_.messages_in.Add();
    CallAll();
  }
  {
    const std::lock_guard lock(mutex_);
    input_ended_ = !ok;
    read_paused_ = ok;  // Continue reads on, if there is room.
  }
  Continue(false);
}

void ExchangeStream::CallAll() {
  auto* requests = incoming_.mutable_requests();
  bool draining = false;
  {
    const std::lock_guard lock(mutex_);
    // The read was under way when the stream ended: the front end learns that these are lost.
    if (finished_) return;
    in_flight_ += static_cast<size_t>(requests->size());
    draining = draining_;
  }
  std::vector<proto::PartitionRequest*> taken(static_cast<size_t>(requests->size()));
  requests->ExtractSubrange(0, requests->size(), taken.data());
  context_.requests_in.Add(taken.size());
  if (draining) return RefuseAll(taken);
  const MonotonicTime now = context_.clock.Now();
  const Cork cork;
  for (proto::PartitionRequest* request : taken) {
    const Deadline deadline = now + TimeLeft(*request);
    context_.partitions.Call(
        std::unique_ptr<proto::PartitionRequest>(request), deadline,
        [this](std::unique_ptr<proto::PartitionReply> reply) { TakeReply(std::move(reply)); });
  }
}

void ExchangeStream::RefuseAll(const std::vector<proto::PartitionRequest*>& requests) {
  context_.refused.Add(requests.size());
  const Cork cork;
  for (proto::PartitionRequest* request : requests) {
    auto reply = std::make_unique<proto::PartitionReply>();
    SetHeldOff(proto::OBSTACLE_DRAINING, reply.get());
    reply->set_call_id(request->call_id());
    delete request;
    TakeReply(std::move(reply));
  }
}

// --- Replies -------------------------------------------------------------------

void ExchangeStream::TakeReply(std::unique_ptr<proto::PartitionReply> reply) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(reply));
    ++uncorks_;
  }
  // Unless it was new, an earlier reply's Uncork is still to come, so the stream lives.
  if (!Cork::Defer(*this)) --uncorks_;
}

void ExchangeStream::Uncork() { Continue(true); }

void ExchangeStream::OnWriteDone(bool ok) {
  context_.messages_out.Add();
  {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    in_flight_ -= static_cast<size_t>(outgoing_.replies_size());
    output_broken_ = output_broken_ || !ok;
  }
  Continue(false);
}

bool ExchangeStream::FillOutgoing() {
  const bool tells = draining_ && !told_;
  if (!begun_ || writing_ || finished_ || (waiting_.empty() && !tells)) return false;
  if (output_broken_) {  // Nobody is there to read them.
    in_flight_ -= waiting_.size();
    waiting_.clear();
    return false;
  }
  outgoing_.Clear();
  for (size_t bytes = 0; !waiting_.empty() && bytes < kMessageBytes; waiting_.pop_front()) {
    bytes += waiting_.front()->ByteSizeLong();
    outgoing_.mutable_replies()->AddAllocated(waiting_.front().release());
  }
  // No later than the first refusal: who is refused knows that it need not send the next one.
  if (tells) outgoing_.set_draining(true);
  told_ = told_ || tells;
  writing_ = true;
  return true;
}

bool ExchangeStream::TakeEnd() {
  const bool idle = begun_ && in_flight_ == 0 && !writing_ && starting_ == 0 && uncorks_ == 0;
  if (finished_ || !idle || !(input_ended_ || closing_)) return false;
  finished_ = true;
  return true;
}

void ExchangeStream::Continue(bool uncorked) {
  bool write = false;
  bool read = false;
  {
    const std::lock_guard lock(mutex_);
    write = FillOutgoing();
    read = read_paused_ && !finished_ && in_flight_ < context_.in_flight_max;
    if (read) read_paused_ = false;
    ++starting_;
  }
  if (write) StartWrite(&outgoing_);
  if (read) StartRead(&incoming_);
  bool end = false;
  bool drained = false;
  {
    const std::lock_guard lock(mutex_);
    --starting_;
    if (uncorked) --uncorks_;
    end = TakeEnd();
    drained = draining_ || closing_;
  }
  if (!end) return;
  Finish(drained ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "draining") : grpc::Status::OK);
}

}  // namespace

Duration TimeLeft(const proto::PartitionRequest& request) {
  constexpr std::chrono::microseconds kMax = std::chrono::minutes(1);
  return std::chrono::microseconds(
      std::min(request.deadline_us(), static_cast<uint64_t>(kMax.count())));
}

grpc::ServerBidiReactor<proto::PartitionRequests, proto::PartitionReplies>* NewExchangeStream(
    StreamSet& streams, const StreamContext& context) {
  return new ExchangeStream(streams, context);
}

}  // namespace mesh::backend
