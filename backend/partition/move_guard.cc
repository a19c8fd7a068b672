#include "backend/partition/move_guard.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "backend/storage/move_keys.h"
#include "proto/move.pb.h"
#include "proto/partition.pb.h"

namespace mesh::backend {
namespace {

// Blocks the accounts of each move that has a key in `range`.
template <typename Record>
Status LoadMoves(const Reader& reader, const KeyRange& range, MoveGuard& guard) {
  const size_t name_at = range.begin.size();
  const std::unique_ptr<Cursor> cursor = reader.Scan(ColumnFamily::kIndex, range.begin, range.end);
  for (; cursor->Valid(); cursor->Next()) {
    Record record;
    const std::string_view value = cursor->value();
    if (!record.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
      return Status(Code::kDataLoss, "the record of a move cannot be read");
    }
    MESH_ASSIGN(AccountRanges accounts,
                AccountRanges::FromBounds({record.bounds().begin(), record.bounds().end()}));
    guard.Block(cursor->key().substr(name_at), std::move(accounts));
  }
  return cursor->status();
}

}  // namespace

Status MoveGuard::Load(const Reader& reader) {
  MESH_RETURN_IF_ERROR(LoadMoves<proto::OutgoingMoveRecord>(reader, OutgoingMoves(), *this));
  return LoadMoves<proto::IncomingMoveRecord>(reader, IncomingMoves(), *this);
}

void MoveGuard::Remove(std::string_view move) {
  const auto same = [move](const Blocked& one) { return one.move == move; };
  blocked_.erase(std::remove_if(blocked_.begin(), blocked_.end(), same), blocked_.end());
}

void MoveGuard::Block(std::string_view move, AccountRanges accounts) {
  changes_.fetch_add(1, std::memory_order_acq_rel);
  const std::lock_guard lock(mutex_);
  Remove(move);
  blocked_.push_back({std::string(move), std::move(accounts)});
  blocks_.store(true, std::memory_order_release);
}

void MoveGuard::Unblock(std::string_view move) {
  changes_.fetch_add(1, std::memory_order_acq_rel);
  const std::lock_guard lock(mutex_);
  Remove(move);
  blocks_.store(!blocked_.empty(), std::memory_order_release);
}

void MoveGuard::Leave(std::string_view move) {
  left_.store(true, std::memory_order_release);
  Unblock(move);
}

bool MoveGuard::Blocks(std::string_view prefix) const {
  if (!blocks_some()) return false;
  const std::lock_guard lock(mutex_);
  return std::any_of(blocked_.begin(), blocked_.end(),
                     [prefix](const Blocked& one) { return one.accounts.Contains(prefix); });
}

Serving Serves(const Environment& environment, const MoveGuard& guard, PartitionId partition,
               std::string_view address) {
  if (guard.blocks_some()) {
    const AccountKeys keys(SlotOf(environment.slot_key, address), address);
    if (guard.Blocks(keys.prefix())) return Serving::kFrozen;
  }
  return environment.owns(partition, address) ? Serving::kYes : Serving::kElsewhere;
}

bool RefuseMoved(const Environment& environment, const MoveGuard& guard, PartitionId partition,
                 const proto::PartitionRequest& request, proto::PartitionReply* reply) {
  if (request.account().empty() || !(guard.blocks_some() || guard.some_left())) return false;
  switch (Serves(environment, guard, partition, request.account())) {
    case Serving::kYes:
      return false;
    case Serving::kFrozen:
      SetHeldOff(proto::OBSTACLE_MOVING, reply);
      return true;
    case Serving::kElsewhere:
      SetFailure(Code::kAborted, "wrong owner: the account has moved", reply);
      return true;
  }
  return false;
}

}  // namespace mesh::backend
