#include "common/moves/move_ledger.h"

#include <algorithm>
#include <utility>

#include "common/cluster/cluster_state.h"
#include "common/cluster/map_change.h"

namespace mesh {
namespace {

using cluster::Entry;

Result<KeptMove> Kept(const Entry& entry, size_t prefix_bytes) {
  MESH_ASSIGN(MoveRecord record, MoveRecord::Parse(entry.key.substr(prefix_bytes), entry.value));
  return KeptMove{std::move(record), entry.revision};
}

// No key has it: who would change the record after the switch reads it first.
constexpr cluster::Revision kUnknownRevision = -1;

// Of the account of `record`, which has come to its target.
cluster::PinChange PinAfter(const MoveRecord& record, const PartitionMap& map) {
  const uint32_t slot = SlotOf(map.slot_key(), record.account);
  if (record.unpin && map.slots()[slot] == record.target) return {record.account, std::nullopt};
  return {record.account, record.target};
}

Status Changed() {
  return Status(Code::kAborted, "somebody else has changed the record of the move");
}

}  // namespace

Result<std::vector<KeptMove>> MoveLedger::List() {
  MESH_ASSIGN(const cluster::Snapshot snapshot, store_.Read(keys_.Moves(), Soon()));
  std::vector<KeptMove> moves;
  for (const Entry& entry : snapshot.entries) {
    Result<KeptMove> move = Kept(entry, keys_.Moves().size());
    if (move.ok()) moves.push_back(*std::move(move));
  }
  std::sort(moves.begin(), moves.end(), [](const KeptMove& a, const KeptMove& b) {
    return std::pair(a.record.created, a.record.id) < std::pair(b.record.created, b.record.id);
  });
  return moves;
}

Result<std::optional<KeptMove>> MoveLedger::Read(std::string_view id) {
  const std::string key = keys_.Move(id);
  MESH_ASSIGN(const cluster::Snapshot snapshot, store_.Read(key, Soon()));
  const Entry* const entry = snapshot.Find(key);
  if (entry == nullptr) return std::optional<KeptMove>();
  MESH_ASSIGN(KeptMove move, Kept(*entry, keys_.Moves().size()));
  return std::optional<KeptMove>(std::move(move));
}

Status MoveLedger::Create(const MoveRecord& record) {
  const std::string key = keys_.Move(record.id);
  const auto made = store_.Commit({{key, 0}}, {{key, record.Text()}}, Soon());
  if (made.status().code() != Code::kAborted) return made.status();
  return Status(Code::kAlreadyExists, "there is a move called " + record.id);
}

Status MoveLedger::Replace(KeptMove& move, MoveRecord next) {
  next.changed = clock_.WallNow();
  const std::string key = keys_.Move(next.id);
  const auto made = store_.Commit({{key, move.revision}}, {{key, next.Text()}}, Soon());
  if (!made.ok()) return Settle(move, next, made.status());
  move = {std::move(next), *made};
  return {};
}

Status MoveLedger::Switch(KeptMove& move, MoveRecord next, const KeptMap& map) {
  next.changed = clock_.WallNow();
  next.epoch = map.document.epoch + 1;
  const std::string key = keys_.Move(next.id);
  cluster::MapChange change;
  change.compares = {{key, move.revision}};
  change.changes = {{key, next.Text()}};
  if (next.account.empty()) {
    change.map = map.document;
    for (const auto& [first, last] : next.slots) change.map->Assign({first, last}, next.target);
  } else {
    change.pins = {PinAfter(next, *map.map)};
  }
  const Result<uint64_t> made =
      cluster::CommitMapChange(store_, keys_, {map.document, map.epoch_revision}, change, Soon());
  if (!made.ok()) return Settle(move, next, made.status());
  move = {std::move(next), kUnknownRevision};
  return {};
}

Status MoveLedger::SetPin(const std::string& account, bool pinned, const KeptMap& map) {
  cluster::MapChange change;
  change.pins = {{account, std::nullopt}};
  if (pinned) change.pins[0].partition = map.map->OwnerOf(account);
  return cluster::CommitMapChange(store_, keys_, {map.document, map.epoch_revision}, change, Soon())
      .status();
}

Status MoveLedger::Forget(const KeptMove& move) {
  const std::string key = keys_.Move(move.record.id);
  return store_.Commit({{key, move.revision}}, {{key, std::nullopt}}, Soon()).status();
}

// What became of a commit that failed with `said`: its reply, or that of one before it, may have
// been lost. OK: it was made.
Status MoveLedger::Settle(KeptMove& move, const MoveRecord& next, const Status& said) {
  const Result<std::optional<KeptMove>> now = Read(next.id);
  if (!now.ok()) return now.status();
  if (!*now) return Changed();
  if ((*now)->record == next) {
    move = **now;
    return {};
  }
  return (*now)->revision == move.revision ? said : Changed();
}

Result<KeptMap> MoveLedger::ReadMap() {
  MESH_ASSIGN(const cluster::Snapshot snapshot, store_.Read(keys_.prefix(), Soon()));
  cluster::ClusterState state(keys_);
  state.Reset(snapshot);
  KeptMap kept;
  MESH_ASSIGN(kept.document, state.Document());
  MESH_ASSIGN(PartitionMap map, PartitionMap::Build(kept.document));
  kept.map = std::make_shared<const PartitionMap>(std::move(map));
  kept.epoch_revision = snapshot.Find(keys_.Epoch())->revision;
  return kept;
}

Result<KeptMap> MoveLedger::ReadMapSince(uint64_t epoch) {
  MESH_ASSIGN(KeptMap kept, ReadMap());
  if (kept.map->epoch() >= epoch) return kept;
  return Status(Code::kResourceExhausted, "the cluster's store has epoch " +
                                              std::to_string(kept.map->epoch()) + ", ours is " +
                                              std::to_string(epoch) + ": it was rolled back");
}

}  // namespace mesh
