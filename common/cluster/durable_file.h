// Small files that must be whole after a loss of power: the last map, a lease.

#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"

namespace mesh::cluster {

// Replaces the file at `path` (mode 0600) by one that holds `text`, and returns when it is on
// the disk: readers see the old text or the new one. Blocks on the disk.
Status WriteDurably(const std::string& path, std::string_view text);

// kNotFound: there is no such file. Blocks on the disk.
Result<std::string> ReadWhole(const std::string& path);

}  // namespace mesh::cluster
