#include "backend/moves/moved_write.h"

#include "backend/storage/move_keys.h"
#include "proto/move.pb.h"

namespace mesh::backend {
namespace {

using proto::MovedWrite;

MovedWrite::Kind KindOf(Write::Kind kind) {
  switch (kind) {
    case Write::Kind::kPut:
      return MovedWrite::PUT;
    case Write::Kind::kDelete:
      return MovedWrite::DELETE;
    case Write::Kind::kDeleteRange:
      return MovedWrite::DELETE_RANGE;
  }
  return MovedWrite::PUT;
}

Status Astray() { return Status(Code::kDataLoss, "what came is not of the accounts that move"); }

bool Within(const KeyRange& range, const AccountRanges& accounts) {
  const std::vector<KeyRange> parts = accounts.Clip(range);
  return parts.size() == 1 && parts[0].begin == range.begin && parts[0].end == range.end;
}

}  // namespace

void AddMovedWrite(const Write& write, proto::ExportMessage* message) {
  MovedWrite* moved = message->add_writes();
  moved->set_kind(KindOf(write.kind));
  moved->set_payload(write.family == ColumnFamily::kPayload);
  moved->set_key(write.key);
  moved->set_value(write.value);
}

Status ApplyMovedWrite(const MovedWrite& write, const AccountRanges& accounts, WriteView& view) {
  const ColumnFamily family = write.payload() ? ColumnFamily::kPayload : ColumnFamily::kIndex;
  const KeyRange range{write.key(), write.value()};
  if (write.kind() == MovedWrite::DELETE_RANGE) {
    if (!Within(range, accounts)) return Astray();
    view.DeleteRange(family, range);
    return {};
  }
  const std::optional<std::string_view> queued = QueuedAccount(write.key());
  if (!accounts.Contains(queued ? *queued : std::string_view(write.key()))) return Astray();
  std::string key = queued ? StagedKey(write.key()) : write.key();
  if (write.kind() == MovedWrite::PUT) {
    view.Put(family, std::move(key), write.value());
  } else {
    view.Delete(family, std::move(key));
  }
  return {};
}

std::string_view AccountOf(const MovedWrite& write) {
  if (QueuedAccount(write.key()) && write.kind() != MovedWrite::DELETE_RANGE) return {};
  return std::string_view(write.key()).substr(0, kAccountPrefixBytes);
}

}  // namespace mesh::backend
