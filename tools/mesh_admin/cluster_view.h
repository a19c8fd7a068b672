// What a cluster's keys say, as commands show it.

#pragma once

#include "common/cluster/cluster_state.h"
#include "common/cluster/cluster_store.h"
#include "common/mesh/map_document.h"
#include "tools/mesh_admin/context.h"

namespace mesh::admin {

struct ClusterView {
  cluster::Snapshot snapshot;
  cluster::ClusterState state;
  MapDocument document;
};

// Reads all keys. kNotFound: there is no map. Blocks.
Result<ClusterView> ReadClusterView(Context& context);

}  // namespace mesh::admin
