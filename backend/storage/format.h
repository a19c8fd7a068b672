// What a store must say before anyone uses it: the format's version and whose
// partition it is (docs/STORAGE_FORMAT.md, "Opening").

#pragma once

#include <cstdint>

#include "backend/storage/store.h"

namespace mesh::backend {

// PERSISTENT: the version this program writes and the only one it reads.
inline constexpr uint32_t kFormatVersion = 3;

// Checks that `store` holds `partition` in our format; an empty store is given its
// PartitionRecord. kFailedPrecondition when it is another partition's, another
// version's, or holds something else. Blocks on the disk.
Status PrepareStore(Store& store, uint32_t partition);

// The log index of the last commit; 0 before the first.
Result<uint64_t> ReadLogIndex(const Reader& reader);

}  // namespace mesh::backend
