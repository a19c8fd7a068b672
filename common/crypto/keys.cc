#include "common/crypto/keys.h"

#include <utility>

#include "common/base/bytes.h"
#include "common/base/check.h"
#include "common/crypto/edwards.h"
#include "common/crypto/kdf.h"
#include "common/crypto/key_agreement.h"
#include "common/crypto/montgomery.h"
#include "common/crypto/shake256.h"

namespace mesh::crypto {
namespace {

constexpr size_t kRfcEd448SeedBytes = 57;

// The secret scalar and the nonce prefix inside a seed (RFC 8032 §5.1.5, §5.2.5).
struct Expanded {
  std::string scalar;
  std::string nonce_prefix;

  ~Expanded() {
    Wipe(scalar);
    Wipe(nonce_prefix);
  }
};

void Clamp448(std::string* scalar) {
  (*scalar)[0] = static_cast<char>((*scalar)[0] & 0xfc);
  (*scalar)[55] = static_cast<char>((*scalar)[55] | 0x80);
}

void Clamp25519(std::string* scalar) {
  (*scalar)[0] = static_cast<char>((*scalar)[0] & 0xf8);
  (*scalar)[31] = static_cast<char>(((*scalar)[31] & 0x7f) | 0x40);
}

// A seed of an X key is its scalar; that of an Ed key is hashed to two halves, of which Ed448's
// first has an octet to spare.
Expanded Expand(Curve curve, std::string_view seed) {
  Expanded expanded;
  if (!IsSignatureCurve(curve)) {
    expanded.scalar = seed;
  } else if (Is448(curve)) {
    std::string hash = Shake256({seed}, 2 * PublicKeyBytes(curve));
    expanded.scalar = hash.substr(0, CoordinateBytes(curve));
    expanded.nonce_prefix = hash.substr(PublicKeyBytes(curve));
    Wipe(hash);
  } else {
    Digest512 hash = Sha512(seed);
    expanded.scalar = hash.view().substr(0, 32);
    expanded.nonce_prefix = hash.view().substr(32);
    hash.Wipe();
  }
  Is448(curve) ? Clamp448(&expanded.scalar) : Clamp25519(&expanded.scalar);
  return expanded;
}

}  // namespace

Result<PublicKey> ParsePublicKey(Curve curve, std::string_view octets) {
  if (octets.size() != PublicKeyBytes(curve)) {
    return InvalidArgument(std::string(CurveName(curve)) + " public key has " +
                           std::to_string(octets.size()) + " octets; " +
                           std::to_string(PublicKeyBytes(curve)) + " are needed");
  }
  if (!IsSignatureCurve(curve) && (octets.back() & 0x7f) != 0) {
    return InvalidArgument(std::string(CurveName(curve)) + " public key ends in neither 00 nor 80");
  }
  return PublicKey{curve, std::string(octets)};
}

PrivateKey::PrivateKey(std::string seed, std::string nonce_prefix, const Scalar& scalar,
                       PublicKey key)
    : seed_(std::move(seed)),
      nonce_prefix_(std::move(nonce_prefix)),
      scalar_(scalar),
      public_key_(std::move(key)) {}

// A moved string may leave a copy in its short form behind, so secrets are copied and wiped.
// NOLINTBEGIN(performance-move-constructor-init)
PrivateKey::PrivateKey(PrivateKey&& other) noexcept
    : seed_(other.seed_),
      nonce_prefix_(other.nonce_prefix_),
      scalar_(other.scalar_),
      public_key_(std::move(other.public_key_)) {
  // NOLINTEND(performance-move-constructor-init)
  other.WipeSecrets();
}

PrivateKey& PrivateKey::operator=(PrivateKey&& other) noexcept {
  if (this == &other) return *this;
  WipeSecrets();
  seed_ = other.seed_;
  nonce_prefix_ = other.nonce_prefix_;
  scalar_ = other.scalar_;
  public_key_ = std::move(other.public_key_);
  other.WipeSecrets();
  return *this;
}

void PrivateKey::WipeSecrets() {
  Wipe(seed_);
  Wipe(nonce_prefix_);
  scalar_ = Scalar::FromSmall(scalar_.curve(), 0);
}

PrivateKey::~PrivateKey() { WipeSecrets(); }

PrivateKey PrivateKey::Clone() const {
  return PrivateKey(seed_, nonce_prefix_, scalar_, public_key_);
}

Result<PrivateKey> PrivateKey::FromSeed(Curve curve, std::string_view seed) {
  const bool rfc_seed = curve == Curve::kEd448 && seed.size() == kRfcEd448SeedBytes;
  if (seed.size() != SeedBytes(curve) && !rfc_seed) {
    return InvalidArgument(std::string(CurveName(curve)) + " private key has " +
                           std::to_string(seed.size()) + " octets; " +
                           std::to_string(SeedBytes(curve)) + " are needed");
  }
  const Expanded expanded = Expand(curve, seed);
  const Scalar scalar = Scalar::Reduce(curve, expanded.scalar);
  if (scalar.IsZero()) return InvalidArgument("private key is a multiple of the group's order");
  return PrivateKey(std::string(seed), expanded.nonce_prefix, scalar, MultiplyBase(curve, scalar));
}

Result<PrivateKey> PrivateKey::FromScalar(Curve curve, const Scalar& scalar) {
  if (Is448(curve) != Is448(scalar.curve())) {
    return InvalidArgument("scalar is not of the group of " + std::string(CurveName(curve)));
  }
  if (scalar.IsZero()) return InvalidArgument("a private key cannot be zero");
  std::string nonce_prefix;
  if (IsSignatureCurve(curve)) {
    nonce_prefix = HkdfSha512(scalar.octets(), {}, "mesh/composite/nonce", PublicKeyBytes(curve));
  }
  return PrivateKey({}, std::move(nonce_prefix), scalar, MultiplyBase(curve, scalar));
}

PrivateKey PrivateKey::Generate(Curve curve, RandomSource& random) {
  std::string seed = RandomBytes(SeedBytes(curve), random);
  Result<PrivateKey> key = FromSeed(curve, seed);
  Wipe(seed);
  return *std::move(key);  // A multiple of L comes up once in 2^250 times.
}

Result<PrivateKey> CombinePrivateKeys(const PrivateKey& a, const PrivateKey& b) {
  if (a.curve() != b.curve()) return InvalidArgument("keys to combine are of different curves");
  return PrivateKey::FromScalar(a.curve(), a.scalar() + b.scalar());
}

Result<PrivateKey> SplitPrivateKey(const PrivateKey& whole, const PrivateKey& part) {
  if (whole.curve() != part.curve())
    return InvalidArgument("keys to split are of different curves");
  return PrivateKey::FromScalar(whole.curve(), whole.scalar() - part.scalar());
}

Result<PublicKey> CombinePublicKeys(const PublicKey& a, const PublicKey& b) {
  if (a.curve != b.curve) return InvalidArgument("keys to combine are of different curves");
  MESH_RETURN_IF_ERROR(CheckPublicKey(a));
  MESH_RETURN_IF_ERROR(CheckPublicKey(b));
  std::optional<std::string> sum = IsSignatureCurve(a.curve)
                                       ? EdwardsAdd(a.curve, a.octets, b.octets)
                                       : MontgomeryAdd(a.curve, a.octets, b.octets);
  if (!sum) return InvalidArgument("keys to combine cancel each other");
  return PublicKey{a.curve, *std::move(sum)};
}

}  // namespace mesh::crypto
