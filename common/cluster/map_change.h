// Changes of a cluster's map and pins: each is one transaction that raises the epoch
// (docs/CLUSTER.md).

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/cluster/cluster_keys.h"
#include "common/cluster/cluster_store.h"
#include "common/mesh/map_document.h"

namespace mesh::cluster {

// The map as it was read, without pins and addresses, and what a change of it must compare with.
struct MapAsRead {
  MapDocument document;  // Its epoch is the cluster's.
  Revision epoch_revision = 0;
};

struct PinChange {
  std::string account;                   // Canonical address.
  std::optional<PartitionId> partition;  // Nothing: the account goes by its slot again.
};

struct MapChange {
  std::optional<MapDocument> map;  // Nothing: the map stays. Pins and addresses are left out.
  std::vector<PinChange> pins;
  // What else must hold and is written in the same transaction: the record of a move, say.
  std::vector<Compare> compares;
  std::vector<Change> changes;
};

// Changes in one transaction; etcd takes no more (--max-txn-ops).
inline constexpr size_t kChangesMax = 128;

// kNotFound: the cluster has no map. Blocks, as do all of these.
Result<MapAsRead> ReadMap(ClusterStore& store, const ClusterKeys& keys, Deadline deadline);

// Commits `change` on top of `read`; returns the new epoch. kAborted: the map or what was
// compared has changed since; read again. kUnavailable: the outcome is unknown; read again, and
// look. kInvalidArgument: the map makes no sense, or too many changes; nothing was changed.
Result<uint64_t> CommitMapChange(ClusterStore& store, const ClusterKeys& keys,
                                 const MapAsRead& read, const MapChange& change, Deadline deadline);

// Writes the first map of a cluster, with its pins. kAlreadyExists: it has one.
Status InitMap(ClusterStore& store, const ClusterKeys& keys, const MapDocument& document,
               Deadline deadline);

// Puts `document` back in force after etcd was wiped or rolled back, under an epoch above its own
// and etcd's, which is returned. For `hold_seconds`, which must be as long as the longest ownership
// lease, only those who hold their names may serve. May be repeated when it failed midway: until
// it succeeds etcd has no map.
Result<uint64_t> RestoreMap(ClusterStore& store, const ClusterKeys& keys,
                            const MapDocument& document, int64_t hold_seconds, Deadline deadline);

}  // namespace mesh::cluster
