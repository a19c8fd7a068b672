// Base64url (RFC 4648 §5): how the Mesh carries octets in JSON. We write it
// without padding and without line breaks.
//
// Pure functions; any thread. Their time depends on the length alone, except
// that a wrong character ends decoding early.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace mesh {

enum class Base64Mode {
  kStrict,    // The 64 characters only; the unused bits of the last one are zero.
  kFolded,    // Also skips CR, LF, space and tab: the reference client folds its text.
  kTolerant,  // Also accepts `+` and `/`, padding, and unused bits of any value.
};

// Characters that encode `octets` octets.
constexpr size_t Base64UrlEncodedSize(size_t octets) {
  return octets / 3 * 4 + (octets % 3 == 0 ? 0 : octets % 3 + 1);
}
// Octets that `characters` characters decode to, at most.
constexpr size_t Base64UrlDecodedSizeMax(size_t characters) {
  return characters / 4 * 3 + (characters % 4 + 1) / 2;
}

// Appends the encoding of `octets`. Grows `out` once.
void Base64UrlAppend(std::string& out, std::string_view octets);
std::string Base64UrlEncode(std::string_view octets);

// Decodes `text`. kInvalidArgument, naming the first character at fault, if it
// is not what `mode` allows.
Result<std::string> Base64UrlDecode(std::string_view text, Base64Mode mode = Base64Mode::kStrict);
// As above, appending to `out`, which is as before after a failure. Grows `out` once.
Status Base64UrlDecodeAppend(std::string_view text, Base64Mode mode, std::string& out);

}  // namespace mesh
