#include "frontend/forwarder/forwarder.h"

#include <algorithm>
#include <utility>

#include "common/base/bytes.h"
#include "common/mesh/message_error.h"
#include "common/mesh/result_code.h"
#include "frontend/forwarder/retry_wait.h"
#include "proto/partition.pb.h"

namespace mesh::frontend {
namespace {

using Kind = TransferOutcome::Kind;

// For a partition to say what is due, or to take a settlement.
constexpr std::chrono::seconds kOwnerTime{5};
// How often gauges of all destinations are set.
constexpr std::chrono::seconds kFiguresTime{1};

std::string_view DomainOf(std::string_view address) {
  return address.substr(address.rfind('@') + 1);
}

size_t BytesOf(const LeasedMessage& message) { return message.entry->ByteSizeLong(); }

int64_t Millis(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

}  // namespace

Forwarder::Forwarder(ForwarderOptions options, Parts parts)
    : options_(std::move(options)),
      parts_(parts),
      transfer_time_(std::min<Duration>(options_.lease_time / 4, kTransferTimeMax)),
      schedule_(options_.poll_time) {}

uint32_t Forwarder::RandomNumber() {
  return ReadBigEndian32(crypto::RandomBytes(sizeof(uint32_t), parts_.random));
}

// --- Leasing -----------------------------------------------------------------------

bool Forwarder::HasRoom() const {
  const size_t asked = schedule_.asking();
  return held_ + (asked + 1) * kLeaseEntries <= kHeldMax &&
         held_bytes_ + (asked + 1) * kLeaseBytes <= kHeldBytesMax;
}

void Forwarder::Tick() {
  ShowFigures();
  if (draining_) return;
  const uint64_t version = parts_.map.version();
  if (version != map_version_) {
    schedule_.SetPartitions(*parts_.map.current());
    map_version_ = version;
  }
  while (HasRoom()) {
    const std::optional<PartitionId> partition = schedule_.Next(parts_.clock.Now());
    if (!partition) return;
    Lease(*partition);
  }
}

void Forwarder::ShowFigures() {
  const MonotonicTime now = parts_.clock.Now();
  if (now < next_figures_) return;
  next_figures_ = now + kFiguresTime;
  int64_t windows = 0;
  int64_t open = 0;
  for (const auto& [name, destination] : destinations_.all()) {
    windows += static_cast<int64_t>(destination.window.limit());
    open += destination.circuit.open() ? 1 : 0;
  }
  parts_.metrics.windows.Set(windows);
  parts_.metrics.open_circuits.Set(open);
}

MonotonicTime Forwarder::NextTick(MonotonicTime otherwise) const {
  return draining_ || !HasRoom() ? otherwise : schedule_.NextTime(otherwise);
}

void Forwarder::Nudge(std::string_view account) {
  const auto map = parts_.map.current();
  if (map != nullptr) schedule_.Nudge(map->OwnerOf(account), parts_.clock.Now());
}

void Forwarder::Lease(PartitionId partition) {
  auto request = std::make_unique<proto::PartitionRequest>();
  request->mutable_caller()->set_mode(proto::Caller::FORWARDER);
  proto::LeaseOutboxRequest* lease = request->mutable_lease_outbox();
  lease->set_entries_max(kLeaseEntries);
  lease->set_bytes_max(kLeaseBytes);
  lease->set_lease_ms(static_cast<uint32_t>(Millis(options_.lease_time)));
  lease->set_holder(options_.holder);
  const MonotonicTime asked = parts_.clock.Now();
  parts_.router.CallPartition(
      partition, std::move(request), asked + kOwnerTime,
      [this, partition, asked](auto reply) { TakeLeased(partition, asked, *reply); });
}

void Forwarder::TakeLeased(PartitionId partition, MonotonicTime asked,
                           proto::PartitionReply& reply) {
  if (closed_) return;
  const MonotonicTime now = parts_.clock.Now();
  if (reply.code() != 0 || !reply.has_lease_outbox()) {
    parts_.metrics.lease_errors.Add();
    return schedule_.Failed(partition, now, RandomNumber());
  }
  proto::LeaseOutboxResponse& leased = *reply.mutable_lease_outbox();
  std::optional<Duration> due;
  if (leased.has_next_due_ms()) due = std::chrono::milliseconds(leased.next_due_ms());
  schedule_.Answered(partition, now, leased.entries_size() >= static_cast<int>(kLeaseEntries), due,
                     RandomNumber());
  for (proto::OutboxEntry& entry : *leased.mutable_entries()) {
    LeasedMessage message;
    message.entry = std::make_unique<const proto::OutboxEntry>(std::move(entry));
    message.begin_by = asked + options_.lease_time / 2;
    TakeMessage(std::make_shared<const LeasedMessage>(std::move(message)));
  }
}

// --- To their destinations -----------------------------------------------------------

bool Forwarder::Served(std::string_view domain) const {
  return std::find(options_.domains.begin(), options_.domains.end(), domain) !=
         options_.domains.end();
}

// A domain, or "#1" for a partition of ours.
std::string Forwarder::DestinationOf(const proto::OutboxEntry& entry) const {
  const std::string_view domain = DomainOf(entry.recipient());
  if (!Served(domain)) return std::string(domain);
  return "#" + std::to_string(parts_.map.current()->OwnerOf(entry.recipient()));
}

void Forwarder::TakeMessage(const LeasedPtr& message) {
  const MonotonicTime now = parts_.clock.Now();
  parts_.metrics.held.Set(static_cast<int64_t>(++held_));
  held_bytes_ += BytesOf(*message);
  if (draining_) return Again(message, AgainReason::kDraining);
  const std::string name = DestinationOf(*message->entry);
  Destination* const destination = destinations_.Find(name, now);
  if (destination == nullptr) return Again(message, AgainReason::kBound);
  if (destination->waiting.size() >= destination->Room(message->begin_by - now)) {
    return Again(message, AgainReason::kCrowded);
  }
  destination->waiting.push_back(message);
  Pump(name, *destination);
}

// Begins what may begin. Answers that come at once find `pumping` and leave it to this loop.
void Forwarder::Pump(const std::string& name, Destination& destination) {
  if (destination.pumping) return;
  destination.pumping = true;
  while (!destination.waiting.empty() && destination.under_way < destination.window.limit()) {
    const MonotonicTime now = parts_.clock.Now();
    const LeasedPtr message = destination.waiting.front();
    if (now > message->begin_by) {
      destination.waiting.pop_front();
      Again(message, AgainReason::kLate);
    } else if (destination.circuit.Allow(now)) {
      destination.waiting.pop_front();
      Begin(name, destination, message);
    } else {
      PutBack(destination, AgainReason::kCircuit);
    }
  }
  destination.pumping = false;
}

void Forwarder::PutBack(Destination& destination, AgainReason reason) {
  for (const LeasedPtr& message : std::exchange(destination.waiting, {})) Again(message, reason);
}

void Forwarder::Begin(const std::string& name, Destination& destination, const LeasedPtr& message) {
  parts_.metrics.under_way.Add(1);
  ++destination.under_way;
  const MonotonicTime begun = parts_.clock.Now();
  const Deadline deadline = begun + transfer_time_;
  const proto::OutboxEntry& entry = *message->entry;
  const std::string_view domain = DomainOf(entry.recipient());
  if (!Served(domain)) {
    PeerCall call{std::string(DomainOf(entry.sender())), std::string(domain), "Post",
                  PostMessageFor(entry), deadline};
    return parts_.peers.Call(std::move(call), [=, this](const Result<PeerAnswer>& answer) {
      Finished(name, message, begun, JudgePost(answer));
    });
  }
  const Router::Remake make = [message] { return DeliverRequestFor(*message->entry); };
  parts_.router.Call(make(), deadline, make, [=, this](const auto& reply) {
    Finished(name, message, begun, JudgeDelivery(*reply));
  });
}

void Forwarder::Finished(const std::string& name, const LeasedPtr& message, MonotonicTime begun,
                         const TransferOutcome& outcome) {
  if (closed_) return;
  const Duration took = parts_.clock.Now() - begun;
  Histogram& times = name.starts_with('#') ? parts_.metrics.own : parts_.metrics.other;
  times.ObserveNanos(static_cast<uint64_t>(took.count()));
  parts_.metrics.under_way.Add(-1);
  Destination& destination = destinations_.all().at(name);  // It was not idle.
  --destination.under_way;
  Learn(destination, took, outcome);
  Conclude(message, outcome);
  if (draining_) return;
  Pump(name, destination);
}

// A bound of our own says nothing of the destination, but ends a probe.
void Forwarder::Learn(Destination& destination, Duration took, const TransferOutcome& outcome) {
  const bool ours = outcome.kind == Kind::kAgain && outcome.reason == AgainReason::kBound;
  if (ours && !destination.circuit.open()) return;
  destination.Finished(took);
  if (outcome.answered()) {
    destination.circuit.Succeeded();
  } else {
    destination.circuit.Failed(parts_.clock.Now(), RandomNumber());
  }
}

// --- What came of it -----------------------------------------------------------------

void Forwarder::Conclude(const LeasedPtr& message, const TransferOutcome& outcome) {
  switch (outcome.kind) {
    case Kind::kDelivered:
      parts_.metrics.delivered.Add();
      return Settle(message, proto::Settlement());
    case Kind::kRefused:
      parts_.metrics.refused.Add();
      return Fail(message, outcome.error);
    case Kind::kAgain:
      return Again(message, outcome.reason, outcome.error);
  }
}

Duration Forwarder::WaitAfter(const LeasedMessage& message, AgainReason reason) {
  const uint32_t failures = message.entry->attempts() + 1;
  switch (reason) {
    case AgainReason::kLate:
    case AgainReason::kDraining:
      return Duration::zero();
    case AgainReason::kCrowded:
    case AgainReason::kBound:
      return RetryWait(failures, kCrowdedMin, kCrowdedMax, RandomNumber());
    default:
      return RetryWait(failures, kRetryMin, kRetryMax, RandomNumber());
  }
}

// Due again after a while; or never, if that has gone on for too long.
void Forwarder::Again(const LeasedPtr& message, AgainReason reason, const std::string& error) {
  const Duration wait = WaitAfter(*message, reason);
  const WallMillis now = parts_.clock.WallNow();
  if (wait > Duration::zero() && now - message->entry->created() >= Millis(options_.retry_time)) {
    parts_.metrics.expired.Add();
    return Fail(message, error.empty() ? kBusy.description : error);
  }
  parts_.metrics.CountAgain(reason);
  proto::Settlement settlement;
  settlement.set_kind(proto::Settlement::AGAIN);
  settlement.set_due(now + Millis(wait));
  settlement.set_reason(std::string(AgainName(reason)));
  Settle(message, std::move(settlement));
}

void Forwarder::Fail(const LeasedPtr& message, std::string_view error) {
  const proto::OutboxEntry& entry = *message->entry;
  const Undelivered what{entry.message().unique_id(), entry.recipient(), entry.sender(), error};
  Result<proto::Envelope> told = MakeMessageError(what, parts_.clock.WallNow(), parts_.random);
  proto::Settlement settlement;
  settlement.set_kind(proto::Settlement::FAILED);
  settlement.set_reason(std::string(error));
  if (told.ok()) *settlement.mutable_error() = *std::move(told);
  Settle(message, std::move(settlement));
}

// A settlement that is lost changes nothing: the lease ends, and the message is tried again, which
// its recipient notices.
void Forwarder::Settle(const LeasedPtr& message, proto::Settlement settlement) {
  settlement.set_id(message->entry->id());
  settlement.set_lease(message->entry->lease());
  const Router::Remake make = [message, settlement] {
    auto request = std::make_unique<proto::PartitionRequest>();
    request->set_account(message->entry->sender());
    request->mutable_caller()->set_mode(proto::Caller::FORWARDER);
    *request->mutable_settle_outbox()->add_settlements() = settlement;
    return request;
  };
  parts_.router.Call(make(), parts_.clock.In(kOwnerTime), make, [this, message](const auto& reply) {
    if (closed_) return;
    parts_.metrics.held.Set(static_cast<int64_t>(--held_));
    held_bytes_ -= BytesOf(*message);
    if (reply->code() != 0) return parts_.metrics.unsettled.Add();
    if (reply->settle_outbox().settled() == 0) parts_.metrics.lost.Add();
  });
}

void Forwarder::Drain() {
  draining_ = true;
  for (auto& [name, destination] : destinations_.all()) {
    PutBack(destination, AgainReason::kDraining);
  }
}

}  // namespace mesh::frontend
