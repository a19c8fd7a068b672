// Instants in text: RFC 3339, the one form of time in Mesh messages.
//
// Pure functions; any thread; no time zone database and no locale.

#pragma once

#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"

namespace mesh {

// Appends `time` as `2026-01-31T23:59:59Z`: whole seconds, rounded down, because
// the reference client reads no others. Years outside 0001..9999 are written as
// the nearest instant inside.
void AppendDateTime(std::string& out, WallMillis time);
std::string FormatDateTime(WallMillis time);

// Reads an RFC 3339 date-time with any offset; digits beyond milliseconds are
// dropped, and a leap second counts as the second after it. kInvalidArgument for
// anything else, including days that no calendar has.
Result<WallMillis> ParseDateTime(std::string_view text);

}  // namespace mesh
