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

// The two octets after the type octet of a 'Z' UDF.
enum class KeyAlgorithm : uint16_t {
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
// private key. The UDF's own specifier is hashed, not obeyed: activation seeds name
// a purpose there. kInvalidArgument when `key` is not a 'Z' UDF.
Result<std::string> DeriveSeed(std::string_view key, Curve curve, std::string_view name = {},
                               DerivationForm form = DerivationForm::kSalt);
Result<PrivateKey> DeriveKey(std::string_view key, Curve curve, std::string_view name = {},
                             DerivationForm form = DerivationForm::kSalt);
// The private number of a NIST curve, big-endian; the UDF names which.
// kInvalidArgument for other algorithms.
Result<std::string> DeriveNistScalar(std::string_view key);
// The two primes of an RSA key, big-endian, each the next prime above `prime_bits` derived
// bits. Takes a second at full size.
struct RsaPrimes {
  std::string p;
  std::string q;
};
Result<RsaPrimes> DeriveRsaPrimes(std::string_view key, size_t prime_bits);

// A fresh 'Z' UDF with `bits` random bits.
std::string NewKeySeedUdf(KeyAlgorithm algorithm, RandomSource& random, size_t bits = 128);

// --- Shares -----------------------------------------------------------------------

inline constexpr size_t kSharesMax = 16;
inline constexpr size_t kShareSecretBytesMax = 64;

// `count` shares as UDF texts, any `threshold` of which give `secret` back.
// kInvalidArgument unless 1 <= threshold <= 15, threshold <= count <= 16 and the secret has 1 to
// 64 octets.
Result<std::vector<std::string>> SplitSecret(std::string_view secret, size_t threshold,
                                             size_t count, RandomSource& random);
// The secret from at least `threshold` shares of one splitting; more are ignored.
// Its length is the shares' value's, so a secret that was no multiple of 4 octets comes back with
// the length it was split with. kInvalidArgument for too few, unlike or repeated shares; wrong
// shares of the right shape give a wrong secret.
Result<std::string> RecoverSecret(const std::vector<std::string>& shares);

}  // namespace mesh::crypto
