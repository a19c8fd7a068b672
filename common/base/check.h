// MESH_CHECK ends the process when something that only our own mistake can cause
// has happened. It is compiled into every build. Bytes from outside never reach
// a MESH_CHECK; they get a Status.

#pragma once

#include <cstdio>
#include <cstdlib>

namespace mesh {

// Prints where and what, then aborts. Never returns.
[[noreturn]] inline void CheckFailed(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "%s:%d: check failed: %s\n", file, line, condition);
  std::abort();
}

}  // namespace mesh

#define MESH_CHECK(condition) \
  (static_cast<bool>(condition) ? void() : ::mesh::CheckFailed(__FILE__, __LINE__, #condition))
