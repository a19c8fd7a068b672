#include "tools/mesh_admin/load_list.h"

#include <algorithm>
#include <memory>

#include "common/mesh/slot.h"
#include "proto/load.pb.h"

namespace mesh::admin {
namespace {

// proto/load.proto: octets that count as a request.
constexpr double kOctetsPerRequest = 4096;

// What no rate can be counts as none.
double Rate(double told) { return told > 0 && told < 1e15 ? told : 0; }

NodeLoad Take(const std::string& back_end, const proto::LoadReport& report) {
  NodeLoad node;
  node.back_end = back_end;
  node.measured_seconds = Rate(report.measured_seconds());
  for (const proto::PartitionLoad& partition : report.partitions()) {
    node.requests += Rate(partition.requests());
    node.bytes += Rate(partition.bytes());
    node.pinned_requests += Rate(partition.pinned_requests());
    for (const proto::AccountLoad& one : partition.accounts()) {
      node.accounts.push_back({one.account(), back_end, partition.partition(), one.pinned(),
                               Rate(one.requests()), Rate(one.bytes()), Rate(one.unseen())});
    }
    const int slots = std::min(partition.slots_size(), partition.slot_requests_size());
    for (int i = 0; i < slots; ++i) {
      if (partition.slots(i) >= kSlotCount) continue;
      node.slots.emplace_back(partition.slots(i), Rate(partition.slot_requests(i)));
    }
  }
  return node;
}

Status CheckName(const PartitionMap& map, const std::string& back_end) {
  if (back_end.empty() || !map.PartitionsOf(back_end).empty()) return {};
  return InvalidArgument("--node " + back_end +
                         ": the map gives no partition to a back end of this name");
}

}  // namespace

double AccountLoad::load() const { return requests + bytes / kOctetsPerRequest; }

Result<std::vector<NodeLoad>> ListLoads(BackEnds& back_ends, const LoadQuery& query,
                                        const std::function<void(const Status&)>& missing) {
  MESH_RETURN_IF_ERROR(CheckName(back_ends.map(), query.back_end));
  proto::LoadRequest request;
  request.set_accounts_max(query.accounts_max);
  request.set_slots(query.slots);
  std::vector<NodeLoad> nodes;
  std::vector<Status> failures;
  for (const BackEnds::LoadAnswer& answer : back_ends.AskLoads(request, query.back_end)) {
    if (answer.report.ok()) {
      nodes.push_back(Take(answer.back_end, **answer.report));
    } else {
      failures.push_back(answer.report.status());
    }
  }
  if (nodes.empty() && !failures.empty()) return failures.front();
  for (const Status& failure : failures) missing(failure);
  return nodes;
}

}  // namespace mesh::admin
