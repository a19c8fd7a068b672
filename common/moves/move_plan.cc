#include "common/moves/move_plan.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <utility>

#include "common/mesh/slot.h"

namespace mesh {
namespace {

constexpr size_t kIdRandomBytes = 5;
// Somebody else may change a record between our reading and our writing it.
constexpr int kTries = 20;

std::string NewId(crypto::RandomSource& random) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string id = "m-";
  for (const char octet : crypto::RandomBytes(kIdRandomBytes, random)) {
    id.push_back(kDigits[static_cast<uint8_t>(octet) >> 4]);
    id.push_back(kDigits[static_cast<uint8_t>(octet) & 15]);
  }
  return id;
}

std::optional<PartitionId> AsPartition(std::string_view text) {
  PartitionId id = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return id;
}

Result<PartitionId> FindTarget(std::string_view to, const PartitionMap& map) {
  const std::optional<PartitionId> id = AsPartition(to);
  if (id && map.Has(*id)) return *id;
  const std::vector<PartitionId> partitions = map.PartitionsOf(to);
  if (partitions.size() == 1) return partitions.front();
  if (partitions.empty()) {
    return InvalidArgument("--to " + std::string(to) +
                           ": no such partition, nor a back end that "
                           "has one; give the map one without slots first");
  }
  std::string names;
  for (const PartitionId partition : partitions) names += " " + std::to_string(partition);
  return InvalidArgument("--to " + std::string(to) + " has several partitions; name one:" + names);
}

// The slots by the partition that has them, without those of `target`.
std::map<PartitionId, MovedSlots> BySource(const MovedSlots& slots, PartitionId target,
                                           const PartitionMap& map) {
  std::map<PartitionId, MovedSlots> sources;
  for (const auto& [first, last] : slots) {
    for (uint32_t slot = first; slot <= last; ++slot) {
      const PartitionId source = map.slots()[slot];
      if (source == target) continue;
      MovedSlots& mine = sources[source];
      if (!mine.empty() && mine.back().second + 1 == slot) {
        ++mine.back().second;
      } else {
        mine.emplace_back(slot, slot);
      }
    }
  }
  return sources;
}

bool Overlap(const MovedSlots& one, const MovedSlots& other) {
  return std::any_of(one.begin(), one.end(), [&](const auto& a) {
    return std::any_of(other.begin(), other.end(),
                       [&](const auto& b) { return a.first <= b.second && b.first <= a.second; });
  });
}

// A slot's move ends when which of its accounts are pinned changes: that of an account in it
// changes this, unless the account is pinned before and after.
bool Touch(const MoveRecord& one, const MoveRecord& other, const PartitionMap& map) {
  const auto slots = [&map](const MoveRecord& record) {
    if (record.account.empty()) return record.slots;
    const uint32_t slot = SlotOf(map.slot_key(), record.account);
    return MovedSlots{{slot, slot}};
  };
  const auto stays_pinned = [&map](const MoveRecord& record) {
    return !record.account.empty() && !record.unpin && map.IsPinned(record.account);
  };
  if (!one.account.empty() && !other.account.empty()) return one.account == other.account;
  return Overlap(slots(one), slots(other)) && !stays_pinned(one) && !stays_pinned(other);
}

// Whether the move changes nothing any more, or has changed all that it will.
bool IsSettled(const MoveRecord& record) {
  return IsOver(record.phase) || record.phase == MovePhase::kSwitched;
}

Status Moving(const MoveRecord& other) {
  return Status(Code::kFailedPrecondition,
                "some of it is being moved by " + other.id + "; wait, or abort that");
}

bool Same(const MoveRecord& one, const MoveRecord& other) {
  return one.source == other.source && one.target == other.target && one.slots == other.slots &&
         one.account == other.account && one.unpin == other.unpin;
}

std::vector<MoveRecord> Wanted(const MoveOrder& order, PartitionId target,
                               const PartitionMap& map) {
  std::vector<MoveRecord> wanted;
  MoveRecord record;
  record.target = target;
  if (!order.account.empty()) {
    record.account = order.account;
    record.unpin = order.unpin;
    record.source = map.OwnerOf(order.account);
    if (record.source != target) wanted.push_back(record);
    return wanted;
  }
  for (auto& [source, slots] : BySource(order.slots, target, map)) {
    record.source = source;
    record.slots = slots;
    wanted.push_back(record);
  }
  return wanted;
}

Result<KeptMove> Find(MoveLedger& ledger, std::string_view id) {
  MESH_RETURN_IF_ERROR(CheckMoveId(id));
  MESH_ASSIGN(std::optional<KeptMove> move, ledger.Read(id));
  if (move) return *std::move(move);
  return Status(Code::kNotFound, "there is no move called " + std::string(id));
}

}  // namespace

