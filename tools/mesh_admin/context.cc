#include "tools/mesh_admin/context.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "tools/mesh_admin/cluster_view.h"

namespace mesh::admin {

Result<cluster::ClusterStore*> Context::OpenStore() {
  if (store_ != nullptr) return store_.get();
  if (!options_.cluster.enabled()) {
    return InvalidArgument(
        options_.map_file.empty()
            ? "which cluster? Give --cluster NAME and --etcd-endpoints HOST:PORT,..."
            : "this asks etcd, in whose place --map FILE does not stand: give --cluster NAME and "
              "--etcd-endpoints HOST:PORT,...");
  }
  MESH_RETURN_IF_ERROR(cluster::CheckClusterOptions(options_.cluster, ""));
  MESH_ASSIGN(store_, cluster::OpenClusterStore(options_.cluster, clock_));
  return store_.get();
}

Result<MoveLedger*> Context::OpenLedger() {
  if (ledger_) return &*ledger_;
  MESH_ASSIGN(cluster::ClusterStore* const store, OpenStore());
  ledger_.emplace(options_.cluster.cluster, *store, clock_,
                  std::chrono::seconds(options_.timeout_seconds));
  return &*ledger_;
}

Result<PartitionMap> Context::ReadMap() {
  if (options_.map_file.empty() && options_.cluster.enabled()) {
    MESH_ASSIGN(const ClusterView view, ReadClusterView(*this));
    return PartitionMap::Build(view.document);
  }
  if (options_.map_file.empty()) {
    return InvalidArgument(
        "which service? Give --cluster and --etcd-endpoints, or --map FILE, the partition map of "
        "its back ends");
  }
  Result<PartitionMap> map = PartitionMap::Load(options_.map_file);
  if (map.ok()) return map;
  return InvalidArgument("--map " + options_.map_file + ": " + map.status().message());
}

Result<BackEnds*> Context::OpenBackEnds() {
  if (back_ends_) return &*back_ends_;
  MESH_RETURN_IF_ERROR(CheckHopTls(options_.tls));
  Result<HopTls> tls = ReadHopTls(options_.tls);
  if (!tls.ok()) return InvalidArgument(tls.status().message());
  MESH_ASSIGN(PartitionMap map, ReadMap());
  back_ends_.emplace(std::move(map), *std::move(tls),
                     std::chrono::seconds(options_.timeout_seconds));
  return &*back_ends_;
}

void Context::Missing(const Status& why) {
  if (std::find(missing_.begin(), missing_.end(), why.message()) != missing_.end()) return;
  missing_.push_back(why.message());
  out_.Note(why.message());
}

void Context::Finish() {
  if (missing_.empty()) return;
  json::Writer& members = out_.members();
  members.Member("missing").BeginArray();
  for (const std::string& what : missing_) members.String(what);
  members.EndArray();
}

}  // namespace mesh::admin
