// The ports a program has bound, written to a file for tests and scripts that let
// it choose.

#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/base/status.h"

namespace mesh {

// Writes lines "name=port" so that a reader sees all of them or no file: to a
// temporary name first, then renamed. kUnavailable when that fails.
Status WritePortFile(const std::string& path,
                     const std::vector<std::pair<std::string, int>>& ports);

}  // namespace mesh
