#include "backend/moves/range_walk.h"

#include <algorithm>

#include "backend/storage/move_keys.h"
#include "backend/storage/record_expiry.h"
#include "common/base/bytes.h"

namespace mesh::backend {

RangeWalk::RangeWalk(const Reader& reader, const AccountRanges& accounts, QueueKeys queues)
    : reader_(reader), accounts_(accounts) {
  for (const ColumnFamily family : {ColumnFamily::kIndex, ColumnFamily::kPayload}) {
    for (const KeyRange& range : accounts.ranges()) parts_.push_back({family, range, false});
  }
  if (queues == QueueKeys::kStaged) {
    parts_.push_back({ColumnFamily::kIndex, StagedKeys(), true});
  } else {
    parts_.push_back({ColumnFamily::kIndex, OutboxQueueKeys(), true});
    parts_.push_back({ColumnFamily::kIndex, ExpiryQueueKeys(), true});
  }
  std::reverse(parts_.begin(), parts_.end());
}

// Whether what the cursor stands at is of the walk.
bool RangeWalk::Take(const Part& part) {
  family_ = part.family;
  key_ = cursor_->key();
  if (!part.queue) return true;
  if (!QueuedAccount(key_)) {
    staged_ = QueueKeyOfStaged(key_);
    key_ = staged_;
  }
  return accounts_.Contains(*QueuedAccount(key_));
}

Result<bool> RangeWalk::Next() {
  while (!parts_.empty()) {
    const Part& part = parts_.back();
    if (cursor_ == nullptr) {
      cursor_ = reader_.Scan(part.family, part.range.begin, part.range.end);
      fresh_ = true;
    }
    if (!fresh_) cursor_->Next();
    fresh_ = false;
    if (cursor_->Valid()) {
      if (Take(part)) return true;
      continue;
    }
    MESH_RETURN_IF_ERROR(cursor_->status());
    cursor_.reset();
    parts_.pop_back();
  }
  return false;
}

void RangeDigest::Add(ColumnFamily family, std::string_view key, std::string_view value) {
  const std::optional<WallMillis> expires = ExpiryOf(key, value);
  if (expires && *expires <= kept_after_) return;
  field_.assign(1, static_cast<char>(family));
  AppendBigEndian32(field_, static_cast<uint32_t>(key.size()));
  AppendBigEndian32(field_, static_cast<uint32_t>(value.size()));
  stream_.Update(field_.append(key));
  stream_.Update(value);
  ++keys_;
  bytes_ += key.size() + value.size();
}

}  // namespace mesh::backend
