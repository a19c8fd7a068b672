// PERSISTENT: keys of the partition itself that are there while accounts move
// (docs/STORAGE_FORMAT.md, "Moves"), all in the index family.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "backend/storage/key_schema.h"

namespace mesh::backend {

// OutgoingMoveRecord: its accounts are frozen here. IncomingMoveRecord: what is here of its
// accounts is not in force. `move` is the move's name.
std::string OutgoingMoveKey(std::string_view move);
std::string IncomingMoveKey(std::string_view move);
KeyRange OutgoingMoves();
KeyRange IncomingMoves();

// The account's prefix in a key of one of the partition's queues (PendingExpiryKey,
// OutboxDueKey), within `key`; nullopt: it is another key.
std::optional<std::string_view> QueuedAccount(std::string_view key);
// Every key of one queue, and the other.
KeyRange OutboxQueueKeys();
KeyRange ExpiryQueueKeys();

// Where a queue's key waits until the accounts that come in are in force, and back.
std::string StagedKey(std::string_view queue_key);
std::string QueueKeyOfStaged(std::string_view staged_key);
KeyRange StagedKeys();

}  // namespace mesh::backend
