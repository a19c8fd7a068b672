#include "tools/mesh_admin/context.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace mesh::admin {

Result<PartitionMap> Context::ReadMap() const {
  if (options_.map_file.empty()) {
    return InvalidArgument("which service? Give --map FILE, the partition map of its back ends");
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
