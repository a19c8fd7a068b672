// MoveImport is the taking end of one copy: it writes what comes through the partition's own
// writer, and checks it. Nothing of it is in force, and requests are refused, until Activate.
// What a partition has begun to take stands in its store: after a restart it is activated or
// discarded.

#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "backend/partition/replica.h"
#include "backend/storage/account_ranges.h"
#include "common/base/status.h"

namespace mesh::proto {
class CopyEnd;
class ExportMessage;
class ExportRequest;
class HeadList;
}  // namespace mesh::proto

namespace mesh::backend {

// For one thread. Everything blocks on the partition's writer or on the disk.
class MoveImport {
 public:
  // `replica` outlives it. The caller knows that the partition owns none of `accounts`.
  MoveImport(const proto::ExportRequest& asked, AccountRanges accounts, Replica& replica);

  // Forgets what is here of the accounts and says in the store that they come.
  Status Begin();
  // Makes the writes of `message`, in one commit that is synced. kDataLoss: one is not of
  // these accounts; nothing was written.
  Status Apply(const proto::ExportMessage& message);
  // Reads back all that came, and compares. What Apply is given from now on is the tail.
  // kDataLoss says what differs.
  Status CheckCopy(const proto::CopyEnd& end);
  // The accounts that the tail touched, as they are at the source and here.
  Status CheckHeads(const proto::HeadList& source);

  uint64_t bytes() const { return bytes_; }
  uint64_t keys() const { return keys_; }

 private:
  const std::string move_;
  const uint32_t attempt_;
  const AccountRanges accounts_;
  const std::string account_;
  Replica& replica_;
  std::set<std::string> touched_;  // By the tail.
  bool copied_ = false;
  uint64_t bytes_ = 0;
  uint64_t keys_ = 0;
};

// The moves that come into `replica` and are neither activated nor discarded, with what of
// them is here.
struct IncomingMove {
  std::string move;
  uint32_t attempt = 0;
  AccountRanges accounts;
  std::string account;  // When one account moves: its address.
};
Result<std::vector<IncomingMove>> ReadIncoming(Replica& replica);

// The accounts are in force here from now on. Nothing when they are already. May be called
// again after any failure.
Status Activate(std::string_view move, Replica& replica);

// Deletes what has come of the move. Nothing when there is nothing, or it was activated.
Status Discard(std::string_view move, Replica& replica);

}  // namespace mesh::backend
