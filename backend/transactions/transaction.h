// A transaction is one request and its reply, run at the owner of the account.
// There is one file for each and one row in one table; adding one touches nothing
// else.
//
// A transaction is a function of what it reads, its request and the time: it makes
// no I/O but through its context and keeps nothing. It writes to the view, and the
// owner of the view keeps all of that or none.

#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "backend/model/mailbox.h"
#include "backend/model/owner_incidents.h"
#include "backend/model/policy.h"
#include "backend/model/site_policy.h"
#include "backend/storage/store.h"
#include "backend/storage/write_view.h"
#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/crypto/random.h"
#include "common/mesh/result_code.h"
#include "common/mesh/slot.h"

namespace mesh::proto {
class PartitionReply;
class PartitionRequest;
}  // namespace mesh::proto

namespace mesh::backend {

// What transactions on messages are told besides.
struct Messaging {
  std::shared_ptr<const SitePolicy> site;
  DeliveryTally* tally;
  // Whether an address is of this partition, whether there is such an account or not.
  std::function<bool(std::string_view address)> owns;
  // Whether the account with this prefix moves, so that nothing of it may be touched.
  std::function<bool(std::string_view prefix)> moves = nullptr;
  // No message of an outbox is due before. What was leased and settled leaves deleted keys at
  // the front of the queue: a lease need not walk over them. The owner of the view puts it back to
  // 0 when it could not commit.
  mutable WallMillis outbox_from = 0;
};

// What a transaction may touch. Everything outlives the call.
struct TransactionContext {
  const Reader& reader;  // What it reads: for one that writes, `*view`.
  WriteView* view;       // Between Begin and Keep or Drop; null for one that only reads.
  WallMillis now;
  const SlotKey& slot_key;
  const AccountPolicy& policy;
  crypto::RandomSource& random;
  // Null: the site's policy is the default one, nobody counts, and every address is ours.
  const Messaging* messaging = nullptr;
  // Null: nobody tallies what is refused, and the spool's limits are the default ones.
  const IncidentContext* incidents = nullptr;

  const SitePolicy& site() const;
  DeliveryTally* tally() const { return messaging == nullptr ? nullptr : messaging->tally; }
  bool owns(std::string_view address) const {
    return messaging == nullptr || messaging->owns(address);
  }
  bool moves(std::string_view prefix) const {
    return messaging != nullptr && messaging->moves && messaging->moves(prefix);
  }
  WallMillis outbox_from() const { return messaging == nullptr ? 0 : messaging->outbox_from; }
  // From now on some message is due at `due`, and none before `from`.
  void NoteDue(WallMillis due) const {
    if (messaging != nullptr) messaging->outbox_from = std::min(messaging->outbox_from, due);
  }
  void NoteNothingBefore(WallMillis from) const {
    if (messaging != nullptr) messaging->outbox_from = from;
  }
  // The same, over another view.
  TransactionContext Over(WriteView& other) const {
    return {other, &other, now, slot_key, policy, random, messaging, incidents};
  }
};

// Says what became of the writes: keep them, or drop them because the request was
// refused or failed, or was answered before. The reply is filled in any case.
enum class Outcome { kKeep, kDrop, kRepeat };

struct TransactionRow {
  int request_case;       // proto::PartitionRequest::TransactionCase
  std::string_view name;  // The draft's: "Upload".
  bool writes;            // Needs a view, and a commit before its reply may leave.
  // Fills the reply and returns OK, or says why nothing was done. One that has set
  // mesh_status has answered, whatever it returns.
  Status (*run)(const proto::PartitionRequest& request, TransactionContext& context,
                proto::PartitionReply* reply);
  // A repeat has no second effect by itself: its reply need not be kept.
  bool repeatable = false;
};

// Every transaction we serve, in the order of the draft's chapter 10, and what owners of
// accounts ask of each other.
const std::vector<TransactionRow>& Transactions();

// The row of what `request` holds; null when it holds nothing we serve.
const TransactionRow* FindTransaction(const proto::PartitionRequest& request);

// Runs `request`, whose deadline, epoch and owner the partition has checked. Sets
// everything in `reply` but call_id and map_epoch: `mesh_status` when the protocol
// has an answer, or else `code` and `message`. A sealed request that writes and is kept
// leaves its reply with what it wrote; a repeat of it gets that reply and writes nothing.
// Blocks on the reader.
Outcome Execute(const proto::PartitionRequest& request, TransactionContext& context,
                proto::PartitionReply* reply);

// Forgets up to `limit` pending uploads that have expired by context.now, of any
// account. Returns how many. For the partition's writer, now and then.
Result<size_t> SweepPendingUploads(TransactionContext& context, size_t limit);

// Writes what the owner itself has tallied into the partition's incident spool, and takes out what
// is too old. Likewise.
Status SweepIncidents(TransactionContext& context);

// Answers with `code`: sets the reply's mesh_status and description and, as its
// message, `detail`, which says what was wrong and what is allowed. Returns a Status
// that is not OK, for `return Refuse(...)`.
Status Refuse(const ResultCode& code, std::string detail, proto::PartitionReply* reply);
// Answers with success.
void Accept(const ResultCode& code, proto::PartitionReply* reply);

}  // namespace mesh::backend
