#include "backend/rpc/exchange_stream.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace mesh::backend {
namespace {

// Octets of replies in one message, unless one alone has more: keeps a message well
// below what a receiver takes, and lets small replies pass between large ones.
constexpr size_t kMessageBytes = 1u << 20;
// A request that claims more time gets that much.
constexpr std::chrono::microseconds kDeadlineMax = std::chrono::minutes(1);

Duration TimeLeft(const proto::PartitionRequest& request) {
  const auto max = static_cast<uint64_t>(kDeadlineMax.count());
  return std::chrono::microseconds(std::min(request.deadline_us(), max));
}

}  // namespace

ExchangeStream::ExchangeStream(StreamSet& streams, const StreamContext& context)
    : streams_(streams), context_(context) {
  context_.streams.Add(1);
  closing_ = !streams_.Add(this);
  StartRead(&incoming_);
  Continue(false);
}

void ExchangeStream::OnDone() {
  context_.streams.Add(-1);
  streams_.Remove(this);
  delete this;
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
  std::vector<proto::PartitionRequest*> taken(static_cast<size_t>(requests->size()));
  requests->ExtractSubrange(0, requests->size(), taken.data());
  context_.requests_in.Add(taken.size());
  {
    const std::lock_guard lock(mutex_);
    in_flight_ += taken.size();
  }
  const MonotonicTime now = context_.clock.Now();
  const Cork cork;
  for (proto::PartitionRequest* request : taken) {
    const Deadline deadline = now + TimeLeft(*request);
    context_.partitions.Call(
        std::unique_ptr<proto::PartitionRequest>(request), deadline,
        [this](std::unique_ptr<proto::PartitionReply> reply) { TakeReply(std::move(reply)); });
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
  if (writing_ || finished_ || waiting_.empty()) return false;
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
  writing_ = true;
  return true;
}

bool ExchangeStream::TakeEnd() {
  const bool idle = in_flight_ == 0 && !writing_ && starting_ == 0 && uncorks_ == 0;
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
    drained = closing_;
  }
  if (!end) return;
  Finish(drained ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "draining") : grpc::Status::OK);
}

}  // namespace mesh::backend
