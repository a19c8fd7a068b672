// Any octets are refused, or an envelope that is written and read back as it was: as
// JSON and as JSON-B.

#include "common/dare/envelope.h"

#include <cstddef>
#include <cstdint>

#include "common/base/check.h"
#include "common/dare/signature.h"

namespace {

using mesh::dare::Envelope;
using mesh::dare::ParseEnvelope;

mesh::json::Options JsonB() {
  mesh::json::Options options;
  options.json_b = true;
  return options;
}

Envelope ThroughJsonB(const Envelope& envelope) {
  std::string octets;
  mesh::dare::WriteEnvelope(envelope, octets, mesh::json::Form::kJsonB);
  const auto again = ParseEnvelope(octets, JsonB());
  MESH_CHECK(again.ok());
  return *again;
}

// JSON that has binary in it comes out compact; then it stays.
void CheckThroughJsonB(const Envelope& envelope) {
  const Envelope compact = ThroughJsonB(envelope);
  MESH_CHECK(compact.payload == envelope.payload);
  MESH_CHECK(compact.has_payload == envelope.has_payload);
  MESH_CHECK(ThroughJsonB(compact) == compact);
}

void Check(const mesh::Result<Envelope>& envelope) {
  if (!envelope.ok()) return;
  const auto again = ParseEnvelope(mesh::dare::EnvelopeText(*envelope));
  MESH_CHECK(again.ok() && *again == *envelope);
  CheckThroughJsonB(*envelope);
  (void)mesh::dare::CheckPayloadDigest(*envelope);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto envelope = ParseEnvelope(text);
  const auto envelope_b = ParseEnvelope(text, JsonB());
  if (envelope.ok()) MESH_CHECK(envelope_b.ok() && *envelope_b == *envelope);
  Check(envelope_b);
  return 0;
}
