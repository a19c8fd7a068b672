#include "common/cluster/map_change.h"

#include <algorithm>
#include <set>
#include <utility>

#include "common/mesh/partition_map.h"

namespace mesh::cluster {
namespace {

// As it stands under `map`: addresses come from nodes/, pins from pins/.
std::string MapText(MapDocument document, uint64_t epoch) {
  document.epoch = epoch;
  document.pins.clear();
  for (BackEnd& back_end : document.back_ends) back_end = {back_end.name, "", ""};
  return document.Text();
}

Change PinOf(const ClusterKeys& keys, const PinChange& pin) {
  Change change{keys.Pin(pin.account), std::nullopt, kNoLease};
  if (pin.partition) change.value = std::to_string(*pin.partition);
  return change;
}

// Commits `changes` in as many transactions as that takes, each as long as `compares` hold.
Status CommitAll(ClusterStore& store, const std::vector<Compare>& compares,
                 const std::vector<Change>& changes, Deadline deadline) {
  for (size_t first = 0; first < changes.size(); first += kChangesMax) {
    const size_t last = std::min(first + kChangesMax, changes.size());
    const std::vector<Change> part(changes.begin() + static_cast<std::ptrdiff_t>(first),
                                   changes.begin() + static_cast<std::ptrdiff_t>(last));
    MESH_RETURN_IF_ERROR(store.Commit(compares, part, deadline).status());
  }
  return Status();
}

// What makes the pins in the store those of `document`.
std::vector<Change> PinChanges(const ClusterKeys& keys, const MapDocument& document,
                               const Snapshot& pins) {
  std::vector<Change> changes;
  std::set<std::string> wanted;
  for (const MapDocument::Pin& pin : document.pins) {
    changes.push_back(PinOf(keys, {pin.account, pin.partition}));
    wanted.insert(changes.back().key);
  }
  for (const Entry& entry : pins.entries) {
    if (!wanted.contains(entry.key)) changes.push_back({entry.key, std::nullopt, kNoLease});
  }
  return changes;
}

// Takes the map out of force, so that what follows is seen whole or not at all. Owners of an
// etcd that was rolled back may have been replaced since.
Result<uint64_t> TakeOutOfForce(ClusterStore& store, const ClusterKeys& keys, Deadline deadline) {
  MESH_ASSIGN(const Snapshot snapshot, store.Read(keys.Epoch(), deadline));
  const Entry* const epoch = snapshot.Find(keys.Epoch());
  if (epoch == nullptr) return uint64_t{0};
  MESH_ASSIGN(const Snapshot owners, store.Read(keys.Owners(), deadline));
  std::vector<Change> changes;
  for (const Entry& owner : owners.entries) changes.push_back({owner.key, std::nullopt, kNoLease});
  const Compare same{epoch->key, epoch->revision};
  MESH_RETURN_IF_ERROR(CommitAll(store, {same}, changes, deadline));
  MESH_RETURN_IF_ERROR(store.Commit({same}, {{epoch->key, std::nullopt}}, deadline).status());
  return ParseDecimal(epoch->value).value_or(0);
}

}  // namespace

Result<MapAsRead> ReadMap(ClusterStore& store, const ClusterKeys& keys, Deadline deadline) {
  // Two small reads, for pins are many and lie between them; a map that is newer than the
  // epoch says that they do not belong together.
  MESH_ASSIGN(const Snapshot epochs, store.Read(keys.Epoch(), deadline));
  MESH_ASSIGN(const Snapshot maps, store.Read(keys.Map(), deadline));
  const Entry* const epoch = epochs.Find(keys.Epoch());
  const Entry* const map = maps.Find(keys.Map());
  const auto number = epoch == nullptr ? std::nullopt : ParseDecimal(epoch->value);
  if (map == nullptr || !number) {
    return Status(Code::kNotFound,
                  "the cluster has no partition map; mesh-admin map init makes one");
  }
  if (map->revision > epoch->revision) {
    return Status(Code::kAborted, "the map has changed while it was read");
  }
  MESH_ASSIGN(MapDocument document, MapDocument::Parse(map->value));
  document.epoch = *number;
  return MapAsRead{std::move(document), epoch->revision};
}

Result<uint64_t> CommitMapChange(ClusterStore& store, const ClusterKeys& keys,
                                 const MapAsRead& read, const MapChange& change,
                                 Deadline deadline) {
  const uint64_t epoch = read.document.epoch + 1;
  std::vector<Compare> compares = {{keys.Epoch(), read.epoch_revision}};
  compares.insert(compares.end(), change.compares.begin(), change.compares.end());
  std::vector<Change> changes = {{keys.Epoch(), std::to_string(epoch), kNoLease}};
  if (change.map) {
    MESH_RETURN_IF_ERROR(PartitionMap::Build(*change.map).status());
    changes.push_back({keys.Map(), MapText(*change.map, epoch), kNoLease});
  }
  for (const PinChange& pin : change.pins) changes.push_back(PinOf(keys, pin));
  changes.insert(changes.end(), change.changes.begin(), change.changes.end());
  if (changes.size() > kChangesMax) {
    return InvalidArgument("a change of the map has more than 128 parts");
  }
  MESH_RETURN_IF_ERROR(store.Commit(compares, changes, deadline).status());
  return epoch;
}

Status InitMap(ClusterStore& store, const ClusterKeys& keys, const MapDocument& document,
               Deadline deadline) {
  MESH_RETURN_IF_ERROR(PartitionMap::Build(document).status());
  const std::vector<Compare> none = {{keys.Epoch(), 0}, {keys.Map(), 0}};
  const auto exists = [](Status status) {
    if (status.code() != Code::kAborted) return status;
    return Status(Code::kAlreadyExists, "the cluster has a partition map already");
  };
  std::vector<Change> pins;
  for (const MapDocument::Pin& pin : document.pins) {
    pins.push_back(PinOf(keys, {pin.account, pin.partition}));
  }
  MESH_RETURN_IF_ERROR(exists(CommitAll(store, none, pins, deadline)));
  return exists(store
                    .Commit(none,
                            {{keys.Map(), MapText(document, document.epoch), kNoLease},
                             {keys.Epoch(), std::to_string(document.epoch), kNoLease}},
                            deadline)
                    .status());
}

Result<uint64_t> RestoreMap(ClusterStore& store, const ClusterKeys& keys,
                            const MapDocument& document, int64_t hold_seconds, Deadline deadline) {
  MESH_RETURN_IF_ERROR(PartitionMap::Build(document).status());
  MESH_ASSIGN(const uint64_t before, TakeOutOfForce(store, keys, deadline));
  const Compare none{keys.Epoch(), 0};
  MESH_ASSIGN(const Snapshot pins, store.Read(keys.Pins(), deadline));
  MESH_RETURN_IF_ERROR(CommitAll(store, {none}, PinChanges(keys, document, pins), deadline));
  MESH_ASSIGN(const GrantedLease hold, store.Grant(hold_seconds, deadline));
  const uint64_t epoch = std::max(before, document.epoch) + 1;
  MESH_RETURN_IF_ERROR(store
                           .Commit({none},
                                   {{keys.Map(), MapText(document, epoch), kNoLease},
                                    {keys.Epoch(), std::to_string(epoch), kNoLease},
                                    {keys.Hold(), "the map was restored", hold.id}},
                                   deadline)
                           .status());
  return epoch;
}

}  // namespace mesh::cluster
