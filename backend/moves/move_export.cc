#include "backend/moves/move_export.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "backend/moves/heads.h"
#include "backend/moves/moved_write.h"
#include "backend/moves/range_walk.h"
#include "backend/moves/writer_change.h"
#include "backend/storage/move_keys.h"
#include "proto/move.pb.h"

namespace mesh::backend {
namespace {

using Send = std::function<bool(const proto::ExportMessage&)>;

// How soon a stream notices that it is cancelled.
constexpr std::chrono::milliseconds kLook{50};
// Records that expire within this time are not compared: a compaction may drop them at either
// end before the copy is checked.
constexpr WallMillis kExpiryMargin = std::chrono::milliseconds(std::chrono::hours(24)).count();
// Keys of queues that are deleted in one commit.
constexpr size_t kForgetKeys = 1000;

Status Gone() { return Status(Code::kUnavailable, "nobody reads the copy any more"); }

Result<OutgoingMove> ReadMark(std::string_view move, std::string_view value) {
  proto::OutgoingMoveRecord record;
  if (!record.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
    return Status(Code::kDataLoss, "the record of a move cannot be read");
  }
  MESH_ASSIGN(AccountRanges accounts,
              AccountRanges::FromBounds({record.bounds().begin(), record.bounds().end()}));
  return OutgoingMove{std::string(move), record.attempt(), std::move(accounts), record.account()};
}

// The attempt under which `move` is frozen; 0: it is not.
Result<uint32_t> FrozenAttempt(const Reader& reader, std::string_view move) {
  MESH_ASSIGN(const std::optional<std::string> value,
              reader.Get(ColumnFamily::kIndex, OutgoingMoveKey(move)));
  if (!value) return uint32_t{0};
  MESH_ASSIGN(const OutgoingMove mark, ReadMark(move, *value));
  return mark.attempt;
}

}  // namespace

MoveExport::MoveExport(const proto::ExportRequest& request, AccountRanges accounts,
                       Replica& replica, const Environment& environment, const MoveLimits& limits)
    : move_(request.move()),
      attempt_(request.attempt()),
      accounts_(std::move(accounts)),
      account_(request.account()),
      replica_(replica),
      environment_(environment),
      limits_(limits),
      tail_(std::make_shared<MoveTail>(accounts_, limits.tail_bytes)) {}

MoveExport::~MoveExport() {
  tail_->Break(Gone());
  // Another export may follow the writer by now: it has another tail.
  (void)replica_.writer().Run([](WriteView&) { return false; },
                              [this](const Status&) { replica_.writer().DropTee(tail_.get()); });
}

Result<std::shared_ptr<MoveExport>> MoveExport::Begin(const proto::ExportRequest& request,
                                                      Replica& replica,
                                                      const Environment& environment,
                                                      const MoveLimits& limits) {
  MESH_ASSIGN(AccountRanges accounts,
              AccountRanges::FromBounds({request.bounds().begin(), request.bounds().end()}));
  if (accounts.empty() || request.move().empty() || request.attempt() == 0) {
    return InvalidArgument("a copy names its move, its attempt and some accounts");
  }
  std::shared_ptr<MoveExport> made(
      new MoveExport(request, std::move(accounts), replica, environment, limits));
  MESH_RETURN_IF_ERROR(made->Start());
  return made;
}

Status MoveExport::Start() {
  MESH_RETURN_IF_ERROR(Thaw(move_, attempt_ - 1, replica_));
  const auto check = [this](WriteView& view) -> Status {
    MESH_ASSIGN(const uint32_t frozen, FrozenAttempt(view, move_));
    if (frozen == 0) return {};
    return Status(Code::kFailedPrecondition, "the move is frozen already");
  };
  // Between two commits: the snapshot has all that came before, the tail all that comes after.
  return RunOnWriter(replica_, check, [this](const Status& status) {
    if (!status.ok()) return;
    snapshot_ = replica_.store().NewSnapshot();
    replica_.writer().SetTee(tail_);
  });
}

Status MoveExport::Stream(const Send& send) {
  MESH_RETURN_IF_ERROR(SendCopy(send));
  MESH_RETURN_IF_ERROR(SendTail(send));
  return SendHeads(send);
}

Status MoveExport::Pace(MonotonicTime begun, uint64_t bytes) {
  const auto due = begun + std::chrono::nanoseconds(
                               static_cast<int64_t>(static_cast<double>(bytes) * 1e9 /
                                                    static_cast<double>(limits_.bytes_per_second)));
  while (!cancelled_.load()) {
    const Duration left = due - environment_.clock.Now();
    if (left <= Duration(0)) return {};
    std::this_thread::sleep_for(std::min<Duration>(left, kLook));
  }
  return Gone();
}

Status MoveExport::SendCopy(const Send& send) {
  const WallMillis kept_after = environment_.clock.WallNow() + kExpiryMargin;
  const MonotonicTime begun = environment_.clock.Now();
  RangeDigest digest(kept_after);
  RangeWalk walk(*snapshot_, accounts_, QueueKeys::kInForce);
  proto::ExportMessage message;
  size_t filled = 0;
  for (bool more = true; more;) {
    MESH_ASSIGN(more, walk.Next());
    if (more) {
      const Write write{Write::Kind::kPut, walk.family(), std::string(walk.key()),
                        std::string(walk.value())};
      digest.Add(write.family, write.key, write.value);
      AddMovedWrite(write, &message);
      filled += write.key.size() + write.value.size();
      if (filled < kMoveMessageBytes) continue;
    }
    MESH_RETURN_IF_ERROR(Pace(begun, bytes_.fetch_add(filled) + filled));
    if (!send(message)) return Gone();
    message.Clear();
    filled = 0;
  }
  snapshot_.reset();
  message.mutable_copy_end()->set_keys(digest.keys());
  message.mutable_copy_end()->set_bytes(digest.bytes());
  message.mutable_copy_end()->set_kept_after(kept_after);
  message.mutable_copy_end()->set_digest(std::string(digest.Finish().view()));
  return send(message) ? Status() : Gone();
}

// Says something even when there is nothing to say: so a reader that is gone is noticed.
Status MoveExport::SendTail(const Send& send) {
  proto::ExportMessage message;
  while (!cancelled_.load()) {
    MESH_ASSIGN(const MoveTail::Taken taken, tail_->Take(kLook, &message));
    if (taken == MoveTail::Taken::kEnd) return {};
    if (taken == MoveTail::Taken::kNothing) message.Clear();
    bytes_.fetch_add(message.ByteSizeLong());
    if (!send(message)) return Gone();
  }
  return Gone();
}

// Nothing is written any more, so any snapshot is the last state.
Status MoveExport::SendHeads(const Send& send) {
  proto::ExportMessage message;
  const std::unique_ptr<Reader> reader = replica_.store().NewSnapshot();
  MESH_RETURN_IF_ERROR(ReadHeads(*reader, tail_->touched(), message.mutable_frozen()));
  return send(message) ? Status() : Gone();
}

Status MoveExport::Freeze() {
  proto::OutgoingMoveRecord record;
  record.set_attempt(attempt_);
  record.set_account(account_);
  for (std::string& bound : accounts_.Bounds()) record.add_bounds(std::move(bound));
  bool frozen = false;
  const auto freeze = [&](WriteView& view) -> Status {
    if (cancelled_.load()) {
      return Status(Code::kFailedPrecondition, "that copy has been given up");
    }
    MESH_ASSIGN(const uint32_t attempt, FrozenAttempt(view, move_));
    if (attempt != 0) return Status(Code::kFailedPrecondition, "the move is frozen already");
    frozen = true;
    view.Put(ColumnFamily::kIndex, OutgoingMoveKey(move_), record.SerializeAsString());
    replica_.guard().Block(move_, accounts_);
    return {};
  };
  return RunOnWriter(replica_, freeze, [&](const Status& status) {
    if (status.ok()) return tail_->End();
    if (frozen) replica_.guard().Unblock(move_);
  });
}

void MoveExport::Cancel(const Status& why) {
  cancelled_.store(true);
  tail_->Break(why);
}

Result<std::vector<OutgoingMove>> ReadOutgoing(Replica& replica) {
  std::vector<OutgoingMove> moves;
  const KeyRange range = OutgoingMoves();
  const std::unique_ptr<Reader> reader = replica.store().NewSnapshot();
  const std::unique_ptr<Cursor> cursor = reader->Scan(ColumnFamily::kIndex, range.begin, range.end);
  for (; cursor->Valid(); cursor->Next()) {
    MESH_ASSIGN(OutgoingMove move,
                ReadMark(cursor->key().substr(range.begin.size()), cursor->value()));
    moves.push_back(std::move(move));
  }
  MESH_RETURN_IF_ERROR(cursor->status());
  return moves;
}

Status Thaw(std::string_view move, uint32_t attempt, Replica& replica) {
  bool thawed = false;
  const auto thaw = [&](WriteView& view) -> Status {
    MESH_ASSIGN(const uint32_t frozen, FrozenAttempt(view, move));
    thawed = frozen != 0 && frozen <= attempt;
    if (thawed) view.Delete(ColumnFamily::kIndex, OutgoingMoveKey(move));
    return {};
  };
  return RunOnWriter(replica, thaw, [&](const Status& status) {
    if (status.ok() && thawed) replica.guard().Unblock(move);
  });
}

namespace {

// Up to kForgetKeys places of the accounts in the queues.
Result<std::vector<std::string>> QueuedKeys(Replica& replica, const AccountRanges& accounts) {
  std::vector<std::string> keys;
  const std::unique_ptr<Reader> reader = replica.store().NewSnapshot();
  for (const KeyRange& range : {OutboxQueueKeys(), ExpiryQueueKeys()}) {
    const std::unique_ptr<Cursor> cursor =
        reader->Scan(ColumnFamily::kIndex, range.begin, range.end);
    for (; cursor->Valid() && keys.size() < kForgetKeys; cursor->Next()) {
      const std::optional<std::string_view> account = QueuedAccount(cursor->key());
      if (account && accounts.Contains(*account)) keys.emplace_back(cursor->key());
    }
    MESH_RETURN_IF_ERROR(cursor->status());
  }
  return keys;
}

}  // namespace

Status ForgetMoved(const OutgoingMove& outgoing, Replica& replica) {
  while (true) {
    MESH_ASSIGN(const std::vector<std::string> keys, QueuedKeys(replica, outgoing.accounts));
    if (keys.empty()) break;
    const auto forget_places = [&keys](WriteView& view) {
      for (const std::string& key : keys) view.Delete(ColumnFamily::kIndex, key);
      return Status();
    };
    MESH_RETURN_IF_ERROR(RunOnWriter(replica, forget_places));
  }
  const auto forget = [&](WriteView& view) {
    for (const KeyRange& range : outgoing.accounts.ranges()) {
      view.DeleteRange(ColumnFamily::kIndex, range);
      view.DeleteRange(ColumnFamily::kPayload, range);
    }
    return Status();
  };
  return RunOnWriter(replica, forget);
}

Status EndOutgoing(std::string_view move, Replica& replica) {
  const auto end = [move](WriteView& view) {
    view.Delete(ColumnFamily::kIndex, OutgoingMoveKey(move));
    return Status();
  };
  return RunOnWriter(replica, end, [&](const Status& status) {
    if (status.ok()) replica.guard().Leave(move);
  });
}

}  // namespace mesh::backend
