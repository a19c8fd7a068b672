// UTF-8 (RFC 3629) for readers of foreign text: JSON and JSON-B strings.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mesh {

// Octets of the well-formed sequence at the front of `text`, 1 to 4; 0 if there is
// none: overlong forms, surrogates and numbers above U+10FFFF are refused.
size_t Utf8SequenceBytes(std::string_view text);

// Whether all of `text` is well-formed.
bool IsUtf8(std::string_view text);

// Appends the code point `point`, which must not be a surrogate or above U+10FFFF.
void AppendUtf8(std::string& out, uint32_t point);

}  // namespace mesh
