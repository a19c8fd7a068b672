// Any octets as what was sealed, and what stands in it as `extra` of a request or a reply.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/check.h"
#include "common/binding/sealed_text.h"

using mesh::binding::AppendSealedText;
using mesh::binding::Encoding;
using mesh::binding::ParseReplyExtra;
using mesh::binding::ParseRequestExtra;
using mesh::binding::ParseSealedText;
using mesh::binding::WriteRequestExtra;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  for (const Encoding encoding : {Encoding::kJson, Encoding::kJsonB}) {
    const auto extra = ParseRequestExtra(encoding, octets);
    if (extra.ok()) {
      MESH_CHECK(ParseRequestExtra(encoding, WriteRequestExtra(encoding, *extra)).ok());
    }
    (void)ParseReplyExtra(encoding, octets);
  }
  const auto text = ParseSealedText(octets);
  if (!text.ok()) return 0;
  std::string again;
  AppendSealedText(*text, again);
  MESH_CHECK(again == octets);
  return 0;
}
