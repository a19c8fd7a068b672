// What an operator can set of a back end: one struct, one flag for each field.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "backend/direct/direct_listener.h"
#include "backend/model/incident_spool.h"
#include "backend/model/policy.h"
#include "backend/moves/move_limits.h"
#include "backend/partition/partition_set.h"
#include "backend/rpc/partition_server.h"
#include "backend/storage/rocksdb_store.h"
#include "common/cluster/cluster_options.h"
#include "common/process/options.h"

namespace mesh::backend {

struct BackendOptions {
  std::string name;
  std::string map_file;  // Or `cluster`.
  cluster::ClusterOptions cluster;
  int64_t owner_lease_seconds = 3600;
  std::string advertise;  // host:port; empty: from --listen.
  std::string direct_host;
  std::string zone;
  std::string data_dir;
  std::string log_dir;
  std::string admin = "127.0.0.1:9101";
  std::string port_file;
  std::string config_file;
  std::string message_policy_file;  // Empty: the default policy.
  uint32_t drain_seconds = 20;
  uint32_t pending_upload_seconds = 600;
  uint64_t block_cache_bytes = 256ull << 20;  // Of all partitions together.
  bool closed_registration = false;
  bool verbose = false;

  DirectOptions direct;
  PartitionServerOptions rpc;
  std::string peer_tls_name;  // In other back ends' certificates; empty: their address's host.
  MoveLimits moves;
  PartitionSetOptions partitions;
  RocksDbOptions store;  // Without the paths, which follow from the folders.
  AccountPolicy policy;
  IncidentLimits incidents;
};

// Adds every flag to `app`; `options` must outlive it.
void AddBackendOptions(CLI::App& app, BackendOptions& options);

// What flags cannot check one by one. kInvalidArgument says which and why. Derives
// the fields that depend on others.
Status CompleteBackendOptions(BackendOptions& options);

}  // namespace mesh::backend
