#include "common/crypto/key_agreement.h"

#include <decaf/point_255.h>
#include <decaf/point_448.h>

#include "common/base/bytes.h"
#include "common/crypto/edwards.h"
#include "common/crypto/montgomery.h"

namespace mesh::crypto {
namespace {

// L, little-endian: minus one, plus one. L is odd, so no carry.
std::string Order(Curve curve) {
  const Scalar minus_one = Scalar::FromSmall(curve, 0) - Scalar::FromSmall(curve, 1);
  std::string order(minus_one.octets());
  order[0] = static_cast<char>(order[0] + 1);
  return order;
}

const std::string& GroupOrder(Curve curve) {
  static const std::string order448 = Order(Curve::kX448);
  static const std::string order25519 = Order(Curve::kX25519);
  return Is448(curve) ? order448 : order25519;
}

// The scalar plus the multiple of L that makes it divisible by the cofactor c: j L with
// j = -scalar / L mod c, where 1/L = L mod c since odd squares are 1 mod 8. Below c L, so
// it fits the same octets.
std::string WithoutCofactor(Curve curve, const Scalar& scalar) {
  const std::string& order = GroupOrder(curve);
  const unsigned cofactor = Is448(curve) ? 4 : 8;
  std::string sum(scalar.octets());
  const unsigned low = static_cast<uint8_t>(sum[0]);
  const unsigned multiple = (0 - low * static_cast<uint8_t>(order[0])) & (cofactor - 1);
  unsigned carry = 0;
  for (size_t i = 0; i < sum.size(); ++i) {
    carry += static_cast<uint8_t>(sum[i]) + multiple * static_cast<uint8_t>(order[i]);
    sum[i] = static_cast<char>(carry & 0xff);
    carry >>= 8;
  }
  return sum;
}

// RFC 7748's function. libdecaf clamps; it answers a zero result with a failure.
bool ClampedAgreement(Curve curve, std::string_view seed, std::string_view u, std::string* out) {
  out->resize(CoordinateBytes(curve));
  const decaf_error_t outcome = Is448(curve) ? decaf_x448(Octets(*out), Octets(u), Octets(seed))
                                             : decaf_x25519(Octets(*out), Octets(u), Octets(seed));
  return outcome == DECAF_SUCCESS;
}

bool CompositeAgreement(Curve curve, const Scalar& scalar, std::string_view u, std::string* out) {
  std::string multiplier = WithoutCofactor(curve, scalar);
  *out = MontgomeryLadder(curve, multiplier, u).value_or(std::string());
  Wipe(multiplier);
  return !ConstantTimeEquals(*out, std::string(out->size(), '\0'));
}

}  // namespace

Result<std::string> Agree(const PrivateKey& key, std::string_view peer) {
  const Curve curve = key.curve();
  if (IsSignatureCurve(curve)) {
    return InvalidArgument("keys of " + std::string(CurveName(curve)) + " do not agree on secrets");
  }
  if (peer.size() != CoordinateBytes(curve) && peer.size() != PublicKeyBytes(curve)) {
    return InvalidArgument("peer's " + std::string(CurveName(curve)) + " key has " +
                           std::to_string(peer.size()) + " octets");
  }
  const std::string_view u = peer.substr(0, CoordinateBytes(curve));
  if (!IsCanonicalCoordinate(curve, u)) return InvalidArgument("peer's key is not below p");
  std::string shared;
  const bool agreed = key.composite() ? CompositeAgreement(curve, key.scalar(), u, &shared)
                                      : ClampedAgreement(curve, key.seed(), u, &shared);
  if (!agreed) return InvalidArgument("peer's key is of small order");
  return shared;
}

Result<PublicKey> MultiplyPoint(const Scalar& scalar, const PublicKey& point) {
  if (Is448(scalar.curve()) != Is448(point.curve)) {
    return InvalidArgument("scalar and point are of different groups");
  }
  if (scalar.IsZero()) return InvalidArgument("a point cannot be multiplied by zero");
  MESH_RETURN_IF_ERROR(CheckPublicKey(point));
  if (IsSignatureCurve(point.curve)) {
    return PublicKey{point.curve, *EdwardsMultiply(point.curve, scalar, point.octets)};
  }
  return PublicKey{point.curve, MontgomeryMultiply(point.curve, scalar.octets(), point.octets)};
}

PublicKey MultiplyBase(Curve curve, const Scalar& scalar) {
  if (IsSignatureCurve(curve)) return {curve, EdwardsMultiplyBase(curve, scalar)};
  return {curve, MontgomeryMultiply(curve, scalar.octets(), MontgomeryBase(curve))};
}

Status CheckPublicKey(const PublicKey& key) {
  const bool good = IsSignatureCurve(key.curve)
                        ? EdwardsPointIsGood(key.curve, key.octets)
                        : MontgomeryPointHasOrder(key.curve, key.octets, GroupOrder(key.curve));
  if (good) return {};
  return InvalidArgument(std::string(CurveName(key.curve)) +
                         " key is no canonical point of prime order");
}

Result<PublicKey> FromCoordinate(Curve curve, std::string_view u) {
  if (IsSignatureCurve(curve)) return InvalidArgument("Ed keys have no coordinate u");
  std::optional<std::string> octets = MontgomeryLift(curve, u, false);
  if (!octets) return InvalidArgument("u is no coordinate of a point on the curve");
  return PublicKey{curve, *std::move(octets)};
}

}  // namespace mesh::crypto
