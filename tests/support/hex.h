// Octets out of hexadecimal, for values that tests quote from standards.

#pragma once

#include <string>
#include <string_view>

#include "common/base/check.h"

namespace mesh {

// `hex` is lower-case and of even length; anything else ends the test program.
inline std::string Unhex(std::string_view hex) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  MESH_CHECK(hex.size() % 2 == 0);
  std::string octets;
  for (size_t i = 0; i < hex.size(); i += 2) {
    const size_t high = kDigits.find(hex[i]);
    const size_t low = kDigits.find(hex[i + 1]);
    MESH_CHECK(high != std::string_view::npos && low != std::string_view::npos);
    octets.push_back(static_cast<char>(high << 4 | low));
  }
  return octets;
}

}  // namespace mesh
