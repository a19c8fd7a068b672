// Texts from outside that should be UDFs, shares, claims or key seeds.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/check.h"
#include "common/crypto/udf.h"
#include "common/crypto/udf_secret.h"

namespace mesh::crypto {
namespace {

// What was read must be written, and read, as the same.
void RoundTrip(std::string_view text) {
  const auto udf = ParseUdf(text);
  const auto canonical = CanonicalUdf(text);
  MESH_CHECK(udf.ok() == canonical.ok());
  if (!udf.ok()) return;
  const auto again = ParseUdf(FormatUdf(udf->type, udf->data, 8 * (1 + udf->data.size())));
  MESH_CHECK(again.ok() && again->type == udf->type && again->data == udf->data);
  const auto same = ParseUdf(*canonical);
  MESH_CHECK(same.ok() && same->type == udf->type && same->data == udf->data);
  MESH_CHECK(*CanonicalUdf(*canonical) == *canonical);
}

void Interpret(std::string_view text) {
  static_cast<void>(ResponseId(text));
  static_cast<void>(StrongName(text, text));
  static_cast<void>(DeriveSeed(text, Curve::kEd448));
  MESH_CHECK(!VerifyClaim(text, "EBOO-3WEI-RN4Q-H5FS", "alice@example.com"));
  const size_t half = text.size() / 2;
  static_cast<void>(
      RecoverSecret({std::string(text.substr(0, half)), std::string(text.substr(half))}));
}

}  // namespace
}  // namespace mesh::crypto

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  mesh::crypto::RoundTrip(text);
  mesh::crypto::Interpret(text);
  return 0;
}
