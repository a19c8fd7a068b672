// ClusterState is what has been read of a cluster's keys, and the partition map that
// follows from it: slots from `map`, pins from `pins/`, addresses from `nodes/`.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/base/status.h"
#include "common/cluster/cluster_keys.h"
#include "common/cluster/cluster_store.h"
#include "common/cluster/records.h"
#include "common/mesh/map_document.h"

namespace mesh::cluster {

// For one thread.
class ClusterState {
 public:
  explicit ClusterState(ClusterKeys keys) : keys_(std::move(keys)) {}

  // Takes all keys of the cluster anew.
  void Reset(const Snapshot& snapshot);

  // Takes one revision's changes; whether the map may be another one now.
  bool Apply(const WatchBatch& batch);

  // Addresses that were known before. A back end that is not registered now keeps the
  // last one it had: it may be starting again, and there is nothing better.
  void Remember(const std::vector<BackEnd>& back_ends);

  // Of the map and the pins; nothing when the key is missing or no number.
  std::optional<uint64_t> epoch() const { return epoch_; }

  // The map as a whole. kNotFound: `map` or `epoch` is missing; kInvalidArgument: `map`
  // cannot be read. Whether it makes sense is PartitionMap::Build's to say.
  Result<MapDocument> Document() const;

  // Back ends that are registered now, by name.
  const std::map<std::string, NodeRecord>& nodes() const { return nodes_; }

 private:
  bool Take(std::string_view key, const std::optional<std::string>& value);
  void TakePin(std::string_view account, const std::optional<std::string>& value);
  bool TakeNode(const std::string& name, const std::optional<std::string>& value);

  const ClusterKeys keys_;
  std::optional<uint64_t> epoch_;
  std::optional<std::string> map_;
  std::unordered_map<std::string, PartitionId> pins_;
  std::map<std::string, NodeRecord> nodes_;
  std::map<std::string, BackEnd> remembered_;  // By name; the last that was registered.
};

}  // namespace mesh::cluster
