#include "common/mesh/partition_list.h"

#include <algorithm>

namespace mesh {

std::vector<PartitionId> PartitionsOf(const PartitionMap& map) {
  std::vector<PartitionId> ids;
  for (const BackEnd& back_end : map.back_ends()) {
    const std::vector<PartitionId> some = map.PartitionsOf(back_end.name);
    ids.insert(ids.end(), some.begin(), some.end());
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace mesh
