#include "common/cluster/cluster_options.h"

#include <CLI/CLI.hpp>

#include "common/cluster/cluster_keys.h"
#include "common/cluster/durable_file.h"
#include "common/cluster/etcd_store.h"

namespace mesh::cluster {
namespace {

Result<std::string> ReadPem(const std::string& path) {
  return path.empty() ? std::string() : ReadWhole(path);
}

}  // namespace

void AddClusterOptions(CLI::App& app, ClusterOptions& options) {
  app.add_option("--cluster", options.cluster,
                 "The cluster's name in etcd, where the partition map is");
  app.add_option("--etcd-endpoints", options.endpoints,
                 "host:port of etcd's members, separated by commas")
      ->delimiter(',');
  app.add_option("--etcd-ca", options.ca_file, "Who signs etcd's certificates, PEM; with it, TLS");
  app.add_option("--etcd-cert", options.cert_file, "Certificate that etcd sees, PEM");
  app.add_option("--etcd-key", options.key_file, "Its private key, PEM");
}

void AddMapCacheOption(CLI::App& app, ClusterOptions& options) {
  app.add_option("--map-cache", options.map_cache,
                 "Where the last map from etcd is kept, to start with when etcd is away");
}

Status CheckClusterOptions(const ClusterOptions& options, const std::string& map_file) {
  if (options.enabled() && !map_file.empty()) {
    return InvalidArgument("--map and --etcd-endpoints cannot be given together");
  }
  if (!options.enabled() && map_file.empty()) {
    return InvalidArgument(
        "the partition map is missing: give --map, or --cluster and --etcd-endpoints");
  }
  if (!options.enabled()) {
    if (options.cluster.empty()) return Status();
    return InvalidArgument("--cluster needs --etcd-endpoints");
  }
  const Status name = CheckClusterName(options.cluster);
  if (!name.ok()) return InvalidArgument("--cluster: " + name.message());
  if (options.cert_file.empty() != options.key_file.empty() ||
      (options.ca_file.empty() && !options.cert_file.empty())) {
    return InvalidArgument("--etcd-cert and --etcd-key go together, and need --etcd-ca");
  }
  return Status();
}

Result<std::unique_ptr<ClusterStore>> OpenClusterStore(const ClusterOptions& options,
                                                       const Clock& clock) {
  EtcdOptions etcd;
  etcd.endpoints = options.endpoints;
  MESH_ASSIGN(etcd.authorities, ReadPem(options.ca_file));
  MESH_ASSIGN(etcd.certificate_chain, ReadPem(options.cert_file));
  MESH_ASSIGN(etcd.private_key, ReadPem(options.key_file));
  return MakeEtcdStore(etcd, clock);
}

}  // namespace mesh::cluster
