// Any body as an envelope, in both encodings: refused, or written again to the same parts.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/check.h"
#include "common/binding/wire_envelope.h"

using mesh::binding::AppendWireEnvelope;
using mesh::binding::Encoding;
using mesh::binding::ParseWireEnvelope;
using mesh::binding::WriteWireHeader;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  for (const Encoding encoding : {Encoding::kJson, Encoding::kJsonB}) {
    const auto envelope = ParseWireEnvelope(encoding, body);
    if (!envelope.ok()) continue;
    std::string again;
    AppendWireEnvelope(encoding, WriteWireHeader(encoding, envelope->header), envelope->payload,
                       again);
    const auto second = ParseWireEnvelope(encoding, again);
    MESH_CHECK(second.ok());
    MESH_CHECK(second->header.mode == envelope->header.mode);
    MESH_CHECK(second->payload == envelope->payload);
  }
  return 0;
}
