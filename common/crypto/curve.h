// The four curves of the Mesh and the sizes of their keys.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace mesh::crypto {

enum class Curve : uint8_t { kEd25519, kEd448, kX25519, kX448 };

// As `crv` members spell them: "Ed25519", "Ed448", "X25519", "X448".
std::string_view CurveName(Curve curve);
std::optional<Curve> CurveFromName(std::string_view name);

// Whether keys of `curve` sign; the others agree on secrets.
constexpr bool IsSignatureCurve(Curve curve) {
  return curve == Curve::kEd25519 || curve == Curve::kEd448;
}
constexpr bool Is448(Curve curve) { return curve == Curve::kEd448 || curve == Curve::kX448; }

// Octets of a public key as the Mesh writes it. X keys carry one octet more than
// RFC 7748's u: 0x80 when v is odd, else 0x00.
constexpr size_t PublicKeyBytes(Curve curve) {
  if (Is448(curve)) return 57;
  return curve == Curve::kEd25519 ? 32 : 33;
}
// Octets of u alone: what RFC 7748 and Noise call a public key, and a shared secret.
constexpr size_t CoordinateBytes(Curve curve) { return Is448(curve) ? 56 : 32; }
// Octets of a private key's seed. An Ed448 seed has 56, not RFC 8032's 57.
constexpr size_t SeedBytes(Curve curve) { return Is448(curve) ? 56 : 32; }
// Octets of an EdDSA signature; `curve` is a signature curve.
constexpr size_t SignatureBytes(Curve curve) { return Is448(curve) ? 114 : 64; }

}  // namespace mesh::crypto
