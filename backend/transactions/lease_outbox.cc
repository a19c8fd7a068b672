// LeaseOutbox gives a forwarder messages of this partition that are due to be sent, and nobody
// else for a while (backend/model/outbox.h). It is asked of a partition, not of an account, and
// clients cannot ask for it.

#include <algorithm>
#include <chrono>

#include "backend/model/outbox.h"
#include "backend/transactions/admit.h"
#include "backend/transactions/rows.h"
#include "proto/partition.pb.h"
#include "proto/record.pb.h"

namespace mesh::backend {
namespace {

// Of one lease: what a reply of the hop holds, and what a commit should.
constexpr uint32_t kLeaseEntriesMax = 256;
constexpr uint64_t kLeaseBytesMax = 1u << 20;
// A front end that died holds its messages back for no longer.
constexpr uint32_t kLeaseMsMax = std::chrono::milliseconds(std::chrono::minutes(10)).count();
constexpr uint32_t kLeaseMsMin = 1000;

// The bounds of `lease`; what it leaves open is at most what we give.
struct Bounds {
  explicit Bounds(const proto::LeaseOutboxRequest& lease)
      : entries(lease.entries_max() == 0 ? kLeaseEntriesMax
                                         : std::min(lease.entries_max(), kLeaseEntriesMax)),
        bytes(lease.bytes_max() == 0 ? kLeaseBytesMax
                                     : std::min(lease.bytes_max(), kLeaseBytesMax)),
        ms(std::clamp(lease.lease_ms(), kLeaseMsMin, kLeaseMsMax)) {}

  uint32_t entries;
  uint64_t bytes;  // Of payloads; the first message is given whatever its size.
  uint32_t ms;
};

void Fill(const OutboxPlace& place, const proto::OutboxRecord& record, proto::Envelope message,
          proto::OutboxEntry* entry) {
  entry->set_id(place.id);
  entry->set_lease(record.lease());
  entry->set_sender(record.sender());
  entry->set_sender_udf(record.sender_udf());
  entry->set_recipient(record.recipient());
  *entry->mutable_message() = std::move(message);
  entry->set_created(record.created());
  entry->set_attempts(record.attempts() - 1);
}

}  // namespace

Status LeaseOutbox(const proto::PartitionRequest& request, TransactionContext& context,
                   proto::PartitionReply* reply) {
  MESH_RETURN_IF_ERROR(AdmitMode(request, Right::kForward, reply));
  const Bounds bounds(request.lease_outbox());
  proto::LeaseOutboxResponse* response = reply->mutable_lease_outbox();
  OutboxQueue queue(context.reader, context.outbox_from(), context.now);
  uint64_t bytes = 0;
  while (static_cast<uint32_t>(response->entries_size()) < bounds.entries && bytes < bounds.bytes) {
    MESH_ASSIGN(const std::optional<OutboxPlace> place, queue.Next());
    if (!place) break;
    if (context.moves(place->keys.prefix())) continue;
    proto::OutboxRecord record;
    proto::Envelope message;
    MESH_ASSIGN(const bool found, ReadOutbox(context.reader, *place, &record, &message));
    if (!found) {
      ForgetPlace(*place, *context.view);
      continue;
    }
    record.set_lease(crypto::RandomBytes(kOutboxLeaseBytes, context.random));
    record.set_holder(request.lease_outbox().holder());
    record.set_due(context.now + bounds.ms);
    record.set_attempts(record.attempts() + 1);
    ReplaceOutbox(*place, record, *context.view);
    bytes += message.payload().size();
    Fill(*place, record, std::move(message), response->add_entries());
  }
  const std::optional<WallMillis> next = queue.PeekDue();
  const WallMillis leased = context.now + bounds.ms;
  context.NoteNothingBefore(next ? std::min(*next, leased) : leased);
  if (next) response->set_next_due_ms(std::max<WallMillis>(*next - context.now, 0));
  Accept(kSuccess, reply);
  return Status();
}

}  // namespace mesh::backend
