// Any octets are read to their end or refused, without reading beyond it.

#include "common/encoding/json_b.h"

#include <cstddef>
#include <cstdint>

#include "common/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view octets(reinterpret_cast<const char*>(data), size);
  mesh::json_b::Reader reader(octets);
  while (!reader.finished()) {
    const auto item = reader.Next();
    if (!item.ok()) break;
    if (item->kind != mesh::json_b::Kind::kData) continue;
    std::string written;
    mesh::json_b::AppendData(item->octets, written);
    std::string_view rest = written;
    MESH_CHECK(*mesh::json_b::TakeData(&rest) == item->octets);
  }
  while (mesh::json_b::TakeData(&octets).ok()) {
  }
  return 0;
}
