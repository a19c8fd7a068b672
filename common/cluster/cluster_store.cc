#include "common/cluster/cluster_store.h"

#include <algorithm>

namespace mesh::cluster {

const Entry* Snapshot::Find(std::string_view key) const {
  const auto found =
      std::lower_bound(entries.begin(), entries.end(), key,
                       [](const Entry& entry, std::string_view name) { return entry.key < name; });
  return found != entries.end() && found->key == key ? &*found : nullptr;
}

}  // namespace mesh::cluster
