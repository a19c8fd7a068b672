// When records end by themselves: a compaction may drop them then, on one machine sooner than
// on another.

#pragma once

#include <optional>
#include <string_view>

#include "common/base/clock.h"

namespace mesh::backend {

// The `expires` of the record under `key`; nullopt: it has none, or cannot be read.
std::optional<WallMillis> ExpiryOf(std::string_view key, std::string_view value);

}  // namespace mesh::backend
