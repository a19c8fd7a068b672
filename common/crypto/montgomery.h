// Points of Curve25519 and Curve448 with both coordinates, and multiplication by
// scalars that are not clamped: what neither OpenSSL nor libdecaf offers. Internal
// to common/crypto; `curve` is kX25519 or kX448 throughout.
//
// Multiplication takes time that depends on neither scalar nor point. Checks and
// additions are of public points and may take as long as they like.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/crypto/curve.h"

namespace mesh::crypto {

// Octets of a scalar below: as many as of a coordinate, little-endian, any value.
// Points are in the Mesh form: u and a parity octet.

// Whether the little-endian `u` has the curve's length and is below p.
bool IsCanonicalCoordinate(Curve curve, std::string_view u);

// The u of scalar * (the point with this u), all zeros for the neutral element; nothing when
// u is not below p. Works on the twist too, as RFC 7748 wants.
std::optional<std::string> MontgomeryLadder(Curve curve, std::string_view scalar,
                                            std::string_view u);

// scalar * point with both coordinates. `point` was checked and the scalar is not a
// multiple of its order.
std::string MontgomeryMultiply(Curve curve, std::string_view scalar, std::string_view point);

// The base point of RFC 7748.
const std::string& MontgomeryBase(Curve curve);

// Whether `point` is the canonical encoding of a point on the curve whose order is
// the prime that `order` (little-endian) tells.
bool MontgomeryPointHasOrder(Curve curve, std::string_view point, std::string_view order);

// The sum of two points that were checked; nothing when it is the neutral element.
std::optional<std::string> MontgomeryAdd(Curve curve, std::string_view a, std::string_view b);

// The point with this u and an odd or even v; nothing when u is not on the curve.
std::optional<std::string> MontgomeryLift(Curve curve, std::string_view u, bool odd);

}  // namespace mesh::crypto
