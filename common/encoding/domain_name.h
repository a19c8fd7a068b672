// DNS names as text: in lower case, without a dot at the end.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mesh {

// Octets of a name and of one label (RFC 1035 §2.3.4).
inline constexpr size_t kDomainNameBytesMax = 253;
inline constexpr size_t kDomainLabelBytesMax = 63;

// Whether `name` is a DNS name in lower case: labels of 1 to 63 letters, digits
// and inner hyphens, joined by dots, at most 253 octets.
bool IsDomainName(std::string_view name);

// Whether `name` is a domain name that no program takes for a numeric address: its last
// label begins with a letter.
bool IsHostName(std::string_view name);

// `text` with the letters of ASCII in lower case.
std::string AsciiLowerCase(std::string_view text);

}  // namespace mesh
