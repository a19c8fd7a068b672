// How a program is told of its cluster: the same flags for all of them.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/cluster/cluster_store.h"

namespace CLI {
class App;
}

namespace mesh::cluster {

struct ClusterOptions {
  std::string cluster;                 // Its name.
  std::vector<std::string> endpoints;  // Of etcd, host:port; none: there is no cluster.
  std::string ca_file;                 // PEM; empty: no TLS.
  std::string cert_file;
  std::string key_file;
  std::string map_cache;  // Where the last map is kept.

  bool enabled() const { return !endpoints.empty(); }
};

// Adds --cluster, --etcd-endpoints, --etcd-ca, --etcd-cert and --etcd-key; `options` must outlive
// `app`.
void AddClusterOptions(CLI::App& app, ClusterOptions& options);
// Adds --map-cache.
void AddMapCacheOption(CLI::App& app, ClusterOptions& options);

// kInvalidArgument: neither a map's file nor a cluster, both, or half of a cluster's flags.
Status CheckClusterOptions(const ClusterOptions& options, const std::string& map_file);

// The store that the options name. Reads the files: kUnavailable. Does not connect.
Result<std::unique_ptr<ClusterStore>> OpenClusterStore(const ClusterOptions& options,
                                                       const Clock& clock);

}  // namespace mesh::cluster
