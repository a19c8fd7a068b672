// Fast ways over JSON text. Internal to this folder. Pure functions; any thread.

#pragma once

namespace mesh::json {

// The first octet in [next, end) that is not plain ASCII of a string, or `end`.
const char* SkipPlain(const char* next, const char* end);

// The octet behind the object or array that begins at `next`, in text that is known to be JSON;
// null if it does not end before `end`. Of other text only brackets and strings are looked at.
const char* SkipStructure(const char* next, const char* end);

}  // namespace mesh::json
