// BackendServer puts the parts of a back end together: map, stores, partitions,
// gRPC, admin port. It decides nothing.

#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "backend/cluster_member.h"
#include "backend/direct/direct_listener.h"
#include "backend/fence.h"
#include "backend/moves/mover.h"
#include "backend/options.h"
#include "backend/partition/partition_set.h"
#include "backend/rpc/partition_server.h"
#include "backend/site_policy_file.h"
#include "backend/storage/rocksdb_store.h"
#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/process/admin_server.h"

namespace mesh::backend {

class BackendServer {
 public:
  // Starts everything and says "ready". `on_broken` is Environment's. What has been
  // started is stopped again when something fails; the Status says what to do. In a cluster it
  // waits for a map, a partition in it and the back end's name, until `stopped` says that it need
  // not: kAborted then.
  static Result<std::unique_ptr<BackendServer>> Start(const BackendOptions& options,
                                                      std::function<void(const Status&)> on_broken,
                                                      const std::function<bool()>& stopped);

  // Not ready; takes nothing more and tells front ends so; answers what has come; closes everything
  // and gives the registration up, but not the name (docs/CLUSTER.md). Blocks, at most for
  // --drain-seconds and the last commits.
  ~BackendServer();

  int rpc_port() const { return rpc_->port(); }
  int admin_port() const { return admin_->port(); }

 private:
  explicit BackendServer(const BackendOptions& options,
                         std::function<void(const Status&)> on_broken);

  Status StartParts(const std::function<bool()>& stopped);
  Result<std::shared_ptr<const PartitionMap>> FindMap(const std::function<bool()>& stopped);
  Status OpenPartitions(std::shared_ptr<const PartitionMap> map);
  void JoinServing();
  int64_t DataBytes() const;
  NodeLoad Load() const;
  Result<std::unique_ptr<Store>> OpenStore(PartitionId id, size_t partitions) const;
  void MakeMover();
  Status StartDirect(Partition& door);
  Status WritePorts() const;
  void ExportPartitionMetrics(Replica& replica);
  void ExportStoreMetrics(const Labels& labels, const RocksDbStore* store);
  void ExportReplicaMetrics(const Labels& labels, Replica* here);
  void ExportQueueMetrics();
  void ExportMessageMetrics();
  void ExportIncidentMetrics();

  const BackendOptions options_;
  std::function<void(const Status&)> on_broken_;
  SystemClock clock_;
  Registry registry_;
  PartitionMetrics metrics_{registry_};
  std::unique_ptr<Environment> environment_;
  std::unique_ptr<SitePolicyFile> message_policy_;
  mutable std::mutex load_mutex_;
  bool ending_ = false;  // Guarded by load_mutex_.
  // In the order in which they start; they stop in the opposite one, except that the
  // admin server, which reads all others, is stopped before them.
  std::unique_ptr<ClusterMember> cluster_;  // Null: the map is in a file.
  std::unique_ptr<Fence> fence_;            // Null likewise, as is the next.
  std::unique_ptr<OpenerMetrics> opener_metrics_;
  std::unique_ptr<PartitionSet> partitions_;
  std::unique_ptr<Mover> mover_;            // Null: nothing moves where the map is in a file.
  std::unique_ptr<DirectListener> direct_;  // Null: front ends alone speak to clients.
  std::unique_ptr<PartitionServer> rpc_;
  std::unique_ptr<AdminServer> admin_;
};

}  // namespace mesh::backend
