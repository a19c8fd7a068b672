// What an operator asks of moves: plans of new ones, and ends of those there are.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/crypto/random.h"
#include "common/moves/move_ledger.h"
#include "common/moves/move_record.h"

namespace mesh {

// What shall move: slots, or one account.
struct MoveOrder {
  MovedSlots slots;
  std::string account;  // Canonical.
  std::string to;       // A partition's id, or the name of a back end that has just one.
  // The account goes to where its slot is, whatever `to` says, and is not pinned any more.
  bool unpin = false;
};

// The moves that carry out `order` under `map`: one for each partition that gives something
// up; none when all of it is there already. One of `moves` that is under way and does just
// that is taken as it is. kInvalidArgument: there is no such destination; kFailedPrecondition:
// some of it moves elsewhere already. New ones get a random id and are not yet recorded.
Result<std::vector<MoveRecord>> PlanMoves(const MoveOrder& order, const KeptMap& map,
                                          const std::vector<KeptMove>& moves, WallMillis now,
                                          crypto::RandomSource& random);

// For an account that need not move: pins it where it is, or lets go of one that is where its
// slot is. Only the map changes, at once. False: it is so already. kFailedPrecondition: it, or
// its slot, is being moved, or is not where it would have to be.
Result<bool> SetPinned(MoveLedger& ledger, const std::string& account, bool pinned);

// The move is to be aborted, and what became of that: OK when it is, or is already.
// kNotFound; kFailedPrecondition: it is past the switch.
Status AbortMove(MoveLedger& ledger, std::string_view id, std::string_view reason);

// An aborted move begins again, and one that waits may fail as often as a new one. kNotFound;
// kFailedPrecondition: it is done, or is being aborted.
Status ResumeMove(MoveLedger& ledger, std::string_view id);

}  // namespace mesh
