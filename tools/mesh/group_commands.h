// What the commands about groups share.

#pragma once

#include <cstddef>
#include <string>

#include "tools/mesh/commands.h"

namespace mesh::tool {

// Of any file that is read: content is encrypted in one piece, in memory.
inline constexpr size_t kGroupFileBytesMax = 16 * 1024 * 1024;

// create, add, remove, list.
void AddGroupOwnerCommands(CLI::App& group, Run* chosen);

}  // namespace mesh::tool
