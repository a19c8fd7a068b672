// Public and private keys on the curves of the Mesh.
//
// A private key is either a *seed*, expanded as RFC 8032 or RFC 7748 says, or
// *composite*: a bare scalar that came out of adding keys (a device's connection
// key is its base key plus the activation's, modulo L).

#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/crypto/curve.h"
#include "common/crypto/random.h"
#include "common/crypto/scalar.h"

namespace mesh::crypto {

// A public key as the Mesh writes it: PublicKeyBytes(curve) octets, in the clear.
// Holding one promises nothing about its octets; ParsePublicKey checks the length,
// key_agreement.h the rest.
struct PublicKey {
  Curve curve = Curve::kEd448;
  std::string octets;

  bool operator==(const PublicKey&) const = default;
  // u without the parity octet. For X25519 and X448 keys of the right length only.
  std::string_view coordinate() const {
    return std::string_view(octets).substr(0, CoordinateBytes(curve));
  }
};

// kInvalidArgument unless the length is right and an X key's last octet is 00 or 80.
Result<PublicKey> ParsePublicKey(Curve curve, std::string_view octets);

// Move-only, so that copies of secrets are made on purpose (Clone); wipes itself.
// Const use from any thread.
class PrivateKey {
 public:
  // kInvalidArgument unless `seed` has SeedBytes(curve) octets; an Ed448 seed may
  // also have RFC 8032's 57. Costs one multiplication of the base point.
  static Result<PrivateKey> FromSeed(Curve curve, std::string_view seed);
  // `scalar` is of the curve's group and not zero, else kInvalidArgument.
  static Result<PrivateKey> FromScalar(Curve curve, const Scalar& scalar);
  static PrivateKey Generate(Curve curve, RandomSource& random = SystemRandom());

  PrivateKey(PrivateKey&& other) noexcept;
  PrivateKey& operator=(PrivateKey&& other) noexcept;
  ~PrivateKey();
  PrivateKey Clone() const;

  Curve curve() const { return public_key_.curve; }
  const PublicKey& public_key() const { return public_key_; }
  bool composite() const { return seed_.empty(); }
  // What to keep in a file: the seed, or empty for a composite key. Borrowed, secret.
  std::string_view seed() const { return seed_; }
  // The secret number modulo L: that of the seed after expansion and clamping, or
  // the composite's.
  const Scalar& scalar() const { return scalar_; }
  // The second half of an expanded Ed seed; for a composite signature key, a secret
  // derived from its scalar. Empty for X keys. Feeds signature nonces only.
  std::string_view nonce_prefix() const { return nonce_prefix_; }

 private:
  PrivateKey(std::string seed, std::string nonce_prefix, const Scalar& scalar, PublicKey key);
  void WipeSecrets();

  std::string seed_;
  std::string nonce_prefix_;
  Scalar scalar_;
  PublicKey public_key_;
};

// The composite of two keys of one curve: the scalars' sum modulo L.
// kInvalidArgument when the curves differ or the sum is zero.
Result<PrivateKey> CombinePrivateKeys(const PrivateKey& a, const PrivateKey& b);
// What must be combined with `part` to give `whole`: the difference of the scalars.
Result<PrivateKey> SplitPrivateKey(const PrivateKey& whole, const PrivateKey& part);
// The public key of the composite, from the public keys alone: the points' sum.
// kInvalidArgument when either is not a point of prime order or the sum is the
// neutral element.
Result<PublicKey> CombinePublicKeys(const PublicKey& a, const PublicKey& b);

}  // namespace mesh::crypto
