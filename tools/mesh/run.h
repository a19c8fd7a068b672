// The program `mesh` as a function, so that tests can call it.

#pragma once

#include <iosfwd>

namespace mesh::tool {

// Runs one command line and returns its exit code. `terminal`: standard error is one,
// so progress may be drawn.
int RunMesh(int argc, const char* const* argv, std::ostream& out, std::ostream& err, bool terminal);

}  // namespace mesh::tool
