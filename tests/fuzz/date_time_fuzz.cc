// Any text is refused, or an instant whose whole second is written and read back.

#include "common/encoding/date_time.h"

#include <cstddef>
#include <cstdint>

#include "common/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto time = mesh::ParseDateTime(text);
  if (!time.ok()) return 0;
  const auto again = mesh::ParseDateTime(mesh::FormatDateTime(*time));
  MESH_CHECK(again.ok());
  // Offsets can lead out of the years that can be written; those are clamped.
  const mesh::WallMillis error = *time - *again;
  const bool inside = *time >= -62135596800000 && *time < 253402300800000;
  MESH_CHECK(!inside || (error >= 0 && error < 1000));
  return 0;
}
