#include <memory>
#include <set>

#include "tools/mesh_admin/cluster_view.h"
#include "tools/mesh_admin/commands.h"

namespace mesh::admin {
namespace {

// What is known of one back end's name.
struct Node {
  std::string name;
  const cluster::NodeRecord* record = nullptr;  // Null: it is not registered.
  std::string lease = "-";                      // Of its ownership, seconds.
  size_t partitions = 0;
};

std::string LeaseOf(Context& context, cluster::ClusterStore& store,
                    const cluster::Snapshot& snapshot, const std::string& name) {
  const cluster::Entry* const owner = snapshot.Find(context.keys().Owner(name));
  if (owner == nullptr) return "-";
  const Result<int64_t> left = store.TimeLeft(owner->lease, context.Soon());
  return left.ok() ? std::to_string(*left) : "?";
}

void WriteNode(const Node& node, json::Writer& writer) {
  writer.BeginObject().Member("name").String(node.name);
  writer.Member("registered").Bool(node.record != nullptr);
  if (node.record != nullptr) writer.Member("record").Raw(node.record->Text());
  writer.Member("owner_lease_seconds").String(node.lease);
  writer.Member("partitions").Int(static_cast<int64_t>(node.partitions)).EndObject();
}

std::vector<std::string> RowOf(const Node& node) {
  const auto or_dash = [](const std::string& text) { return text.empty() ? "-" : text; };
  if (node.record == nullptr) {
    return {node.name,  "not registered",
            "-",        "-",
            "-",        std::to_string(node.partitions),
            node.lease, "-",
            "-"};
  }
  const cluster::NodeRecord& record = *node.record;
  return {node.name,
          record.address,
          or_dash(record.direct_host),
          or_dash(record.zone),
          record.version,
          std::to_string(node.partitions),
          node.lease,
          std::to_string(record.requests),
          std::to_string(record.data_bytes)};
}

Status RunNodes(Context& context) {
  MESH_ASSIGN(const ClusterView view, ReadClusterView(context));
  MESH_ASSIGN(cluster::ClusterStore* const store, context.OpenStore());
  std::set<std::string> names;
  for (const BackEnd& one : view.document.back_ends) names.insert(one.name);
  for (const auto& [name, record] : view.state.nodes()) names.insert(name);
  std::vector<std::vector<std::string>> rows = {{"NAME", "ADDRESS", "DIRECT HOST", "ZONE",
                                                 "VERSION", "PARTITIONS", "LEASE S", "REQUESTS/S",
                                                 "BYTES"}};
  json::Writer& members = context.out().members();
  members.Member("nodes").BeginArray();
  for (const std::string& name : names) {
    Node node{name};
    const auto record = view.state.nodes().find(name);
    if (record != view.state.nodes().end()) node.record = &record->second;
    node.lease = LeaseOf(context, *store, view.snapshot, name);
    for (const auto& one : view.document.partitions) node.partitions += one.back_end == name;
    WriteNode(node, members);
    rows.push_back(RowOf(node));
  }
  members.EndArray();
  context.out().Table(rows);
  return Status();
}

}  // namespace

void AddNodes(CLI::App& app, Run* chosen) {
  CLI::App* const command =
      AddCommand(app, "nodes", "The back ends: where they are, what they own, how busy they are",
                 "  mesh-admin --cluster main --etcd-endpoints etcd1:2379 nodes");
  command->callback([=] { *chosen = RunNodes; });
}

}  // namespace mesh::admin
