// MoveExport is the giving end of one copy: it sends what a partition keeps of some accounts
// as of one moment, then what is written of them, until it is told to freeze them, and then
// the rest.

#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "backend/moves/move_limits.h"
#include "backend/moves/tail.h"
#include "backend/partition/replica.h"
#include "backend/storage/account_ranges.h"
#include "common/base/metrics.h"
#include "common/base/status.h"

namespace mesh::proto {
class ExportMessage;
class ExportRequest;
}  // namespace mesh::proto

namespace mesh::backend {

// Thread-safe: one thread streams, others command.
class MoveExport {
 public:
  // Takes the snapshot and follows the writer from there on. Accounts that an earlier attempt
  // of the move has frozen are served again. kInvalidArgument for ranges that are none,
  // kFailedPrecondition when the move is frozen in this or a later attempt. `replica` and
  // `environment` outlive it. Blocks on the writer.
  static Result<std::shared_ptr<MoveExport>> Begin(const proto::ExportRequest& request,
                                                   Replica& replica, const Environment& environment,
                                                   const MoveLimits& limits);
  ~MoveExport();

  // Gives every message to `send` until the last one, HeadList, is out: OK. Ends when send
  // returns false, on Cancel, or with the reason why it cannot go on. Blocks. Once.
  Status Stream(const std::function<bool(const proto::ExportMessage&)>& send);

  void Probe(uint64_t number) { tail_->Probe(number); }
  // From its return on no request of the accounts is run, and that is on the disk.
  // kFailedPrecondition when it was cancelled before. Blocks on the writer.
  Status Freeze();
  // Stream ends soon, and nothing will be frozen any more.
  void Cancel(const Status& why);

  const std::string& move() const { return move_; }
  uint32_t attempt() const { return attempt_; }
  uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  MoveExport(const proto::ExportRequest& request, AccountRanges accounts, Replica& replica,
             const Environment& environment, const MoveLimits& limits);

  Status Start();
  Status SendCopy(const std::function<bool(const proto::ExportMessage&)>& send);
  Status SendTail(const std::function<bool(const proto::ExportMessage&)>& send);
  Status SendHeads(const std::function<bool(const proto::ExportMessage&)>& send);
  Status Pace(MonotonicTime begun, uint64_t bytes);

  const std::string move_;
  const uint32_t attempt_;
  const AccountRanges accounts_;
  const std::string account_;
  Replica& replica_;
  const Environment& environment_;
  const MoveLimits limits_;
  const std::shared_ptr<MoveTail> tail_;
  std::unique_ptr<Reader> snapshot_;  // Until it has been sent.
  std::atomic<uint64_t> bytes_{0};
  std::atomic<bool> cancelled_{false};
};

// --- What a source keeps of a move, in the partition's store and its guard ----------------

struct OutgoingMove {
  std::string move;
  uint32_t attempt = 0;
  AccountRanges accounts;
  std::string account;  // When one account moves: its address.
};
// The moves whose accounts are frozen in `replica`. Blocks on the disk.
Result<std::vector<OutgoingMove>> ReadOutgoing(Replica& replica);

// The accounts are served again, unless a later attempt than `attempt` has frozen them.
// Nothing when they are not frozen. Blocks on the writer.
Status Thaw(std::string_view move, uint32_t attempt, Replica& replica);

// Deletes all that is here of the accounts of a frozen move that has been switched; they stay
// frozen. May be called again. Blocks on the writer, several times.
Status ForgetMoved(const OutgoingMove& outgoing, Replica& replica);
// After that, and when nobody needs to hear of it any more: the move is over here. Blocks on the
// writer.
Status EndOutgoing(std::string_view move, Replica& replica);

}  // namespace mesh::backend
