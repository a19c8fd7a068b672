// MoveLedger is the moves of a cluster in its store: each a record under moves/<id>, and every
// step of one a commit that compares the record's revision. So of two who would take a move
// in two directions, one does. The step to kSwitched is the commit that changes the map.

#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/cluster/cluster_keys.h"
#include "common/cluster/cluster_store.h"
#include "common/mesh/map_document.h"
#include "common/mesh/partition_map.h"
#include "common/moves/move_record.h"

namespace mesh {

// A record as it was read.
struct KeptMove {
  MoveRecord record;
  cluster::Revision revision = 0;
};

// The cluster's map as it was read.
struct KeptMap {
  MapDocument document;
  std::shared_ptr<const PartitionMap> map;
  cluster::Revision epoch_revision = 0;
};

// Thread-safe. Every call blocks on the cluster's store, for `answer_time` at most.
class MoveLedger {
 public:
  // The references outlive it.
  MoveLedger(std::string_view cluster, cluster::ClusterStore& store, const Clock& clock,
             std::chrono::milliseconds answer_time = std::chrono::milliseconds(2000))
      : keys_(cluster), store_(store), clock_(clock), answer_time_(answer_time) {}

  // Every move there is a record of, in the order in which they were made. One that cannot be
  // read is left out.
  Result<std::vector<KeptMove>> List();
  Result<std::optional<KeptMove>> Read(std::string_view id);
  // kAlreadyExists: there is such a move.
  Status Create(const MoveRecord& record);

  // Makes the record `next`; `move` is then as it is in the store. kAborted: somebody else has
  // changed it. When the store does not say what became of it, it is read back, and asked
  // again: kUnavailable only when that fails too. Sets next.changed.
  Status Replace(KeptMove& move, MoveRecord next);

  // As Replace, and in the same commit the map gives the accounts of the move to its target,
  // under the epoch after `map`'s. An account stays pinned that is to be let go of and whose slot
  // is not the target's any more. kAborted also: there is another map. `move` is to be read
  // again before it is changed again.
  Status Switch(KeptMove& move, MoveRecord next, const KeptMap& map);

  // Pins `account` to the partition that has it under `map`, or lets go of it, in one commit.
  // kAborted: there is another map.
  Status SetPin(const std::string& account, bool pinned, const KeptMap& map);

  // Takes a record away that nobody needs any more. kAborted: somebody else has changed it.
  Status Forget(const KeptMove& move);

  Result<KeptMap> ReadMap();
  // The same, for those who have a map of `epoch`. kResourceExhausted: the store's is older. It was
  // rolled back, and what it says of accounts and moves is of the past.
  Result<KeptMap> ReadMapSince(uint64_t epoch);

 private:
  Status Settle(KeptMove& move, const MoveRecord& next, const Status& said);
  Deadline Soon() const { return clock_.In(answer_time_); }

  const cluster::ClusterKeys keys_;
  cluster::ClusterStore& store_;
  const Clock& clock_;
  const std::chrono::milliseconds answer_time_;
};

}  // namespace mesh
