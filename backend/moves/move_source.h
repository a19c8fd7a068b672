// MoveSource is the giving side of all moves out of this back end: it serves their copies, and
// looks after what is frozen until the record of the move says how it ends.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "backend/moves/move_export.h"
#include "backend/moves/move_limits.h"
#include "backend/moves/move_metrics.h"
#include "backend/partition/partition_set.h"
#include "common/moves/move_ledger.h"

namespace mesh::proto {
class MoveCommand;
}

namespace mesh::backend {

// Thread-safe, except Tend, which is for one thread. Destroyed when no Export runs any more.
class MoveSource {
 public:
  // The references outlive it.
  MoveSource(PartitionSet& partitions, const Environment& environment, const MoveLimits& limits,
             MoveMetrics& metrics);

  // Serves one copy (MoveExport::Stream) and takes the place of an earlier one of the same move.
  // kNotFound: the partition is not here. kResourceExhausted: another move takes accounts out
  // of it, or what another has brought is not in force yet. Blocks until its end.
  Status Export(const proto::ExportRequest& request,
                const std::function<bool(const proto::ExportMessage&)>& send);
  // kNotFound: that copy does not run. Blocks on the writer.
  Status Command(const proto::MoveCommand& command);

  // Takes what is frozen on by one step, if its record says so: thaws it, or forgets it. One that
  // is frozen for too long is aborted; while nobody can be asked it stays frozen. Blocks.
  void Tend(MoveLedger& ledger);

  // Ends all copies, now and to come.
  void Stop();

 private:
  Result<Replica*> Find(PartitionId partition) const;
  Status Enter(const std::shared_ptr<MoveExport>& made, PartitionId partition);
  void Leave(const std::shared_ptr<MoveExport>& made, PartitionId partition);
  Status CheckFree(const proto::ExportRequest& request, Replica& replica);
  static Status CheckInForce(const proto::ExportRequest& request, Replica& replica);
  std::shared_ptr<MoveExport> Running(const proto::MoveCommand& command) const;

  Status TendOne(const OutgoingMove& outgoing, Duration frozen, Replica& replica,
                 MoveLedger& ledger);
  Status TendWithoutRecord(const OutgoingMove& outgoing, Replica& replica, MoveLedger& ledger);
  Status GiveUp(const OutgoingMove& outgoing, KeptMove move, Replica& replica, MoveLedger& ledger);
  Status Forget(const OutgoingMove& outgoing, KeptMove move, Replica& replica, MoveLedger& ledger);

  PartitionSet& partitions_;
  const Environment& environment_;
  const MoveLimits limits_;
  MoveMetrics& metrics_;
  mutable std::mutex mutex_;
  std::map<PartitionId, std::shared_ptr<MoveExport>> exports_;  // Guarded by mutex_.
  bool stopping_ = false;                                       // Guarded by mutex_.
  // By move and attempt: when Tend saw it first. Of its thread.
  std::map<std::string, MonotonicTime> frozen_since_;
};

}  // namespace mesh::backend
