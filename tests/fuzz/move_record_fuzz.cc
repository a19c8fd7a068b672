// A move's record is refused, or says the same when it is written again.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/check.h"
#include "common/moves/move_record.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const mesh::Result<mesh::MoveRecord> record = mesh::MoveRecord::Parse("m-1", text);
  if (record.ok()) {
    const mesh::Result<mesh::MoveRecord> again = mesh::MoveRecord::Parse("m-1", record->Text());
    MESH_CHECK(again.ok() && *again == *record);
  }
  return 0;
}
