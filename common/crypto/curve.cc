#include "common/crypto/curve.h"

#include <array>
#include <utility>

namespace mesh::crypto {
namespace {

constexpr std::array<std::pair<std::string_view, Curve>, 4> kNames{{{"Ed25519", Curve::kEd25519},
                                                                    {"Ed448", Curve::kEd448},
                                                                    {"X25519", Curve::kX25519},
                                                                    {"X448", Curve::kX448}}};

}  // namespace

std::string_view CurveName(Curve curve) {
  for (const auto& [name, value] : kNames) {
    if (value == curve) return name;
  }
  return "unknown";
}

std::optional<Curve> CurveFromName(std::string_view text) {
  for (const auto& [name, value] : kNames) {
    if (name == text) return value;
  }
  return std::nullopt;
}

}  // namespace mesh::crypto
