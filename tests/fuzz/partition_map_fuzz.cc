// Any text is refused, or a map in which every slot and every pin leads to a back end.

#include "common/mesh/partition_map.h"

#include <cstddef>
#include <cstdint>

#include "common/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto map =
      mesh::PartitionMap::Parse(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!map.ok()) {
    MESH_CHECK(!map.status().message().empty());
    return 0;
  }
  MESH_CHECK(map->slots().size() == mesh::kSlotCount);
  for (const mesh::PartitionId partition : map->slots()) {
    MESH_CHECK(map->Has(partition));
    MESH_CHECK(!map->HomeOf(partition).name.empty());
  }
  MESH_CHECK(map->Has(map->OwnerOf("alice@example.com")));
  return 0;
}
