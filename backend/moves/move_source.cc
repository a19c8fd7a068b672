#include "backend/moves/move_source.h"

#include <algorithm>
#include <utility>

#include "backend/moves/move_import.h"
#include "common/base/bytes.h"
#include "common/base/log.h"
#include "proto/move.pb.h"

namespace mesh::backend {
namespace {

// The first of its accounts stands for all: they move together.
PartitionId OwnerOf(const OutgoingMove& outgoing, const PartitionMap& map) {
  if (!outgoing.account.empty()) return map.OwnerOf(outgoing.account);
  return map.slots()[ReadBigEndian16(outgoing.accounts.ranges().front().begin)];
}

}  // namespace

MoveSource::MoveSource(PartitionSet& partitions, const Environment& environment,
                       const MoveLimits& limits, MoveMetrics& metrics)
    : partitions_(partitions), environment_(environment), limits_(limits), metrics_(metrics) {}

Result<Replica*> MoveSource::Find(PartitionId partition) const {
  if (Replica* const replica = partitions_.Find(partition); replica != nullptr) return replica;
  return Status(Code::kNotFound, "the partition is not on this back end");
}

// --- Copies ---------------------------------------------------------------------------------

// What has come is whole only when it is in force: until then its places in the queues wait.
Status MoveSource::CheckInForce(const proto::ExportRequest& request, Replica& replica) {
  MESH_ASSIGN(const AccountRanges accounts,
              AccountRanges::FromBounds({request.bounds().begin(), request.bounds().end()}));
  MESH_ASSIGN(const std::vector<IncomingMove> incoming, ReadIncoming(replica));
  const bool in_force = std::none_of(incoming.begin(), incoming.end(), [&](const auto& one) {
    return one.accounts.Overlaps(accounts);
  });
  if (in_force) return {};
  return Status(Code::kResourceExhausted, "another move has just brought the accounts here");
}

Status MoveSource::CheckFree(const proto::ExportRequest& request, Replica& replica) {
  const Status busy(Code::kResourceExhausted, "another move takes accounts out of the partition");
  MESH_ASSIGN(const std::vector<OutgoingMove> frozen, ReadOutgoing(replica));
  for (const OutgoingMove& other : frozen) {
    if (other.move != request.move()) return busy;
  }
  MESH_RETURN_IF_ERROR(CheckInForce(request, replica));
  std::shared_ptr<MoveExport> earlier;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return Status(Code::kUnavailable, "this back end is stopping");
    const auto running = exports_.find(replica.id());
    if (running == exports_.end()) return {};
    if (running->second->move() != request.move()) return busy;
    if (running->second->attempt() > request.attempt()) {
      return Status(Code::kFailedPrecondition, "a later copy of the move runs");
    }
    earlier = running->second;
  }
  earlier->Cancel(Status(Code::kAborted, "another copy of the move has begun"));
  return {};
}

Status MoveSource::Enter(const std::shared_ptr<MoveExport>& made, PartitionId partition) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return Status(Code::kUnavailable, "this back end is stopping");
  exports_[partition] = made;
  return {};
}

void MoveSource::Leave(const std::shared_ptr<MoveExport>& made, PartitionId partition) {
  metrics_.bytes_out.Add(made->bytes());
  const std::lock_guard lock(mutex_);
  const auto running = exports_.find(partition);
  if (running != exports_.end() && running->second == made) exports_.erase(running);
}

Status MoveSource::Export(const proto::ExportRequest& request,
                          const std::function<bool(const proto::ExportMessage&)>& send) {
  MESH_ASSIGN(Replica* const replica, Find(request.partition()));
  MESH_RETURN_IF_ERROR(CheckFree(request, *replica));
  MESH_ASSIGN(const std::shared_ptr<MoveExport> made,
              MoveExport::Begin(request, *replica, environment_, limits_));
  MESH_RETURN_IF_ERROR(Enter(made, replica->id()));
  Log(LogLevel::kInfo, "a copy begins",
      {{"move", request.move()}, {"attempt", std::to_string(request.attempt())}});
  const Status status = made->Stream(send);
  Leave(made, replica->id());
  if (!status.ok()) {
    Log(LogLevel::kWarning, "a copy was given up",
        {{"move", request.move()}, {"reason", status.message()}});
  }
  return status;
}

std::shared_ptr<MoveExport> MoveSource::Running(const proto::MoveCommand& command) const {
  const std::lock_guard lock(mutex_);
  const auto running = exports_.find(command.partition());
  if (running == exports_.end() || running->second->move() != command.move() ||
      running->second->attempt() != command.attempt()) {
    return nullptr;
  }
  return running->second;
}

Status MoveSource::Command(const proto::MoveCommand& command) {
  MESH_ASSIGN(Replica* const replica, Find(command.partition()));
  if (command.kind() == proto::MoveCommand::THAW) {
    const std::shared_ptr<MoveExport> running = Running(command);
    if (running != nullptr) running->Cancel(Status(Code::kAborted, "the move was given up"));
    return Thaw(command.move(), command.attempt(), *replica);
  }
  const std::shared_ptr<MoveExport> running = Running(command);
  if (running == nullptr) return Status(Code::kNotFound, "that copy does not run");
  if (command.kind() == proto::MoveCommand::FREEZE) return running->Freeze();
  if (command.kind() != proto::MoveCommand::PROBE) return InvalidArgument("an unknown command");
  running->Probe(command.probe());
  return {};
}

