// Diffie-Hellman on X25519 and X448, and multiplication of whole points for
// threshold keys (Operate, recryption). Any thread; time depends on no secret.

#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/crypto/keys.h"

namespace mesh::crypto {

// The shared u, CoordinateBytes octets. `peer` is u alone or the Mesh form with its
// parity octet, which is not used. A seed key is clamped as RFC 7748 says. A composite
// key's scalar is not clamped; a multiple of L that makes it divisible by the
// cofactor is added, so that a peer of small order learns nothing and all other
// results are as without it.
// kInvalidArgument for another length, a u that is not below p, an all-zero result, or an
// Ed key.
Result<std::string> Agree(const PrivateKey& key, std::string_view peer);

// scalar * point, unclamped, with both coordinates, in the Mesh form of the point's
// curve: one share of an agreement. Points of all four curves.
// kInvalidArgument when `point` fails CheckPublicKey, the scalar is of another group, or it is
// zero.
Result<PublicKey> MultiplyPoint(const Scalar& scalar, const PublicKey& point);

// scalar * B, the group's base point. `scalar` is not zero.
PublicKey MultiplyBase(Curve curve, const Scalar& scalar);

// OK when `key` is the canonical encoding of a point on the curve (not its twist) that has
// prime order and is not the neutral element. About the cost of one agreement.
Status CheckPublicKey(const PublicKey& key);

// The whole X key for u alone, choosing the point with even v. For peers that send
// RFC 7748 keys. kInvalidArgument when u is not on the curve.
Result<PublicKey> FromCoordinate(Curve curve, std::string_view u);

}  // namespace mesh::crypto
