// The program `mesh-admin` as a function, so that tests can call it.

#pragma once

#include <iosfwd>

namespace mesh::admin {

// Runs one command line and returns its exit code.
int RunMeshAdmin(int argc, const char* const* argv, std::ostream& out, std::ostream& err);

}  // namespace mesh::admin