Result<std::vector<MoveRecord>> PlanMoves(const MoveOrder& order, const KeptMap& map,
                                          const std::vector<KeptMove>& moves, WallMillis now,
                                          crypto::RandomSource& random) {
  PartitionId target = 0;
  if (order.unpin) {
    target = map.map->slots()[SlotOf(map.map->slot_key(), order.account)];
  } else {
    MESH_ASSIGN(target, FindTarget(order.to, *map.map));
  }
  std::vector<MoveRecord> planned = Wanted(order, target, *map.map);
  for (MoveRecord& record : planned) {
    for (const KeptMove& other : moves) {
      if (IsSettled(other.record)) continue;
      if (Same(record, other.record)) {
        record = other.record;
        break;
      }
      if (Touch(record, other.record, *map.map)) return Moving(other.record);
    }
    if (!record.id.empty()) continue;
    record.id = NewId(random);
    record.created = record.changed = now;
  }
  return planned;
}

Result<bool> SetPinned(MoveLedger& ledger, const std::string& account, bool pinned) {
  for (int i = 0; i < kTries; ++i) {
    MESH_ASSIGN(const KeptMap map, ledger.ReadMap());
    if (map.map->IsPinned(account) == pinned) return false;
    const uint32_t slot = SlotOf(map.map->slot_key(), account);
    if (!pinned && map.map->slots()[slot] != map.map->OwnerOf(account)) {
      return Status(Code::kFailedPrecondition, "the account is not where its slot is");
    }
    MoveRecord same;
    same.account = account;
    same.unpin = !pinned;
    MESH_ASSIGN(const std::vector<KeptMove> moves, ledger.List());
    for (const KeptMove& move : moves) {
      if (!IsSettled(move.record) && Touch(same, move.record, *map.map)) return Moving(move.record);
    }
    const Status set = ledger.SetPin(account, pinned, map);
    if (set.ok()) return true;
    if (set.code() != Code::kAborted) return set;
  }
  return Status(Code::kUnavailable, "the map changes all the time; ask again");
}

Status AbortMove(MoveLedger& ledger, std::string_view id, std::string_view reason) {
  for (int i = 0; i < kTries; ++i) {
    MESH_ASSIGN(KeptMove move, Find(ledger, id));
    const MovePhase phase = move.record.phase;
    if (phase == MovePhase::kAborting || phase == MovePhase::kAborted) return {};
    if (!CanAbort(phase)) {
      return Status(Code::kFailedPrecondition,
                    "the move is " + std::string(MovePhaseName(phase)) + ": move it back instead");
    }
    MoveRecord next = move.record;
    next.phase = MovePhase::kAborting;
    next.reason = reason;
    const Status status = ledger.Replace(move, std::move(next));
    if (status.code() != Code::kAborted) return status;
  }
  return Status(Code::kUnavailable, "the move's record changes all the time; ask again");
}

Status ResumeMove(MoveLedger& ledger, std::string_view id) {
  for (int i = 0; i < kTries; ++i) {
    MESH_ASSIGN(KeptMove move, Find(ledger, id));
    const MovePhase phase = move.record.phase;
    if (!CanAbort(phase) && phase != MovePhase::kAborted) {
      return Status(Code::kFailedPrecondition, "the move is " + std::string(MovePhaseName(phase)));
    }
    MoveRecord next = move.record;
    if (phase == MovePhase::kAborted) next.phase = MovePhase::kPlanned;
    next.restarts = 0;
    next.reason.clear();
    const Status status = ledger.Replace(move, std::move(next));
    if (status.code() != Code::kAborted) return status;
  }
  return Status(Code::kUnavailable, "the move's record changes all the time; ask again");
}

}  // namespace mesh
