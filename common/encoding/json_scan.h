// Fast ways over JSON text. Internal to this folder. Pure functions; any thread.

#pragma once

namespace mesh::json {

// The first octet in [next, end) that is not plain ASCII of a string, or `end`.
const char* SkipPlain(const char* next, const char* end);

}  // namespace mesh::json
