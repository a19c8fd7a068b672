// MoveRecord is the story of one move, as it stands in the cluster's store under moves/<id>
// (docs/MOVES.md): where it is, and all that is needed to go on from there.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/mesh/partition_map.h"

namespace mesh {

// In order. Each step is one commit in the cluster's store; from any before kSwitched the
// move may be aborted, and from there on it cannot.
enum class MovePhase {
  kPlanned,   // Nothing has been done.
  kCopying,   // The target takes what there is. The accounts are served by the source.
  kTailing,   // The copy is there and checked; the target takes what is written.
  kFrozen,    // The source may have stopped serving the accounts.
  kVerified,  // It has, and both ends hold the same.
  kSwitched,  // The map gives the accounts to the target.
  kCleaned,   // The source holds nothing of them any more. The end.
  kAborting,  // The source serves the accounts; the target forgets what it took.
  kAborted,   // It has. The end.
};

inline bool CanAbort(MovePhase phase) { return phase < MovePhase::kSwitched; }
inline bool IsOver(MovePhase phase) {
  return phase == MovePhase::kCleaned || phase == MovePhase::kAborted;
}
// "planned", "copying", ...
std::string_view MovePhaseName(MovePhase phase);

// Inclusive, in order, apart.
using MovedSlots = std::vector<std::pair<uint32_t, uint32_t>>;
// "0-99,200". kInvalidArgument: it is no such list, or a slot is there twice.
Result<MovedSlots> ParseSlots(std::string_view text);
std::string SlotsText(const MovedSlots& slots);

inline constexpr size_t kMoveIdBytesMax = 64;
// Lower-case letters, digits and '-': kInvalidArgument otherwise.
Status CheckMoveId(std::string_view id);

struct MoveRecord {
  std::string id;
  MovePhase phase = MovePhase::kPlanned;
  PartitionId source = 0;
  PartitionId target = 0;
  MovedSlots slots;     // Either these,
  std::string account;  // or this one: its canonical address.
  // The account goes to where its slot is and is not pinned any more.
  bool unpin = false;
  uint32_t attempt = 0;   // The copy that runs, or ran last.
  uint32_t restarts = 0;  // Copies that failed; to wait for another move is no failure.
  uint64_t epoch = 0;     // Of the map that switched.
  WallMillis created = 0;
  WallMillis changed = 0;
  // Of the last attempt: what the target has taken.
  uint64_t bytes = 0;
  uint64_t keys = 0;
  int64_t blocked_ms = 0;  // From the freeze to the switch.
  std::string reason;      // For people: why it was aborted, or the last attempt failed.

  bool operator==(const MoveRecord&) const = default;

  // JSON, without the id, which is the key. Unknown members are ignored.
  std::string Text() const;
  // kInvalidArgument: it is no record, or names neither slots nor an account, or both.
  static Result<MoveRecord> Parse(std::string_view id, std::string_view json);
};

}  // namespace mesh
