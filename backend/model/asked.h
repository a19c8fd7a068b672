// Which device asked to be connected, so that the answer is given to that one only.
//
// Kept under the account and the EnvelopeID that the answer will have, in the commit that files
// the request, for as long as an administrator may take to answer. The store drops what has
// expired when it compacts.

#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "backend/storage/key_schema.h"
#include "backend/storage/write_view.h"
#include "common/base/clock.h"
#include "common/base/status.h"

namespace mesh::backend {

// A device that has waited for longer asks anew.
inline constexpr WallMillis kAskedTime = std::chrono::milliseconds(std::chrono::days(30)).count();

// Remembers that the device waits for the answer `envelope_id`.
void RememberAsked(const AccountKeys& keys, std::string_view envelope_id,
                   std::string_view profile_device_udf, WallMillis now, WriteView& view);

// The name of the ProfileDevice that waits for it; empty: nobody does. One read; kDataLoss.
Result<std::string> FindAsked(const Reader& reader, const AccountKeys& keys,
                              std::string_view envelope_id, WallMillis now);

}  // namespace mesh::backend
