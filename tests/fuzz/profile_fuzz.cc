// Any payload is refused, or a profile, connection or device entry that is written and
// read back as it was.

#include "common/mesh/profile.h"

#include <cstddef>
#include <cstdint>
#include <string>

#include "common/base/check.h"

namespace {

template <typename Parse, typename Write>
void RoundTrip(std::string_view payload, Parse parse, Write write) {
  const auto value = parse(payload);
  if (!value.ok()) return;
  std::string once;
  write(*value, once);
  const auto again = parse(once);
  MESH_CHECK(again.ok());
  std::string twice;
  write(*again, twice);
  MESH_CHECK(once == twice);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view payload(reinterpret_cast<const char*>(data), size);
  for (int kind = 0; kind < 6; ++kind) {
    const auto parse = [kind](std::string_view text) {
      return mesh::ParseProfile(text, static_cast<mesh::ProfileKind>(kind));
    };
    RoundTrip(payload, parse, mesh::WriteProfile);
  }
  const auto connection = [](std::string_view text) {
    return mesh::ParseConnection(text, mesh::ConnectionKind::kAccount);
  };
  RoundTrip(payload, connection, mesh::WriteConnection);
  const auto write_device = [](const mesh::CatalogedDevice& device, std::string& out) {
    mesh::WriteCatalogedDevice(device, out);
  };
  RoundTrip(payload, mesh::ParseCatalogedDevice, write_device);
  return 0;
}
