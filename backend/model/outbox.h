// The outbox: messages to recipients that are not in the sender's own partition, until somebody
// has delivered them (docs/STORAGE_FORMAT.md).
//
// A message enters it in the commit of the Post that sends it. Front ends lease what is due, and
// settle what they leased: delivered, to be tried again, or given up. A lease is a time until
// which nobody else is given the message, and a word that settling needs; one that is not settled
// just ends. So a message is sent at least once, by one front end at a time.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "backend/model/account.h"
#include "backend/storage/write_view.h"
#include "common/base/clock.h"
#include "common/base/status.h"

namespace mesh::proto {
class Envelope;
class OutboxRecord;
}  // namespace mesh::proto

namespace mesh::backend {

// Messages of one account that wait for delivery. A destination that is away for two days must not
// fill the disk: 64 MiB at most.
inline constexpr uint32_t kOutboxEntriesMax = 1000;
inline constexpr size_t kOutboxLeaseBytes = 16;

// Puts in `message`, for record.recipient, due at record.due. One that is there already, the same
// for the same recipient, stays as it is. Counts in the account's usage; the caller saves the
// account. kResourceExhausted: kOutboxEntriesMax.
Status AddToOutbox(const proto::OutboxRecord& record, const proto::Envelope& message,
                   Account& account, WriteView& view);

// --- Leases -----------------------------------------------------------------------------

// Where a message of some account is kept that is due.
struct OutboxPlace {
  AccountKeys keys;
  std::string id;  // 16 octets.
  WallMillis due;
};

// What waits in a partition and is not due before `from`, in the order in which it is due, as of
// when this was made. `reader` outlives it.
class OutboxQueue {
 public:
  OutboxQueue(const Reader& reader, WallMillis from, WallMillis now);

  // The next that is due by `now`; nullopt: there is none.
  Result<std::optional<OutboxPlace>> Next();
  // When the one that Next would give is due, or will be; nullopt: none waits.
  std::optional<WallMillis> PeekDue() const;

 private:
  std::unique_ptr<Cursor> cursor_;
  const WallMillis now_;
};

// Fills in the record and the message there. False: nothing is there any more. kDataLoss: it
// cannot be read.
Result<bool> ReadOutbox(const Reader& reader, const OutboxPlace& place, proto::OutboxRecord* record,
                        proto::Envelope* message);

// Takes a place out of the queue at which nothing is.
void ForgetPlace(const OutboxPlace& place, WriteView& view);

// Replaces the record at `place`, of which `record` differs; it is due at record.due from now on.
void ReplaceOutbox(const OutboxPlace& place, const proto::OutboxRecord& record, WriteView& view);

// --- Settling -----------------------------------------------------------------------------

// The message `id` of `account` if `lease` is its lease; nullopt: it is not, or nothing is there.
Result<std::optional<OutboxPlace>> FindLeased(const Reader& reader, const Account& account,
                                              std::string_view id, std::string_view lease,
                                              proto::OutboxRecord* record);

// Takes it out. Counts in the account's usage; the caller saves the account.
void RemoveFromOutbox(const OutboxPlace& place, Account& account, WriteView& view);

// Takes out everything that is filed elsewhere of the account's messages.
Status ForgetOutbox(const Account& account, WriteView& view);

// --- Figures ------------------------------------------------------------------------------

struct OutboxFigures {
  uint64_t entries = 0;
  std::optional<WallMillis> oldest;  // When it was sent.
};
// Of all accounts, up to kOutboxCountMax of them. Reads every key of the queue.
inline constexpr uint64_t kOutboxCountMax = 1'000'000;
Result<OutboxFigures> CountOutbox(const Reader& reader);

}  // namespace mesh::backend
