// Outboxes of all partitions, and inboxes that take what a test lets them: what a forwarder has
// before it, in memory.

#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/check.h"
#include "common/base/clock.h"
#include "common/mesh/partition.h"
#include "common/mesh/partition_map.h"
#include "proto/partition.pb.h"

namespace mesh::frontend {

// For one thread. Outlives the partitions that lead to it.
class FakeOutbox {
 public:
  FakeOutbox(const Clock& clock, const PartitionMap& map) : clock_(clock), map_(map) {}

  // A message from `sender` to `recipient` that is due now; returns its UniqueID.
  std::string Put(const std::string& sender, const std::string& recipient) {
    const std::string name = "NMSG-" + std::to_string(++last_);
    Message message;
    message.partition = map_.OwnerOf(sender);
    message.due = clock_.WallNow();
    message.entry.set_id(name);
    message.entry.set_sender(sender);
    message.entry.set_recipient(recipient);
    message.entry.set_created(clock_.WallNow());
    message.entry.mutable_message()->set_header("{}");
    message.entry.mutable_message()->set_payload("payload of " + name);
    message.entry.mutable_message()->set_unique_id(name);
    messages_.push_back(std::move(message));
    return name;
  }

  void Serve(const proto::PartitionRequest& request, const Partition::Done& done) {
    auto reply = std::make_unique<proto::PartitionReply>();
    MESH_CHECK(request.caller().mode() == proto::Caller::FORWARDER);
    if (away(request)) {
      reply->set_code(static_cast<int>(Code::kUnavailable));
    } else if (request.has_lease_outbox()) {
      Lease(request, *reply->mutable_lease_outbox());
    } else if (request.has_settle_outbox()) {
      Settle(request, *reply->mutable_settle_outbox());
    } else {
      *reply = deliver(request);
    }
    done(std::move(reply));
  }

  // What an owner answers to Deliver. Default: accepted.
  std::function<proto::PartitionReply(const proto::PartitionRequest&)> deliver = [](const auto&) {
    return Accepted();
  };
  // Whether the owner cannot be reached with this request.
  std::function<bool(const proto::PartitionRequest&)> away = [](const auto&) { return false; };

  static proto::PartitionReply Accepted() {
    proto::PartitionReply reply;
    reply.mutable_deliver()->add_deliveries();
    return reply;
  }

  size_t waiting() const { return messages_.size(); }
  // Of the first message that waits.
  const proto::OutboxEntry& front() const { return messages_.front().entry; }
  WallMillis front_due() const { return messages_.front().due; }
  const std::string& front_reason() const { return messages_.front().reason; }
  size_t leased() const {
    size_t count = 0;
    for (const Message& message : messages_) count += message.entry.lease().empty() ? 0 : 1;
    return count;
  }
  const std::vector<proto::Settlement>& failed() const { return failed_; }
  const std::vector<std::string>& delivered() const { return delivered_; }
  int leases() const { return leases_; }

 private:
  struct Message {
    PartitionId partition = 0;
    WallMillis due = 0;
    std::string reason;
    proto::OutboxEntry entry;
  };

  void Lease(const proto::PartitionRequest& request, proto::LeaseOutboxResponse& response) {
    ++leases_;
    const WallMillis now = clock_.WallNow();
    std::optional<WallMillis> next;
    for (Message& message : messages_) {
      if (message.partition != request.partition()) continue;
      const bool room =
          response.entries_size() < static_cast<int>(request.lease_outbox().entries_max());
      if (message.due > now || !room) {
        next = std::min(next.value_or(message.due), message.due);
        continue;
      }
      message.entry.set_lease("lease " + std::to_string(++last_));
      message.due = now + request.lease_outbox().lease_ms();
      *response.add_entries() = message.entry;
      message.entry.set_attempts(message.entry.attempts() + 1);
    }
    if (next) response.set_next_due_ms(std::max<WallMillis>(*next - now, 0));
  }

  void Settle(const proto::PartitionRequest& request, proto::SettleOutboxResponse& response) {
    for (const proto::Settlement& settlement : request.settle_outbox().settlements()) {
      const auto found = std::find_if(messages_.begin(), messages_.end(), [&](const Message& m) {
        return m.entry.id() == settlement.id() && m.entry.lease() == settlement.lease();
      });
      if (found == messages_.end()) continue;
      MESH_CHECK(found->entry.sender() == request.account());
      response.set_settled(response.settled() + 1);
      if (settlement.kind() == proto::Settlement::AGAIN) {
        found->entry.clear_lease();
        found->due = settlement.due();
        found->reason = settlement.reason();
        continue;
      }
      if (settlement.kind() == proto::Settlement::FAILED) failed_.push_back(settlement);
      if (settlement.kind() == proto::Settlement::DELIVERED) {
        delivered_.push_back(found->entry.message().unique_id());
      }
      messages_.erase(found);
    }
  }

  const Clock& clock_;
  const PartitionMap& map_;
  int last_ = 0;
  int leases_ = 0;
  std::deque<Message> messages_;
  std::vector<proto::Settlement> failed_;
  std::vector<std::string> delivered_;  // Settled so.
};

class FakeOutboxPartition final : public Partition {
 public:
  explicit FakeOutboxPartition(FakeOutbox& outbox) : outbox_(outbox) {}
  void Call(std::unique_ptr<proto::PartitionRequest> request, Deadline, Done done) override {
    outbox_.Serve(*request, done);
  }

 private:
  FakeOutbox& outbox_;
};

}  // namespace mesh::frontend
