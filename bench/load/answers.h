// What an answer of the service says of its request. Pure functions.

#pragma once

#include <cstdint>
#include <string_view>

#include "common/base/status.h"

namespace mesh::load {

// A status of Mesh, or of HTTP.
bool IsGood(int64_t status);

// Of an answer that cannot be read, by HTTP's status: none that is good.
int64_t StatusOfUnreadable(int http_status);

// Whether an answer that is not good says that nothing was done: all that blame the client do.
bool SaysNotApplied(int64_t status, std::string_view description);

// Of an answer to a bare request. Not OK if the service takes none: then no other one will be
// taken, and the message says what it said and which flag helps.
Status CheckBareIsTaken(int64_t status, std::string_view description);

// Whether it says that nobody knows.
bool SaysUnknown(int64_t status, std::string_view description);

}  // namespace mesh::load
