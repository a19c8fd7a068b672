// MoveGuard says which accounts of a partition may not be touched because they are on their
// way: out of it, from the freeze on, or into it, until they are in force. It holds what the
// store says of that (docs/STORAGE_FORMAT.md, "Moves") for those who run requests.

#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "backend/partition/environment.h"
#include "backend/storage/account_ranges.h"
#include "backend/storage/store.h"
#include "common/base/status.h"
#include "common/mesh/partition_map.h"

namespace mesh::backend {

// Thread-safe. Costs one load of a word while nothing moves.
class MoveGuard {
 public:
  // Blocks what the store says moves. kDataLoss when that cannot be read.
  Status Load(const Reader& reader);

  // From now on `accounts` are blocked by `move`, and nothing else is.
  void Block(std::string_view move, AccountRanges accounts);
  // Nothing is blocked by `move` any more.
  void Unblock(std::string_view move);
  // As Unblock, after its accounts were deleted here: what still comes for them is told by
  // the map, at the moment it runs.
  void Leave(std::string_view move);

  // Whether the account with this prefix is blocked.
  bool Blocks(std::string_view prefix) const;
  bool blocks_some() const { return blocks_.load(std::memory_order_acquire); }
  // Grows before what is blocked changes: who finds the same before a snapshot and after it, and
  // is not blocked, has a snapshot of accounts that are whole.
  uint64_t changes() const { return changes_.load(std::memory_order_acquire); }
  bool some_left() const { return left_.load(std::memory_order_acquire); }

 private:
  struct Blocked {
    std::string move;
    AccountRanges accounts;
  };

  void Remove(std::string_view move);

  std::atomic<bool> blocks_{false};
  std::atomic<bool> left_{false};
  std::atomic<uint64_t> changes_{0};
  mutable std::mutex mutex_;
  std::vector<Blocked> blocked_;  // Guarded by mutex_.
};

enum class Serving { kYes, kFrozen, kElsewhere };

// Whether `partition`, whose guard is `guard`, serves the account of this canonical address now.
Serving Serves(const Environment& environment, const MoveGuard& guard, PartitionId partition,
               std::string_view address);

// For the moment at which `request` runs, which may be long after the door was passed: true
// and the refusal in `reply` when its account moves, or has moved.
bool RefuseMoved(const Environment& environment, const MoveGuard& guard, PartitionId partition,
                 const proto::PartitionRequest& request, proto::PartitionReply* reply);

}  // namespace mesh::backend
