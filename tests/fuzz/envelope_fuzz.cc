// Any text is refused, or an envelope that is written and read back as it was.

#include "common/dare/envelope.h"

#include <cstddef>
#include <cstdint>

#include "common/base/check.h"
#include "common/dare/signature.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto envelope = mesh::dare::ParseEnvelope(text);
  if (!envelope.ok()) return 0;
  const auto again = mesh::dare::ParseEnvelope(mesh::dare::EnvelopeText(*envelope));
  MESH_CHECK(again.ok() && *again == *envelope);
  (void)mesh::dare::CheckPayloadDigest(*envelope);
  return 0;
}
