// Replies that are kept: a repeat of a sealed request that changed something gets the
// same answer and has no second effect (docs/AUTHENTICATION.md, "Time, replays,
// retries").
//
// A reply is kept under the account that was acted on, the device's key and the
// RequestID, in the same commit as the change, for as long as a request of that time
// may be applied; so a repeat comes too late at the same moment as its reply is
// forgotten, and not before. The store drops what has expired when it compacts.

#pragma once

#include <string>

#include "backend/storage/write_view.h"
#include "common/base/clock.h"
#include "common/base/status.h"

namespace mesh::proto {
class PartitionReply;
}

namespace mesh::backend {

// How much further than kTimeWindow a request's time may be from the owner's clock: the
// edge has looked at its own, and the request has been under way since, kRequestTime at
// most.
inline constexpr WallMillis kTimeMargin = 30'000;

// Whether a request of the time `request_time` may be applied at `now`. If it may, its
// reply is kept from now on until it may not.
bool MayApply(WallMillis request_time, WallMillis now);

// Fills `reply` with the one that is kept under `key`, an AccountKeys::KeptReply. False when there
// is none. One read.
Result<bool> FindKeptReply(const Reader& reader, const std::string& key, WallMillis now,
                           proto::PartitionReply* reply);

// Keeps `reply` there for repeats of the request of that time.
void KeepReply(const proto::PartitionReply& reply, std::string key, WallMillis request_time,
               WriteView& view);

}  // namespace mesh::backend
