#include "common/crypto/threshold.h"

#include <utility>

#include "common/base/bytes.h"
#include "common/crypto/key_agreement.h"

namespace mesh::crypto {
namespace {

// Octets beyond those of L that make a number modulo L as good as uniform.
constexpr size_t kUniformBytes = 16;

Scalar RandomScalar(Curve curve, RandomSource& random) {
  std::string octets = RandomBytes(CoordinateBytes(curve) + kUniformBytes, random);
  const Scalar scalar = Scalar::Reduce(curve, octets);
  Wipe(octets);
  return scalar;
}

}  // namespace

KeyShares SplitKey(const PrivateKey& whole, RandomSource& random) {
  const Scalar first = RandomScalar(whole.curve(), random);
  return {first, whole.scalar() - first};
}

Result<PublicKey> ParseSharedPoint(Curve curve, std::string_view octets) {
  if (IsSignatureCurve(curve)) return InvalidArgument("keys of Ed curves do not agree on secrets");
  if (octets.size() == CoordinateBytes(curve)) {
    return Status(Code::kUnimplemented, "a point needs its parity octet: expected " +
                                            std::to_string(PublicKeyBytes(curve)) + " octets");
  }
  return ParsePublicKey(curve, octets);
}

Result<PublicKey> ContributeTo(const PublicKey& point, const Scalar& share,
                               std::string_view coefficient) {
  if (coefficient.empty()) return MultiplyPoint(share, point);
  return MultiplyPoint(Scalar::Reduce(share.curve(), coefficient) * share, point);
}

Result<std::string> JoinContributions(const PublicKey& first, const PublicKey& second) {
  if (IsSignatureCurve(first.curve)) return InvalidArgument("expected points of X448 or X25519");
  MESH_ASSIGN(PublicKey sum, CombinePublicKeys(first, second));
  std::string shared(sum.coordinate());
  Wipe(sum.octets);
  return shared;
}

}  // namespace mesh::crypto
