#include "backend/storage/move_keys.h"

#include "common/base/bytes.h"
#include "common/base/check.h"

namespace mesh::backend {
namespace {

// PERSISTENT: the kinds of docs/STORAGE_FORMAT.md.
constexpr char kOutgoing = 'F';
constexpr char kIncoming = 'I';
constexpr char kStaged = 'M';
constexpr char kPendingExpiry = 'X';
constexpr char kOutboxDue = 'O';

constexpr size_t kKindAt = 2;   // After the partition's slot.
constexpr size_t kQueueAt = 3;  // After the kind: a time, an account's prefix, an id.
static_assert(kOutboxIdBytes == kPendingIdBytes);
constexpr size_t kQueueKeyBytes =
    kQueueAt + sizeof(uint64_t) + kAccountPrefixBytes + kOutboxIdBytes;

std::string Kind(char kind) {
  std::string key;
  AppendBigEndian16(key, kPartitionSlot);
  key.push_back(kind);
  return key;
}

}  // namespace

std::string OutgoingMoveKey(std::string_view move) { return Kind(kOutgoing).append(move); }
std::string IncomingMoveKey(std::string_view move) { return Kind(kIncoming).append(move); }
KeyRange OutgoingMoves() { return PrefixRange(Kind(kOutgoing)); }
KeyRange IncomingMoves() { return PrefixRange(Kind(kIncoming)); }

std::optional<std::string_view> QueuedAccount(std::string_view key) {
  if (key.size() != kQueueKeyBytes || ReadBigEndian16(key) != kPartitionSlot) return std::nullopt;
  if (key[kKindAt] != kPendingExpiry && key[kKindAt] != kOutboxDue) return std::nullopt;
  return key.substr(kQueueAt + sizeof(uint64_t), kAccountPrefixBytes);
}

KeyRange OutboxQueueKeys() { return PrefixRange(Kind(kOutboxDue)); }
KeyRange ExpiryQueueKeys() { return PrefixRange(Kind(kPendingExpiry)); }

std::string StagedKey(std::string_view queue_key) {
  MESH_CHECK(QueuedAccount(queue_key));
  return Kind(kStaged).append(queue_key.substr(kKindAt));
}

std::string QueueKeyOfStaged(std::string_view staged_key) {
  MESH_CHECK(staged_key.size() == kQueueKeyBytes + 1);
  std::string key;
  AppendBigEndian16(key, kPartitionSlot);
  return key.append(staged_key.substr(kQueueAt));
}

KeyRange StagedKeys() { return PrefixRange(Kind(kStaged)); }

}  // namespace mesh::backend
