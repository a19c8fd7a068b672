// What stands in etcd and beside the data: any text is refused, or read as something that
// is written and read again as the same.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/check.h"
#include "common/cluster/data_dir.h"
#include "common/cluster/records.h"
#include "common/mesh/map_document.h"

namespace {

template <typename Record>
void ReadTwice(std::string_view text) {
  const auto record = Record::Parse(text);
  if (!record.ok()) {
    MESH_CHECK(!record.status().message().empty());
    return;
  }
  const auto again = Record::Parse(record->Text());
  MESH_CHECK(again.ok() && *again == *record);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  ReadTwice<mesh::cluster::NodeRecord>(text);
  ReadTwice<mesh::cluster::OwnerRecord>(text);
  ReadTwice<mesh::cluster::KeptLease>(text);
  ReadTwice<mesh::MapDocument>(text);
  return 0;
}
