#include "backend/moves/move_target.h"

#include <algorithm>
#include <array>
#include <utility>

#include "backend/moves/move_export.h"
#include "backend/storage/key_schema.h"
#include "common/base/bytes.h"
#include "common/base/log.h"
#include "proto/move.pb.h"

namespace mesh::backend {
namespace {

// How often the record says how far a copy is: it is a commit of the cluster's store.
constexpr std::chrono::seconds kProgressInterval{1};
// On a machine whose disk or CPU is never as quick as MoveLimits::lag_max a move would tail for
// ever: so the longer it has waited the more it takes, up to a fifth of what front ends wait.
constexpr std::chrono::milliseconds kLagWorst{1000};
constexpr int kLagShare = 20;  // Of the time that it has waited.

Status Stopping() { return Status(Code::kUnavailable, "this back end is stopping"); }

Status MapChanged(const std::string& what) {
  return Status(Code::kFailedPrecondition, "the map has changed: " + what);
}

proto::MoveCommand CommandOf(const KeptMove& move, proto::MoveCommand::Kind kind) {
  proto::MoveCommand command;
  command.set_move(move.record.id);
  command.set_attempt(move.record.attempt);
  command.set_partition(move.record.source);
  command.set_kind(kind);
  return command;
}

proto::ExportRequest RequestOf(const MoveRecord& record, const AccountRanges& accounts) {
  proto::ExportRequest request;
  request.set_move(record.id);
  request.set_attempt(record.attempt);
  request.set_partition(record.source);
  request.set_account(record.account);
  for (std::string& bound : accounts.Bounds()) request.add_bounds(std::move(bound));
  return request;
}

// What the source says is no verdict on the move: all but that it is busy may pass.
Status FromSource(const Status& status) {
  if (status.ok() || status.code() == Code::kResourceExhausted) return status;
  return Status(Code::kUnavailable, "the source: " + status.message());
}

// The lag with which a freeze may begin after `waited` of tailing.
Duration LagAllowed(const MoveLimits& limits, Duration waited) {
  return std::min<Duration>(std::max<Duration>(limits.lag_max, waited / kLagShare), kLagWorst);
}

bool InSlots(const MovedSlots& slots, uint32_t slot) {
  return std::any_of(slots.begin(), slots.end(), [slot](const auto& range) {
    return slot >= range.first && slot <= range.second;
  });
}

}  // namespace

MoveTarget::MoveTarget(PartitionSet& partitions, const Environment& environment, MoveLedger& ledger,
                       SourceLink& link, const MoveLimits& limits, MoveMetrics& metrics)
    : partitions_(partitions),
      environment_(environment),
      ledger_(ledger),
      link_(link),
      limits_(limits),
      metrics_(metrics) {}

void MoveTarget::Watch() {
  const std::lock_guard lock(mutex_);
  if (!waits_since_ || stream_ == nullptr) return;
  if (environment_.clock.Now() - *waits_since_ > limits_.silence_max) stream_->Cancel();
}

void MoveTarget::Stop() {
  stopping_.store(true);
  const std::lock_guard lock(mutex_);
  if (stream_ != nullptr) stream_->Cancel();
}

// --- What there is to do --------------------------------------------------------------------

void MoveTarget::Round() {
  const Result<std::vector<KeptMove>> moves = ledger_.List();
  if (!moves.ok()) return metrics_.ledger_errors.Add();
  CountPhases(*moves);
  for (const auto& [id, replica] : partitions_.replicas()) {
    const Result<std::vector<IncomingMove>> incoming = ReadIncoming(*replica);
    if (!incoming.ok()) continue;  // The store is broken, and says so elsewhere.
    for (const IncomingMove& one : *incoming) {
      const Status tended = TendIncoming(one, *moves, *replica);
      if (!tended.ok()) {
        Log(LogLevel::kWarning, "a move waits", {{"move", one.move}, {"reason", tended.message()}});
      }
    }
  }
  for (const KeptMove& move : *moves) {
    Replica* const replica = partitions_.Find(move.record.target);
    if (stopping_.load() || replica == nullptr) continue;
    if (IsOver(move.record.phase)) ForgetOld(move);
    if (IsOver(move.record.phase) || move.record.phase == MovePhase::kSwitched) continue;
    const Status advanced = Advance(move, *replica);
    if (advanced.ok()) continue;
    Log(LogLevel::kWarning, "a move waits",
        {{"move", move.record.id}, {"reason", advanced.message()}});
  }
}

void MoveTarget::ForgetOld(const KeptMove& move) {
  const auto kept = std::chrono::milliseconds(limits_.record_time).count();
  if (environment_.clock.WallNow() - move.record.changed < kept) return;
  if (!ledger_.Forget(move).ok()) metrics_.ledger_errors.Add();  // The next round tries again.
}

void MoveTarget::CountPhases(const std::vector<KeptMove>& moves) {
  std::array<double, 9> counts{};
  for (const KeptMove& move : moves) {
    const bool ours = partitions_.Find(move.record.target) != nullptr ||
                      partitions_.Find(move.record.source) != nullptr;
    if (ours) ++counts[static_cast<size_t>(move.record.phase)];
  }
  for (size_t i = 0; i < counts.size(); ++i) metrics_.in_phase[i].store(counts[i]);
}

// What has come here and is not in force: the record says what becomes of it.
Status MoveTarget::TendIncoming(const IncomingMove& incoming, const std::vector<KeptMove>& moves,
                                Replica& replica) {
  const auto found = std::find_if(moves.begin(), moves.end(), [&](const KeptMove& move) {
    return move.record.id == incoming.move;
  });
  if (found == moves.end()) {
    MESH_ASSIGN(const KeptMap map, ledger_.ReadMapSince(partitions_.map()->epoch()));
    const bool ours =
        incoming.account.empty()
            ? map.map->slots()[ReadBigEndian16(incoming.accounts.ranges().front().begin)] ==
                  replica.id()
            : map.map->OwnerOf(incoming.account) == replica.id();
    return ours ? Activate(incoming.move, replica) : Discard(incoming.move, replica);
  }
  switch (found->record.phase) {
    case MovePhase::kSwitched:
    case MovePhase::kCleaned:
      return Activate(incoming.move, replica);
    case MovePhase::kAborted:
      return Discard(incoming.move, replica);
    default:
      return {};  // Advance sees to it.
  }
}

Status MoveTarget::Advance(KeptMove move, Replica& replica) {
  if (move.record.phase == MovePhase::kAborting) return Discarded(move, replica);
  frozen_at_ = MonotonicTime();
  const bool verified = move.record.phase == MovePhase::kVerified;
  const Status went = verified ? Switch(move, replica) : Copy(move, replica);
  if (went.ok() || stopping_.load()) return {};
  // Somebody else has changed the record: the next round sees how.
  if (went.code() == Code::kAborted) return went;
  if (went.code() == Code::kDataLoss) return Abort(move, AbortCause::kDiffers, went.message());
  if (went.code() == Code::kFailedPrecondition) {
    return Abort(move, AbortCause::kMapChanged, went.message());
  }
  MoveRecord next = move.record;
  next.reason = went.message();
  if (went.code() != Code::kResourceExhausted) ++next.restarts;
  if (next != move.record) (void)Record(move, next);  // For people.
  return went;
}

// --- Records ---------------------------------------------------------------------------------

// A record that only we have written since, although its reply was lost, is still ours.
Status MoveTarget::Record(KeptMove& move, const MoveRecord& next) {
  Status status = ledger_.Replace(move, next);
  if (!status.ok()) metrics_.ledger_errors.Add();
  if (status.code() != Code::kAborted) return status;
  const Result<std::optional<KeptMove>> now = ledger_.Read(next.id);
  const bool ours = now.ok() && *now && (*now)->record.attempt == move.record.attempt &&
                    (*now)->record.phase == move.record.phase;
  if (!ours) return status;
  move = **now;
  return ledger_.Replace(move, next);
}

Status MoveTarget::Step(KeptMove& move, MovePhase phase, const MoveImport* import) {
  MoveRecord next = move.record;
  next.phase = phase;
  if (import != nullptr) {
    next.bytes = import->bytes();
    next.keys = import->keys();
  }
  MESH_RETURN_IF_ERROR(Record(move, next));
  Log(LogLevel::kInfo, "a move goes on",
      {{"move", next.id}, {"phase", std::string(MovePhaseName(phase))}});
  return {};
}

Status MoveTarget::Abort(KeptMove& move, AbortCause cause, const std::string& reason) {
  if (!CanAbort(move.record.phase)) return Status(Code::kInternal, reason);
  MoveRecord next = move.record;
  next.phase = MovePhase::kAborting;
  next.reason = reason;
  MESH_RETURN_IF_ERROR(Record(move, next));
  metrics_.Aborted(cause);
  Log(LogLevel::kWarning, "a move is aborted", {{"move", next.id}, {"reason", reason}});
  return Discarded(move, *partitions_.Find(next.target));
}

// The source thaws by itself when it sees the record; told so, it does at once.
Status MoveTarget::Discarded(KeptMove& move, Replica& replica) {
  const std::shared_ptr<const PartitionMap> map = partitions_.map();
  if (map->Has(move.record.source)) {
    (void)link_.Command(map->HomeOf(move.record.source).address,
                        CommandOf(move, proto::MoveCommand::THAW));
  }
  MESH_RETURN_IF_ERROR(Discard(move.record.id, replica));
  return Step(move, MovePhase::kAborted, nullptr);
}

// --- One copy ---------------------------------------------------------------------------------

// kFailedPrecondition: the map does not give all of it to the source.
Result<AccountRanges> MoveTarget::AccountsOf(const MoveRecord& record, const KeptMap& kept) const {
  const PartitionMap& map = *kept.map;
  if (!map.Has(record.source) || !map.Has(record.target)) return MapChanged("a partition is gone");
  if (!record.account.empty()) {
    if (map.OwnerOf(record.account) != record.source) return MapChanged("the account's owner");
    const uint32_t slot = SlotOf(map.slot_key(), record.account);
    return AccountRanges::OfAccount(AccountKeys(slot, record.account).prefix());
  }
  for (const auto& [first, last] : record.slots) {
    for (uint32_t slot = first; slot <= last; ++slot) {
      if (map.slots()[slot] != record.source) {
        return MapChanged("the owner of slot " + std::to_string(slot));
      }
    }
  }
  std::vector<std::string> pinned;
  for (const MapDocument::Pin& pin : kept.document.pins) {
    const uint32_t slot = SlotOf(map.slot_key(), pin.account);
    if (InSlots(record.slots, slot)) pinned.push_back(AccountKeys(slot, pin.account).prefix());
  }
  return AccountRanges::OfSlots(record.slots, pinned);
}

// One move at a time into a partition: what waits of its queues is not told apart. And what of the
// accounts went away from here has been forgotten, or it would be when they have come back.
Status MoveTarget::CheckFree(const std::string& move, const AccountRanges& accounts,
                             Replica& replica) const {
  MESH_ASSIGN(const std::vector<OutgoingMove> outgoing, ReadOutgoing(replica));
  if (std::any_of(outgoing.begin(), outgoing.end(),
                  [&](const OutgoingMove& one) { return one.accounts.Overlaps(accounts); })) {
    return Status(Code::kResourceExhausted, "another move has left accounts here to be forgotten");
  }
  MESH_ASSIGN(const std::vector<IncomingMove> incoming, ReadIncoming(replica));
  const bool free = std::all_of(incoming.begin(), incoming.end(),
                                [&](const IncomingMove& one) { return one.move == move; });
  if (free) return {};
  return Status(Code::kResourceExhausted, "another move brings accounts into the partition");
}

Status MoveTarget::Copy(KeptMove& move, Replica& replica) {
  MESH_ASSIGN(const KeptMap map, ledger_.ReadMapSince(partitions_.map()->epoch()));
  MESH_ASSIGN(const AccountRanges accounts, AccountsOf(move.record, map));
  if (move.record.restarts >= limits_.restarts_max) {
    return Abort(move, AbortCause::kTooManyRestarts, "it failed too often: " + move.record.reason);
  }
  MESH_RETURN_IF_ERROR(CheckFree(move.record.id, accounts, replica));
  MoveRecord next = move.record;
  next.phase = MovePhase::kCopying;
  ++next.attempt;
  next.bytes = next.keys = 0;
  MESH_RETURN_IF_ERROR(Record(move, next));
  metrics_.attempts.Add();
  const Status ran = Run(move, RequestOf(move.record, accounts), accounts, replica);
  const std::lock_guard lock(mutex_);
  stream_.reset();
  return ran;
}

Status MoveTarget::Run(KeptMove& move, const proto::ExportRequest& request,
                       const AccountRanges& accounts, Replica& replica) {
  const std::string address = partitions_.map()->HomeOf(move.record.source).address;
  MoveImport import(request, accounts, replica);
  MESH_RETURN_IF_ERROR(import.Begin());
  const Result<std::shared_ptr<CopyStream>> opened = link_.Export(address, request);
  MESH_RETURN_IF_ERROR(FromSource(opened.status()));
  const std::shared_ptr<CopyStream>& stream = *opened;
  {
    const std::lock_guard lock(mutex_);
    stream_ = stream;
    if (stopping_.load()) return Stopping();
  }
  MESH_RETURN_IF_ERROR(TakeCopy(move, *stream, import));
  MESH_RETURN_IF_ERROR(Step(move, MovePhase::kTailing, &import));
  MESH_RETURN_IF_ERROR(FollowTail(move, address, *stream, import));
  MESH_RETURN_IF_ERROR(TakeRest(move, address, *stream, import));
  return Switch(move, replica);
}

Status MoveTarget::Receive(CopyStream& stream, proto::ExportMessage* message) {
  {
    const std::lock_guard lock(mutex_);
    waits_since_ = environment_.clock.Now();
  }
  const Status received = stream.Next(message);
  const std::lock_guard lock(mutex_);
  waits_since_.reset();
  return received;
}

// The next message, written here.
Status MoveTarget::Next(KeptMove& move, CopyStream& stream, MoveImport& import,
                        proto::ExportMessage* message) {
  MESH_RETURN_IF_ERROR(FromSource(Receive(stream, message)));
  if (stopping_.load()) return Stopping();
  const uint64_t before = import.bytes();
  MESH_RETURN_IF_ERROR(import.Apply(*message));
  metrics_.bytes_in.Add(import.bytes() - before);
  const MonotonicTime now = environment_.clock.Now();
  // Not during the freeze: every commit of the cluster's store costs its time.
  if (now < next_progress_ || move.record.phase == MovePhase::kFrozen) return {};
  next_progress_ = now + kProgressInterval;
  MoveRecord next = move.record;
  next.bytes = import.bytes();
  next.keys = import.keys();
  const Status recorded = Record(move, next);
  return recorded.code() == Code::kAborted ? recorded : Status();
}

Status MoveTarget::TakeCopy(KeptMove& move, CopyStream& stream, MoveImport& import) {
  proto::ExportMessage message;
  do {
    MESH_RETURN_IF_ERROR(Next(move, stream, import, &message));
  } while (!message.has_copy_end());
  return import.CheckCopy(message.copy_end());
}

// Until what is written there is here soon enough.
Status MoveTarget::FollowTail(KeptMove& move, const std::string& address, CopyStream& stream,
                              MoveImport& import) {
  proto::MoveCommand probe = CommandOf(move, proto::MoveCommand::PROBE);
  proto::ExportMessage message;
  const MonotonicTime since = environment_.clock.Now();
  for (uint64_t number = 1;; ++number) {
    probe.set_probe(number);
    const MonotonicTime asked = environment_.clock.Now();
    MESH_RETURN_IF_ERROR(FromSource(link_.Command(address, probe)));
    do {
      MESH_RETURN_IF_ERROR(Next(move, stream, import, &message));
    } while (message.probe() != number);
    const MonotonicTime now = environment_.clock.Now();
    if (now - asked <= LagAllowed(limits_, now - since)) return {};
  }
}

// The step is recorded first: so a source that is frozen finds a record that says so.
Status MoveTarget::TakeRest(KeptMove& move, const std::string& address, CopyStream& stream,
                            MoveImport& import) {
  MESH_RETURN_IF_ERROR(Step(move, MovePhase::kFrozen, &import));
  frozen_at_ = environment_.clock.Now();
  const proto::MoveCommand freeze = CommandOf(move, proto::MoveCommand::FREEZE);
  MESH_RETURN_IF_ERROR(FromSource(link_.Command(address, freeze)));
  proto::ExportMessage message;
  do {
    MESH_RETURN_IF_ERROR(Next(move, stream, import, &message));
  } while (!message.has_frozen());
  MESH_RETURN_IF_ERROR(import.CheckHeads(message.frozen()));
  return Step(move, MovePhase::kVerified, &import);
}

// --- The switch --------------------------------------------------------------------------------

// The accounts that are pinned may be others than when the copy began; then what was copied is
// not what would be switched.
Status MoveTarget::Switch(KeptMove& move, Replica& replica) {
  MESH_ASSIGN(const std::vector<IncomingMove> incoming, ReadIncoming(replica));
  const auto mark = std::find_if(incoming.begin(), incoming.end(), [&](const IncomingMove& one) {
    return one.move == move.record.id;
  });
  if (mark == incoming.end()) return MapChanged("nothing of the move is here");
  Status switched;
  do {
    MESH_ASSIGN(const KeptMap map, ledger_.ReadMapSince(partitions_.map()->epoch()));
    MESH_ASSIGN(const AccountRanges accounts, AccountsOf(move.record, map));
    if (accounts.Bounds() != mark->accounts.Bounds()) return MapChanged("pinned accounts");
    MoveRecord next = move.record;
    next.phase = MovePhase::kSwitched;
    next.reason.clear();
    const Duration blocked = environment_.clock.Now() - frozen_at_;
    if (frozen_at_ != MonotonicTime()) {
      next.blocked_ms = std::chrono::duration_cast<std::chrono::milliseconds>(blocked).count();
    }
    switched = ledger_.Switch(move, next, map);
    if (switched.code() != Code::kAborted) break;
    // Another map, or another record: only of the first kind is it tried again.
    MESH_ASSIGN(const std::optional<KeptMove> now, ledger_.Read(move.record.id));
    if (!now || now->revision != move.revision) return switched;
  } while (!stopping_.load());
  MESH_RETURN_IF_ERROR(switched);
  MESH_RETURN_IF_ERROR(Activate(move.record.id, replica));
  metrics_.finished.Add();
  Duration blocked{0};
  if (frozen_at_ != MonotonicTime()) {
    blocked = environment_.clock.Now() - frozen_at_;
    metrics_.blocked.ObserveNanos(static_cast<uint64_t>(blocked.count()));
  }
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(blocked).count();
  Log(LogLevel::kInfo, "a move is switched",
      {{"move", move.record.id}, {"blocked_ms", std::to_string(millis)}});
  return {};
}

}  // namespace mesh::backend
