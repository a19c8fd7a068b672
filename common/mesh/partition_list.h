// The partitions of a map, whoever has them.

#pragma once

#include <vector>

#include "common/mesh/partition_map.h"

namespace mesh {

// In order of id; never empty, for every slot belongs to one.
std::vector<PartitionId> PartitionsOf(const PartitionMap& map);

}  // namespace mesh
