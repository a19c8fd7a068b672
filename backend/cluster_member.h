// ClusterMember is a back end's part in its cluster: it follows the map, holds the back end's
// name and registers where front ends reach it (docs/CLUSTER.md).

#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "backend/options.h"
#include "backend/partition/partition_set.h"
#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/base/status.h"
#include "common/cluster/boot_clock.h"
#include "common/cluster/map_watcher.h"
#include "common/cluster/membership.h"
#include "common/mesh/partition_map.h"

namespace mesh::backend {

// How busy a back end is.
struct NodeLoad {
  int64_t data_bytes = 0;  // On its disk.
  int64_t requests = 0;    // In a second, for the accounts that it has.
};

// For one thread, but where it says otherwise.
class ClusterMember {
 public:
  // Begins to follow the map. `clock` and `registry` outlive the member. kFailedPrecondition: the
  // data directory is another process's. Blocks on the disk.
  static Result<std::unique_ptr<ClusterMember>> Open(const BackendOptions& options,
                                                     const Clock& clock, Registry& registry);

  // Waits until the map gives a partition to this back end and its name is ours, and returns that
  // map. kAborted when `stopped` said that there is no point any more.
  Result<std::shared_ptr<const PartitionMap>> Join(const std::function<bool()>& stopped);

  // Gives `partitions` each later map, until Stop.
  void Follow(PartitionSet& partitions);

  // Registers this back end at `rpc_port`. `load` is called on any thread.
  void Register(int rpc_port, std::function<NodeLoad()> load);

  // Whether requests may be served now. Any thread; takes nanoseconds.
  bool Owned() const { return membership_->Owned(); }

  // Looks for the map of `epoch`, unless one is looked for already. Any thread; does not block.
  void Behind(uint64_t epoch);

  cluster::MapWatcher& watcher() { return *watcher_; }
  cluster::ClusterStore& store() { return *store_; }

  // No map is handed on any more. Blocks until etcd has answered.
  void Stop() { watcher_->Stop(); }

 private:
  ClusterMember(const BackendOptions& options, const Clock& clock, Registry& registry);

  Status OpenParts();
  bool HasPartition() const;
  cluster::NodeRecord Record(const std::string& address, const NodeLoad& load) const;

  const BackendOptions options_;
  const Clock& clock_;
  Registry& registry_;
  const cluster::SystemBootClock boot_clock_;
  std::string data_dir_id_;
  std::atomic<bool> looking_{false};
  std::unique_ptr<cluster::ClusterStore> store_;
  std::unique_ptr<cluster::MapWatcher> watcher_;
  std::unique_ptr<cluster::Membership> membership_;
};

}  // namespace mesh::backend
