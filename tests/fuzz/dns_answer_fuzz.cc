// Any packet is refused, or an answer within its bounds.

#include "common/discovery/dns_answer.h"

#include <cstddef>
#include <cstdint>

#include "common/base/check.h"
#include "common/discovery/limits.h"

using mesh::discovery::RecordType;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view packet(reinterpret_cast<const char*>(data), size);
  for (const RecordType type :
       {RecordType::kService, RecordType::kText, RecordType::kAddress4, RecordType::kAddress6}) {
    const auto answer = mesh::discovery::ReadDnsAnswer(packet, {"a", type});
    if (!answer.ok()) {
      MESH_CHECK(!answer.status().message().empty());
      continue;
    }
    MESH_CHECK(answer->services.size() <= mesh::discovery::kRecordsMax);
    MESH_CHECK(answer->addresses.size() <= mesh::discovery::kAddressesMax);
    size_t octets = 0;
    for (const std::string& text : answer->texts) octets += text.size();
    MESH_CHECK(octets <= mesh::discovery::kTextBytesMax);
  }
  return 0;
}
