// Any text is refused, or a header from which the service members can be cut and into
// which others can be put, without touching the rest.

#include "common/dare/header.h"

#include <cstddef>
#include <cstdint>

#include "common/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto header = mesh::dare::ParseHeader(text);
  const auto stripped = mesh::dare::StripServiceMembers(text);
  (void)mesh::dare::ParseTrailer(text);
  if (header.ok()) MESH_CHECK(stripped.ok());
  if (!stripped.ok()) return 0;
  const std::string inserted = mesh::dare::InsertServiceMembers(*stripped, 7, 0);
  const auto again = mesh::dare::StripServiceMembers(inserted);
  if (!again.ok()) return 0;  // It had as many members as an object may have.
  MESH_CHECK(*again == *stripped);
  if (header.ok()) MESH_CHECK(mesh::dare::ParseHeader(inserted)->container_info->index == 7);
  return 0;
}
