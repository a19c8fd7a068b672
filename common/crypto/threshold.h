// Keys in shares (draft-hallambaker-threshold-03): a private key is the sum of its shares
// modulo L, and what it agrees on with a point is the sum of what they do. A holder of one
// share alone can do nothing with it; the service holds one of each member of a group.
//
// Shares are plain numbers, neither clamped nor hashed. For X448 and X25519; any thread; time
// depends on no share.

#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/crypto/keys.h"
#include "common/crypto/random.h"
#include "common/crypto/scalar.h"

namespace mesh::crypto {

// The two shares of a key. Their sum is the key's scalar.
struct KeyShares {
  Scalar first;
  Scalar second;
};

// `first` is random, and so is `second` to whoever does not know the key.
KeyShares SplitKey(const PrivateKey& whole, RandomSource& random = SystemRandom());

// The form of a point that shares are applied to; ContributeTo checks the rest.
//   kUnimplemented    u alone: points without their parity octet cannot be added up
//   kInvalidArgument  another length or parity octet, or a signature curve
Result<PublicKey> ParseSharedPoint(Curve curve, std::string_view octets);

// coefficient * share * point: the contribution of one holder. `coefficient` is a
// little-endian number of any length, taken modulo L; empty: one. Lagrange coefficients are
// such numbers. kInvalidArgument when the point is not canonical, not on the curve (but on its
// twist) or not of prime order, the share is of another curve, or its product with the
// coefficient is zero.
Result<PublicKey> ContributeTo(const PublicKey& point, const Scalar& share,
                               std::string_view coefficient = {});

// What the whole key agrees on, from the contributions of two holders: u of their sum, as
// Agree gives it. Secret. kInvalidArgument when one is not a good point or they cancel each
// other.
Result<std::string> JoinContributions(const PublicKey& first, const PublicKey& second);

}  // namespace mesh::crypto
