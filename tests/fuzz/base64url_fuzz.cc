// Any text decodes to what encodes back to it, or is refused; lenient modes accept
// at least what strict ones do.

#include "common/encoding/base64url.h"

#include <cstddef>
#include <cstdint>

#include "common/base/check.h"

using mesh::Base64Mode;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto strict = mesh::Base64UrlDecode(text, Base64Mode::kStrict);
  const auto folded = mesh::Base64UrlDecode(text, Base64Mode::kFolded);
  const auto tolerant = mesh::Base64UrlDecode(text, Base64Mode::kTolerant);
  if (strict.ok()) {
    MESH_CHECK(mesh::Base64UrlEncode(*strict) == text);
    MESH_CHECK(folded.ok() && *folded == *strict);
  }
  if (folded.ok()) MESH_CHECK(tolerant.ok() && *tolerant == *folded);
  MESH_CHECK(*mesh::Base64UrlDecode(mesh::Base64UrlEncode(text)) == text);
  return 0;
}
