// MoveTarget is the taking side of all moves to this back end, and the one that drives them:
// it takes the accounts, and records each step before the next one. What it is doing can be
// ended at any point, by the record or by the end of the process; whoever comes then goes on
// from the record.

#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "backend/moves/move_import.h"
#include "backend/moves/move_limits.h"
#include "backend/moves/move_metrics.h"
#include "backend/moves/source_link.h"
#include "backend/partition/partition_set.h"
#include "common/moves/move_ledger.h"

namespace mesh::backend {

// For one thread; Stop from any.
class MoveTarget {
 public:
  // The references outlive it.
  MoveTarget(PartitionSet& partitions, const Environment& environment, MoveLedger& ledger,
             SourceLink& link, const MoveLimits& limits, MoveMetrics& metrics);

  // Looks at every record, and takes those whose target is here as far as they go, one after
  // the other. Blocks for as long as that takes.
  void Round();

  // Cuts a copy whose source has said nothing for MoveLimits::silence_max: it may be gone without a
  // word. For another thread than Round's, now and then.
  void Watch();

  // Round returns soon.
  void Stop();

 private:
  Status Advance(KeptMove move, Replica& replica);
  Status TendIncoming(const IncomingMove& incoming, const std::vector<KeptMove>& moves,
                      Replica& replica);

  Status CheckFree(const std::string& move, const AccountRanges& accounts, Replica& replica) const;
  Status Copy(KeptMove& move, Replica& replica);
  Status Run(KeptMove& move, const proto::ExportRequest& request, const AccountRanges& accounts,
             Replica& replica);
  Status TakeCopy(KeptMove& move, CopyStream& stream, MoveImport& import);
  Status FollowTail(KeptMove& move, const std::string& address, CopyStream& stream,
                    MoveImport& import);
  Status TakeRest(KeptMove& move, const std::string& address, CopyStream& stream,
                  MoveImport& import);
  Status Receive(CopyStream& stream, proto::ExportMessage* message);
  Status Next(KeptMove& move, CopyStream& stream, MoveImport& import,
              proto::ExportMessage* message);
  Status Switch(KeptMove& move, Replica& replica);
  Status Discarded(KeptMove& move, Replica& replica);

  Status Step(KeptMove& move, MovePhase phase, const MoveImport* import);
  Status Record(KeptMove& move, const MoveRecord& next);
  Status Abort(KeptMove& move, AbortCause cause, const std::string& reason);
  Result<AccountRanges> AccountsOf(const MoveRecord& record, const KeptMap& map) const;
  void ForgetOld(const KeptMove& move);
  void CountPhases(const std::vector<KeptMove>& moves);

  PartitionSet& partitions_;
  const Environment& environment_;
  MoveLedger& ledger_;
  SourceLink& link_;
  const MoveLimits limits_;
  MoveMetrics& metrics_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::shared_ptr<CopyStream> stream_;        // Guarded by mutex_: of the copy that runs.
  std::optional<MonotonicTime> waits_since_;  // Guarded by mutex_: for its next message.
  MonotonicTime next_progress_;
  MonotonicTime frozen_at_;  // Zero: not by this run of the process.
};

}  // namespace mesh::backend
