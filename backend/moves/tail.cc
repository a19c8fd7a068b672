#include "backend/moves/tail.h"

#include <utility>
#include <vector>

#include "backend/moves/moved_write.h"
#include "backend/storage/move_keys.h"
#include "proto/move.pb.h"

namespace mesh::backend {

struct MoveTail::Item {
  proto::ExportMessage message;
  size_t bytes = 0;
};

MoveTail::MoveTail(AccountRanges accounts, size_t bytes_max)
    : accounts_(std::move(accounts)), bytes_max_(bytes_max) {}

MoveTail::~MoveTail() = default;

void MoveTail::Follow(const Writes& writes) {
  Item item;
  const std::lock_guard lock(mutex_);
  if (!broken_.ok() || ended_) return;
  for (const Write& write : writes) Add(write, &item.message);
  if (item.message.writes_size() == 0) return;
  item.bytes = item.message.ByteSizeLong();
  bytes_ += item.bytes;
  items_.push_back(std::move(item));
  if (bytes_ > bytes_max_) {
    items_.clear();
    broken_ = Status(Code::kAborted, "more was written than the tail of a move holds");
  }
  changed_.notify_all();
}

void MoveTail::Replaced() {
  Break(Status(Code::kAborted, "another copy out of the partition has begun"));
}

void MoveTail::Add(const Write& write, proto::ExportMessage* message) {
  if (write.kind == Write::Kind::kDeleteRange) return AddRange(write, message);
  const std::optional<std::string_view> queued = QueuedAccount(write.key);
  if (!accounts_.Contains(queued ? *queued : std::string_view(write.key))) return;
  AddMovedWrite(write, message);
  if (!queued) touched_.emplace(write.key.substr(0, kAccountPrefixBytes));
}

// Only whole accounts are deleted by range.
void MoveTail::AddRange(const Write& write, proto::ExportMessage* message) {
  for (KeyRange& part : accounts_.Clip({write.key, write.value})) {
    if (part.begin.size() < kAccountPrefixBytes) {
      broken_ = Status(Code::kAborted, "accounts that move were deleted together");
      return;
    }
    touched_.emplace(part.begin.substr(0, kAccountPrefixBytes));
    AddMovedWrite({write.kind, write.family, std::move(part.begin), std::move(part.end)}, message);
  }
}

void MoveTail::Probe(uint64_t number) {
  const std::lock_guard lock(mutex_);
  Item item;
  item.message.set_probe(number);
  items_.push_back(std::move(item));
  changed_.notify_all();
}

void MoveTail::End() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

void MoveTail::Break(const Status& why) {
  const std::lock_guard lock(mutex_);
  if (broken_.ok()) broken_ = why;
  changed_.notify_all();
}

Result<MoveTail::Taken> MoveTail::Take(Duration limit, proto::ExportMessage* message) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, limit, [this] { return !broken_.ok() || ended_ || !items_.empty(); });
  MESH_RETURN_IF_ERROR(broken_);
  if (items_.empty()) return ended_ ? Taken::kEnd : Taken::kNothing;
  message->Clear();
  for (size_t bytes = 0; !items_.empty() && bytes < kMoveMessageBytes; items_.pop_front()) {
    Item& item = items_.front();
    if (message->probe() != 0) break;  // What is behind a probe goes in the next message.
    bytes += item.bytes;
    bytes_ -= item.bytes;
    message->MergeFrom(item.message);
  }
  return Taken::kMessage;
}

std::set<std::string> MoveTail::touched() const {
  const std::lock_guard lock(mutex_);
  return touched_;
}

}  // namespace mesh::backend
