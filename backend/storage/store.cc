#include "backend/storage/store.h"

namespace mesh::backend {

Result<std::vector<std::optional<std::string>>> Reader::MultiGet(
    ColumnFamily family, std::span<const std::string> keys) const {
  std::vector<std::optional<std::string>> values;
  values.reserve(keys.size());
  for (const std::string& key : keys) {
    MESH_ASSIGN(std::optional<std::string> value, Get(family, key));
    values.push_back(std::move(value));
  }
  return values;
}

}  // namespace mesh::backend
