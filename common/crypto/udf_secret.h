// What UDFs of types 'Z' and 'S' stand for: keys derived from a short seed, and
// shares of a secret (udf-10 §4.4, §4.5). Used by clients; big-number work here is
// OpenSSL's and not guaranteed constant-time. Any thread.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/crypto/keys.h"
#include "common/crypto/random.h"

namespace mesh::crypto {

// The two octets after the type octet of a 'Z' UDF. Mesh profiles and activations have
// specifiers of their own from 0x0100 on.
enum class KeyAlgorithm : uint16_t {
  kAny = 0,  // Whatever is asked for.
  kX25519 = 1,
  kX448 = 2,
  kEd25519 = 3,
  kEd448 = 4,
  kP256 = 5,
  kP384 = 6,
  kP521 = 7,
  kRsa2048 = 8,
  kRsa3072 = 9,
  kRsa4096 = 10,
};

// Where specifier and name enter HKDF: as the salt (drafts of July 2020, the ones we
// serve) or as the info (November 2020 and later).
enum class DerivationForm : uint8_t { kSalt, kInfo };

// The octets that `key` (a 'Z' UDF) gives for `curve` under `name`; the seed of a
// private key. The UDF's own specifier is hashed, not obeyed, since activation seeds name
// a purpose there; only kAny gives way to the curve's. kInvalidArgument when `key` is
// not a 'Z' UDF.
Result<std::string> DeriveSeed(std::string_view key, Curve curve, std::string_view name = {},
                               DerivationForm form = DerivationForm::kSalt);
Result<PrivateKey> DeriveKey(std::string_view key, Curve curve, std::string_view name = {},
                             DerivationForm form = DerivationForm::kSalt);
// The private number of a NIST curve, big-endian. kInvalidArgument when `key` is a seed of
// something else, or `algorithm` is none of the three.
Result<std::string> DeriveNistScalar(std::string_view key, KeyAlgorithm algorithm);
// The two primes of an RSA key, big-endian, each the next prime from `prime_bits` derived
// bits on. Takes a second at full size. kInvalidArgument as above.
struct RsaPrimes {
  std::string p;
  std::string q;
};
Result<RsaPrimes> DeriveRsaPrimes(std::string_view key, KeyAlgorithm algorithm, size_t prime_bits);

// A fresh 'Z' UDF with `bits` random bits.
std::string NewKeySeedUdf(KeyAlgorithm algorithm, RandomSource& random, size_t bits = 128);

// --- Shares -----------------------------------------------------------------------

inline constexpr size_t kSharesMax = 16;
inline constexpr size_t kShareSecretBytesMax = 64;

// `count` shares as UDF texts, any `threshold` of which give `secret` back.
// kInvalidArgument unless 1 <= threshold <= 15, threshold <= count <= 16, and the secret
// has 4 to 64 octets, a multiple of 4.
Result<std::vector<std::string>> SplitSecret(std::string_view secret, size_t threshold,
                                             size_t count, RandomSource& random);
// The secret from the first `threshold` of the shares, which say themselves how many that is.
// kInvalidArgument for too few, unlike or repeated shares; wrong shares of the right shape
// give a wrong secret.
Result<std::string> RecoverSecret(const std::vector<std::string>& shares);

}  // namespace mesh::crypto
