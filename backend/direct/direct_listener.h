// DirectListener lets devices speak to the host of their accounts (draft -06 §3.2, direct
// connection): a front end in the back end's own process, for which requests for accounts that
// live here cross no network. It forwards all others as any front end does, so a device that
// comes to a host which its account has left is served all the same.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/metrics.h"
#include "common/base/status.h"
#include "common/cluster/cluster_options.h"
#include "common/cluster/map_watcher.h"
#include "common/mesh/partition.h"

namespace mesh::frontend {
class FrontendServer;
}

namespace mesh::backend {

struct DirectOptions {
  std::vector<std::string> listen;  // address:port; none: no direct connection.
  std::string config_file;          // Options of mesh-frontend, name=value lines.
};

// The back end that it is for. What is referred to outlives the listener.
struct DirectHost {
  std::string name;  // In the map.
  std::string map_file;
  cluster::ClusterOptions cluster;
  Partition& partitions;
  Registry& registry;
  // Where the map comes from with etcd, else null. Stopped between Drain and the listener's end.
  cluster::MapWatcher* map_watcher;
};

// For one thread.
class DirectListener {
 public:
  // Keeps SIGHUP for reading files again, as front ends do. Called before any thread is made.
  static void BlockSignal();

  // Listens and serves. kInvalidArgument for options that are wrong, and what a front end may
  // lack at its start; the message names the file. Messages between services are left to
  // front ends: the listener does not forward them.
  static Result<std::unique_ptr<DirectListener>> Start(const DirectOptions& options,
                                                       const DirectHost& host);
  // Closes everything. Metrics must not be read any more.
  ~DirectListener();

  // Answers what has come and closes connections after it. Blocks. Called once at most; metrics
  // can be read on.
  void Drain();

  // In the order of DirectOptions::listen.
  std::vector<int> ports() const;

 private:
  explicit DirectListener(std::unique_ptr<frontend::FrontendServer> server);

  std::unique_ptr<frontend::FrontendServer> server_;
};

}  // namespace mesh::backend
