#include "backend/moves/move_import.h"

#include <memory>
#include <utility>

#include "backend/moves/heads.h"
#include "backend/moves/moved_write.h"
#include "backend/moves/range_walk.h"
#include "backend/moves/writer_change.h"
#include "backend/storage/move_keys.h"
#include "proto/move.pb.h"

namespace mesh::backend {
namespace {

// Keys of queues that are put in force in one commit.
constexpr size_t kActivateKeys = 1000;

Result<IncomingMove> ReadMark(std::string_view move, std::string_view value) {
  proto::IncomingMoveRecord record;
  if (!record.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
    return Status(Code::kDataLoss, "the record of a move cannot be read");
  }
  MESH_ASSIGN(AccountRanges accounts,
              AccountRanges::FromBounds({record.bounds().begin(), record.bounds().end()}));
  return IncomingMove{std::string(move), record.attempt(), std::move(accounts), record.account()};
}

Result<std::optional<IncomingMove>> FindMark(const Reader& reader, std::string_view move) {
  MESH_ASSIGN(const std::optional<std::string> value,
              reader.Get(ColumnFamily::kIndex, IncomingMoveKey(move)));
  if (!value) return std::optional<IncomingMove>();
  MESH_ASSIGN(IncomingMove mark, ReadMark(move, *value));
  return std::optional<IncomingMove>(std::move(mark));
}

void DeleteAll(const AccountRanges& accounts, WriteView& view) {
  for (const KeyRange& range : accounts.ranges()) {
    view.DeleteRange(ColumnFamily::kIndex, range);
    view.DeleteRange(ColumnFamily::kPayload, range);
  }
  view.DeleteRange(ColumnFamily::kIndex, StagedKeys());
}

struct Staged {
  std::string key;
  std::string value;
};

// Up to kActivateKeys places in queues that wait.
Result<std::vector<Staged>> ReadStaged(Replica& replica) {
  std::vector<Staged> staged;
  const KeyRange range = StagedKeys();
  const std::unique_ptr<Reader> reader = replica.store().NewSnapshot();
  const std::unique_ptr<Cursor> cursor = reader->Scan(ColumnFamily::kIndex, range.begin, range.end);
  for (; cursor->Valid() && staged.size() < kActivateKeys; cursor->Next()) {
    staged.push_back({std::string(cursor->key()), std::string(cursor->value())});
  }
  MESH_RETURN_IF_ERROR(cursor->status());
  return staged;
}

}  // namespace

MoveImport::MoveImport(const proto::ExportRequest& asked, AccountRanges accounts, Replica& replica)
    : move_(asked.move()),
      attempt_(asked.attempt()),
      accounts_(std::move(accounts)),
      account_(asked.account()),
      replica_(replica) {}

Status MoveImport::Begin() {
  proto::IncomingMoveRecord record;
  record.set_attempt(attempt_);
  record.set_account(account_);
  for (std::string& bound : accounts_.Bounds()) record.add_bounds(std::move(bound));
  const auto begin = [&](WriteView& view) {
    DeleteAll(accounts_, view);
    view.Put(ColumnFamily::kIndex, IncomingMoveKey(move_), record.SerializeAsString());
    replica_.guard().Block(move_, accounts_);
    return Status();
  };
  // When it fails they stay blocked: nothing of them is ours.
  return RunOnWriter(replica_, begin);
}

Status MoveImport::Apply(const proto::ExportMessage& message) {
  if (message.writes_size() == 0) return {};
  const auto apply = [&](WriteView& view) -> Status {
    for (const proto::MovedWrite& write : message.writes()) {
      MESH_RETURN_IF_ERROR(ApplyMovedWrite(write, accounts_, view));
    }
    return {};
  };
  MESH_RETURN_IF_ERROR(RunOnWriter(replica_, apply));
  for (const proto::MovedWrite& write : message.writes()) {
    bytes_ += write.key().size() + write.value().size();
    ++keys_;
    const std::string_view account = AccountOf(write);
    if (copied_ && !account.empty()) touched_.emplace(account);
  }
  return {};
}

Status MoveImport::CheckCopy(const proto::CopyEnd& end) {
  RangeDigest digest(end.kept_after());
  const std::unique_ptr<Reader> reader = replica_.store().NewSnapshot();
  RangeWalk walk(*reader, accounts_, QueueKeys::kStaged);
  while (true) {
    MESH_ASSIGN(const bool more, walk.Next());
    if (!more) break;
    digest.Add(walk.family(), walk.key(), walk.value());
  }
  copied_ = true;
  if (digest.keys() != end.keys() || digest.bytes() != end.bytes()) {
    return Status(Code::kDataLoss, "the copy differs: " + std::to_string(end.keys()) +
                                       " keys with " + std::to_string(end.bytes()) +
                                       " octets were sent, " + std::to_string(digest.keys()) +
                                       " with " + std::to_string(digest.bytes()) + " are here");
  }
  if (digest.Finish().view() == end.digest()) return {};
  return Status(Code::kDataLoss, "the copy differs: its digest is another");
}

Status MoveImport::CheckHeads(const proto::HeadList& source) {
  proto::HeadList here;
  const std::unique_ptr<Reader> reader = replica_.store().NewSnapshot();
  MESH_RETURN_IF_ERROR(ReadHeads(*reader, touched_, &here));
  return CompareHeads(source, here);
}

Result<std::vector<IncomingMove>> ReadIncoming(Replica& replica) {
  std::vector<IncomingMove> moves;
  const KeyRange range = IncomingMoves();
  const std::unique_ptr<Reader> reader = replica.store().NewSnapshot();
  const std::unique_ptr<Cursor> cursor = reader->Scan(ColumnFamily::kIndex, range.begin, range.end);
  for (; cursor->Valid(); cursor->Next()) {
    MESH_ASSIGN(IncomingMove move,
                ReadMark(cursor->key().substr(range.begin.size()), cursor->value()));
    moves.push_back(std::move(move));
  }
  MESH_RETURN_IF_ERROR(cursor->status());
  return moves;
}

Status Activate(std::string_view move, Replica& replica) {
  for (bool done = false; !done;) {
    MESH_ASSIGN(const std::vector<Staged> staged, ReadStaged(replica));
    done = staged.size() < kActivateKeys;
    const auto activate = [&](WriteView& view) -> Status {
      MESH_ASSIGN(const std::optional<IncomingMove> mark, FindMark(view, move));
      if (!mark) return {};  // It is in force already, and what waits is of another move.
      for (const Staged& one : staged) {
        view.Put(ColumnFamily::kIndex, QueueKeyOfStaged(one.key), one.value);
        view.Delete(ColumnFamily::kIndex, one.key);
      }
      if (done) view.Delete(ColumnFamily::kIndex, IncomingMoveKey(move));
      return {};
    };
    const auto activated = [&](const Status& status) {
      if (status.ok() && done) replica.guard().Unblock(move);
    };
    MESH_RETURN_IF_ERROR(RunOnWriter(replica, activate, activated));
  }
  return {};
}

Status Discard(std::string_view move, Replica& replica) {
  const auto discard = [&](WriteView& view) -> Status {
    MESH_ASSIGN(const std::optional<IncomingMove> mark, FindMark(view, move));
    if (!mark) return {};
    DeleteAll(mark->accounts, view);
    view.Delete(ColumnFamily::kIndex, IncomingMoveKey(move));
    return {};
  };
  return RunOnWriter(replica, discard, [&](const Status& status) {
    if (status.ok()) replica.guard().Unblock(move);
  });
}

}  // namespace mesh::backend
