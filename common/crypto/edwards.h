// Points of Ed25519 and Ed448 in their RFC 8032 encodings, through libdecaf. Internal
// to common/crypto; `curve` is kEd25519 or kEd448 throughout.
//
// Time depends on no scalar.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/crypto/scalar.h"

namespace mesh::crypto {

// scalar * B.
std::string EdwardsMultiplyBase(Curve curve, const Scalar& scalar);

// Whether `point` is the canonical encoding of a point of prime order, not the neutral one.
bool EdwardsPointIsGood(Curve curve, std::string_view point);

// scalar * point and a + b, for points that EdwardsPointIsGood; nothing when one is no point or the
// result is neutral.
std::optional<std::string> EdwardsMultiply(Curve curve, const Scalar& scalar,
                                           std::string_view point);
std::optional<std::string> EdwardsAdd(Curve curve, std::string_view a, std::string_view b);

// Whether `point` is no encoding of a point, or of one whose order divides the cofactor.
bool EdwardsPointIsSmall(Curve curve, std::string_view point);

}  // namespace mesh::crypto
