// Writes as they go from one partition to another.

#pragma once

#include <cstddef>
#include <string_view>

#include "backend/storage/account_ranges.h"
#include "backend/storage/store.h"
#include "backend/storage/write_view.h"
#include "common/base/status.h"

namespace mesh::proto {
class ExportMessage;
class MovedWrite;
}  // namespace mesh::proto

namespace mesh::backend {

// Octets of writes in one message, unless one commit has more: one commit where it arrives,
// half of what a commit there takes at most, so that requests fit beside it.
inline constexpr size_t kMoveMessageBytes = 512u << 10;

// Appends `write` to the writes of `message`.
void AddMovedWrite(const Write& write, proto::ExportMessage* message);

// Makes `write` in `view`, in a transaction; keys of queues are put where they wait.
// kDataLoss: it is not of `accounts`, and nothing was written.
Status ApplyMovedWrite(const proto::MovedWrite& write, const AccountRanges& accounts,
                       WriteView& view);

// The prefix of the account that `write` is of; empty for a key of a queue.
std::string_view AccountOf(const proto::MovedWrite& write);

}  // namespace mesh::backend
