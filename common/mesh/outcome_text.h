// How clients are told that nobody knows whether their request was applied.

#pragma once

#include <string_view>

namespace mesh {

// The StatusDescription of such a reply ends so, and that of no other does. Front ends count them
// by it, and mesh-load tells them apart.
inline constexpr std::string_view kOutcomeNotKnown = "applied is not known";

constexpr bool SaysNotKnown(std::string_view description) {
  return description.ends_with(kOutcomeNotKnown);
}

}  // namespace mesh
