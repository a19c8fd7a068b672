#include "tools/mesh_admin/cluster_view.h"

#include <utility>

namespace mesh::admin {

Result<ClusterView> ReadClusterView(Context& context) {
  MESH_ASSIGN(cluster::ClusterStore* const store, context.OpenStore());
  MESH_ASSIGN(cluster::Snapshot snapshot, store->Read(context.keys().prefix(), context.Soon()));
  cluster::ClusterState state(context.keys());
  state.Reset(snapshot);
  MESH_ASSIGN(MapDocument document, state.Document());
  return ClusterView{std::move(snapshot), std::move(state), std::move(document)};
}

}  // namespace mesh::admin