void MoveSource::Stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  const Status why(Code::kUnavailable, "this back end is stopping");
  for (const auto& [partition, running] : exports_) running->Cancel(why);
}

// --- What is frozen -------------------------------------------------------------------------

void MoveSource::Tend(MoveLedger& ledger) {
  std::map<std::string, MonotonicTime> seen;
  for (const auto& [id, replica] : partitions_.replicas()) {
    const Result<std::vector<OutgoingMove>> outgoing = ReadOutgoing(*replica);
    if (!outgoing.ok()) continue;  // The store is broken, and says so elsewhere.
    for (const OutgoingMove& one : *outgoing) {
      const std::string name = one.move + "/" + std::to_string(one.attempt);
      const auto known = frozen_since_.find(name);
      const MonotonicTime now = environment_.clock.Now();
      const MonotonicTime since = known == frozen_since_.end() ? now : known->second;
      seen[name] = since;
      const Status status = TendOne(one, now - since, *replica, ledger);
      if (!status.ok()) {
        metrics_.ledger_errors.Add();
        Log(LogLevel::kWarning, "a frozen move waits",
            {{"move", one.move}, {"reason", status.message()}});
      }
    }
  }
  metrics_.frozen.Set(static_cast<int64_t>(seen.size()));
  frozen_since_ = std::move(seen);
}

// Nobody but the map says who has the accounts: the one that is agreed on, because ours may be of a
// time before the switch.
Status MoveSource::TendWithoutRecord(const OutgoingMove& outgoing, Replica& replica,
                                     MoveLedger& ledger) {
  MESH_ASSIGN(const KeptMap kept, ledger.ReadMapSince(partitions_.map()->epoch()));
  if (OwnerOf(outgoing, *kept.map) == replica.id()) {
    return Thaw(outgoing.move, outgoing.attempt, replica);
  }
  if (partitions_.map()->epoch() < kept.map->epoch()) return {};  // As in Forget.
  MESH_RETURN_IF_ERROR(ForgetMoved(outgoing, replica));
  return EndOutgoing(outgoing.move, replica);
}

// The mark was seen before the record is read. It was set after its attempt was recorded as
// frozen; so a record that is at an earlier step of that attempt has not been written yet, and
// one of a later attempt says that this one is over.
Status MoveSource::TendOne(const OutgoingMove& outgoing, Duration frozen, Replica& replica,
                           MoveLedger& ledger) {
  MESH_ASSIGN(std::optional<KeptMove> move, ledger.Read(outgoing.move));
  if (!move) return TendWithoutRecord(outgoing, replica, ledger);
  switch (move->record.phase) {
    case MovePhase::kAborting:
    case MovePhase::kAborted:
      return Thaw(outgoing.move, outgoing.attempt, replica);
    case MovePhase::kSwitched:
    case MovePhase::kCleaned:
      return Forget(outgoing, *std::move(move), replica, ledger);
    default:
      break;
  }
  if (move->record.attempt > outgoing.attempt) {
    return Thaw(outgoing.move, outgoing.attempt, replica);
  }
  return frozen < limits_.freeze_max ? Status()
                                     : GiveUp(outgoing, *std::move(move), replica, ledger);
}

// Only who aborts it in the record, where the switch would be, may thaw it.
Status MoveSource::GiveUp(const OutgoingMove& outgoing, KeptMove move, Replica& replica,
                          MoveLedger& ledger) {
  MoveRecord next = move.record;
  next.phase = MovePhase::kAborting;
  next.reason = "the freeze took longer than --move-freeze-max";
  const Status aborted = ledger.Replace(move, next);
  if (aborted.code() == Code::kAborted) return {};  // It goes on; the next look sees how.
  MESH_RETURN_IF_ERROR(aborted);
  metrics_.Aborted(AbortCause::kFreezeTooLong);
  Log(LogLevel::kWarning, "a freeze took too long; the move is aborted", {{"move", outgoing.move}});
  return Thaw(outgoing.move, outgoing.attempt, replica);
}

// Not before our own map says so: until then requests must be held, not sent away.
Status MoveSource::Forget(const OutgoingMove& outgoing, KeptMove move, Replica& replica,
                          MoveLedger& ledger) {
  const std::shared_ptr<const PartitionMap> map = partitions_.map();
  if (map->epoch() < move.record.epoch) return {};
  if (OwnerOf(outgoing, *map) == replica.id()) {
    return Status(Code::kFailedPrecondition,
                  "the map that was restored gives the accounts to who gave them away; restore a "
                  "newer one");
  }
  MESH_RETURN_IF_ERROR(ForgetMoved(outgoing, replica));
  MoveRecord next = move.record;
  next.phase = MovePhase::kCleaned;
  const Status cleaned = ledger.Replace(move, std::move(next));
  if (!cleaned.ok() && cleaned.code() != Code::kAborted) return cleaned;  // Aborted: it is so.
  Log(LogLevel::kInfo, "what has moved is forgotten here", {{"move", outgoing.move}});
  return EndOutgoing(outgoing.move, replica);
}

}  // namespace mesh::backend
