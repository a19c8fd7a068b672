#include "common/cluster/cluster_state.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace mesh::cluster {

void ClusterState::Reset(const Snapshot& snapshot) {
  epoch_.reset();
  map_.reset();
  pins_.clear();
  nodes_.clear();
  for (const Entry& entry : snapshot.entries) Take(entry.key, entry.value);
}

bool ClusterState::Apply(const WatchBatch& batch) {
  bool other = false;
  for (const Change& change : batch.changes) other |= Take(change.key, change.value);
  return other;
}

void ClusterState::Remember(const std::vector<BackEnd>& back_ends) {
  for (const BackEnd& back_end : back_ends) {
    if (!back_end.address.empty()) remembered_[back_end.name] = back_end;
  }
}

bool ClusterState::Take(std::string_view key, const std::optional<std::string>& value) {
  const auto below = [&key](const std::string& prefix) {
    return key.starts_with(prefix) ? key.substr(prefix.size()) : std::string_view();
  };
  if (key == keys_.Epoch()) {
    epoch_ = value ? ParseDecimal(*value) : std::nullopt;
    return true;
  }
  if (key == keys_.Map()) {
    map_ = value;
    return true;
  }
  if (const auto account = below(keys_.Pins()); !account.empty()) {
    TakePin(account, value);
    return true;
  }
  if (const auto name = below(keys_.Nodes()); !name.empty()) {
    return TakeNode(std::string(name), value);
  }
  return false;
}

// A pin that cannot be read is one to no partition, which PartitionMap::Build refuses: the
// account must not silently go by its slot.
void ClusterState::TakePin(std::string_view account, const std::optional<std::string>& value) {
  if (!value) {
    pins_.erase(std::string(account));
    return;
  }
  constexpr uint64_t kNone = std::numeric_limits<PartitionId>::max();
  const uint64_t id = std::min(ParseDecimal(*value).value_or(kNone), kNone);
  pins_[std::string(account)] = static_cast<PartitionId>(id);
}

bool ClusterState::TakeNode(const std::string& name, const std::optional<std::string>& value) {
  if (!value) {
    nodes_.erase(name);
    return false;  // The address is remembered.
  }
  Result<NodeRecord> record = NodeRecord::Parse(*value);
  if (!record.ok()) return false;
  BackEnd back_end{name, record->address, record->direct_host};
  nodes_[name] = *std::move(record);
  return std::exchange(remembered_[name], back_end) != back_end;
}

Result<MapDocument> ClusterState::Document() const {
  if (!epoch_ || !map_) {
    return Status(Code::kNotFound, "etcd has no partition map of this cluster");
  }
  MESH_ASSIGN(MapDocument document, MapDocument::Parse(*map_));
  document.epoch = *epoch_;
  for (BackEnd& back_end : document.back_ends) {
    const auto known = remembered_.find(back_end.name);
    if (known != remembered_.end()) back_end = known->second;
  }
  document.pins.reserve(pins_.size());
  for (const auto& [account, partition] : pins_) document.pins.push_back({account, partition});
  return document;
}

}  // namespace mesh::cluster
