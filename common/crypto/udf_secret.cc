#include "common/crypto/udf_secret.h"

#include <array>
#include <optional>
#include <utility>

#include "common/base/bytes.h"
#include "common/base/check.h"
#include "common/crypto/kdf.h"
#include "common/crypto/openssl_ptr.h"
#include "common/crypto/udf.h"

namespace mesh::crypto {
namespace {

constexpr size_t kSpecifierBytes = 2;
constexpr size_t kWordBytes = 4;
constexpr size_t kThresholdMax = 15;

// --- Numbers --------------------------------------------------------------------
// OpenSSL's allocations fail only when memory is out, which ends the process anyway.

BignumPtr NewNumber() {
  BignumPtr number(BN_secure_new());
  MESH_CHECK(number != nullptr);
  return number;
}

BignumPtr Small(uint64_t value) {
  BignumPtr number = NewNumber();
  MESH_CHECK(BN_set_word(number.get(), value) == 1);
  return number;
}

BignumPtr BigEndian(std::string_view octets) {
  BignumPtr number = NewNumber();
  MESH_CHECK(BN_bin2bn(Octets(octets), static_cast<int>(octets.size()), number.get()) != nullptr);
  return number;
}

std::string BigEndian(const BignumPtr& number, size_t length) {
  std::string octets(length, '\0');
  MESH_CHECK(BN_bn2binpad(number.get(), Octets(octets), static_cast<int>(length)) >= 0);
  return octets;
}

BnCtxPtr NewWorkspace() {
  BnCtxPtr workspace(BN_CTX_secure_new());
  MESH_CHECK(workspace != nullptr);
  return workspace;
}

// Arithmetic modulo a prime.
class PrimeField {
 public:
  explicit PrimeField(BignumPtr prime) : prime_(std::move(prime)), workspace_(NewWorkspace()) {}

  BignumPtr Add(const BignumPtr& a, const BignumPtr& b) const {
    BignumPtr sum = NewNumber();
    MESH_CHECK(BN_mod_add(sum.get(), a.get(), b.get(), prime_.get(), workspace_.get()) == 1);
    return sum;
  }
  BignumPtr Subtract(const BignumPtr& a, const BignumPtr& b) const {
    BignumPtr difference = NewNumber();
    MESH_CHECK(BN_mod_sub(difference.get(), a.get(), b.get(), prime_.get(), workspace_.get()) == 1);
    return difference;
  }
  BignumPtr Multiply(const BignumPtr& a, const BignumPtr& b) const {
    BignumPtr product = NewNumber();
    MESH_CHECK(BN_mod_mul(product.get(), a.get(), b.get(), prime_.get(), workspace_.get()) == 1);
    return product;
  }
  // `a` is not zero.
  BignumPtr Inverse(const BignumPtr& a) const {
    BignumPtr inverse = NewNumber();
    MESH_CHECK(BN_mod_inverse(inverse.get(), a.get(), prime_.get(), workspace_.get()) != nullptr);
    return inverse;
  }
  bool Holds(const BignumPtr& a) const { return BN_cmp(a.get(), prime_.get()) < 0; }

 private:
  BignumPtr prime_;
  BnCtxPtr workspace_;
};

// --- Derivation -------------------------------------------------------------------

KeyAlgorithm AlgorithmOf(Curve curve) {
  switch (curve) {
    case Curve::kX25519:
      return KeyAlgorithm::kX25519;
    case Curve::kX448:
      return KeyAlgorithm::kX448;
    case Curve::kEd25519:
      return KeyAlgorithm::kEd25519;
    case Curve::kEd448:
      break;
  }
  return KeyAlgorithm::kEd448;
}

struct Seed {
  KeyAlgorithm algorithm;
  std::string octets;     // Specifier and seed: HKDF's key material.
  std::string specifier;  // What enters HKDF beside it.
};

Result<Seed> ParseSeed(std::string_view key, KeyAlgorithm wanted) {
  MESH_ASSIGN(Udf udf, ParseUdf(key, UdfType::kDerivedKey));
  if (udf.data.size() <= kSpecifierBytes) {
    return InvalidArgument("UDF: a key seed needs octets after its specifier");
  }
  Seed seed{static_cast<KeyAlgorithm>(ReadBigEndian16(udf.data)), std::move(udf.data), {}};
  if (seed.algorithm == KeyAlgorithm::kAny) seed.algorithm = wanted;
  AppendBigEndian16(seed.specifier, static_cast<uint16_t>(seed.algorithm));
  return seed;
}

// The same for an algorithm whose seeds must say so.
Result<Seed> ParseSeedFor(std::string_view key, KeyAlgorithm algorithm) {
  MESH_ASSIGN(Seed seed, ParseSeed(key, algorithm));
  if (seed.algorithm == algorithm) return seed;
  return InvalidArgument("UDF: the key seed is for algorithm " +
                         std::to_string(static_cast<int>(seed.algorithm)) + ", where " +
                         std::to_string(static_cast<int>(algorithm)) + " is needed");
}

// p of a NIST curve and how many octets to derive, so that the remainder is near uniform.
struct NistCurve {
  const char* prime;
  size_t scalar_bytes;
  size_t derived_bytes;
};

std::optional<NistCurve> FindNistCurve(KeyAlgorithm algorithm) {
  switch (algorithm) {
    case KeyAlgorithm::kP256:
      return NistCurve{"FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF", 32, 40};
    case KeyAlgorithm::kP384:
      return NistCurve{
          "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFE"
          "FFFFFFFF0000000000000000FFFFFFFF",
          48, 56};
    case KeyAlgorithm::kP521:
      return NistCurve{
          "01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
          "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
          66, 74};
    default:
      return std::nullopt;
  }
}

// The first prime not below the number, made odd.
std::string NextPrime(std::string_view octets) {
  BignumPtr number = BigEndian(octets);
  const BnCtxPtr workspace = NewWorkspace();
  MESH_CHECK(BN_set_bit(number.get(), 0) == 1);
  for (;;) {
    const int prime = BN_check_prime(number.get(), workspace.get(), nullptr);
    MESH_CHECK(prime >= 0);
    if (prime == 1) break;
    MESH_CHECK(BN_add_word(number.get(), 2) == 1);
  }
  return BigEndian(number, static_cast<size_t>(BN_num_bytes(number.get())));
}

// --- Shares -----------------------------------------------------------------------

// The prime for secrets of w words: the least above 2^(32 w), by its distance.
constexpr std::array<uint16_t, 16> kPrimeOffsets = {15,  13, 61, 51,  7,   133, 735, 297,
                                                    127, 27, 55, 231, 235, 211, 165, 75};

PrimeField ShareField(size_t words) {
  BignumPtr prime = NewNumber();
  MESH_CHECK(BN_set_bit(prime.get(), static_cast<int>(32 * words)) == 1);
  MESH_CHECK(BN_add_word(prime.get(), kPrimeOffsets[words - 1]) == 1);
  return PrimeField(std::move(prime));
}

struct Share {
  size_t threshold;
  uint64_t x;
  std::string value;
};

Result<Share> ParseShare(std::string_view text) {
  MESH_ASSIGN(const Udf udf, ParseUdf(text, UdfType::kShare));
  const size_t value_bytes = udf.data.size() - 1;
  const auto head = static_cast<uint8_t>(udf.data[0]);
  if (value_bytes == 0 || value_bytes % kWordBytes != 0 || value_bytes > kShareSecretBytesMax) {
    return InvalidArgument("share: its value has no 4 to 64 octets in whole words");
  }
  if (head >> 4 == 0) return InvalidArgument("share: its threshold is zero");
  return Share{static_cast<size_t>(head >> 4), (head & 15u) + 1, udf.data.substr(1)};
}

std::string FormatShare(size_t threshold, uint64_t x, std::string_view value) {
  std::string data(1, static_cast<char>(threshold << 4 | (x - 1)));
  return FormatUdf(UdfType::kShare, data.append(value));
}

// f(x) by Horner, highest coefficient last in the list.
BignumPtr Evaluate(const PrimeField& field, const std::vector<BignumPtr>& coefficients,
                   uint64_t x) {
  const BignumPtr at = Small(x);
  BignumPtr value = Small(0);
  for (auto coefficient = coefficients.rbegin(); coefficient != coefficients.rend();
       ++coefficient) {
    value = field.Add(field.Multiply(value, at), *coefficient);
  }
  return value;
}

// One polynomial's shares, or nothing when a value needs more octets than the secret has.
std::optional<std::vector<std::string>> TrySplit(const PrimeField& field, std::string_view secret,
                                                 size_t threshold, size_t count,
                                                 RandomSource& random) {
  std::vector<BignumPtr> coefficients;
  coefficients.push_back(BigEndian(secret));
  while (coefficients.size() < threshold) {
    std::string octets = RandomBytes(secret.size(), random);
    coefficients.push_back(BigEndian(octets));
    Wipe(octets);
  }
  std::vector<std::string> shares;
  for (uint64_t x = 1; x <= count; ++x) {
    const BignumPtr value = Evaluate(field, coefficients, x);
    if (static_cast<size_t>(BN_num_bytes(value.get())) > secret.size()) return std::nullopt;
    shares.push_back(FormatShare(threshold, x, BigEndian(value, secret.size())));
  }
  return shares;
}

// The factor of share `i` in f(0): the product of x_j / (x_j - x_i).
BignumPtr LagrangeFactor(const PrimeField& field, const std::vector<Share>& shares, size_t i) {
  BignumPtr factor = Small(1);
  const BignumPtr own = Small(shares[i].x);
  for (size_t j = 0; j < shares.size(); ++j) {
    if (j == i) continue;
    const BignumPtr other = Small(shares[j].x);
    factor = field.Multiply(factor, other);
    factor = field.Multiply(factor, field.Inverse(field.Subtract(other, own)));
  }
  return factor;
}

// The shares that count, checked against each other.
Result<std::vector<Share>> ParseShares(const std::vector<std::string>& texts) {
  std::vector<Share> shares;
  for (const std::string& text : texts) {
    MESH_ASSIGN(Share share, ParseShare(text));
    for (const Share& earlier : shares) {
      if (earlier.x == share.x) return InvalidArgument("shares: one is given twice");
      if (earlier.threshold != share.threshold || earlier.value.size() != share.value.size()) {
        return InvalidArgument("shares: not of one secret");
      }
    }
    shares.push_back(std::move(share));
  }
  if (shares.empty() || shares.size() < shares[0].threshold) {
    return InvalidArgument("shares: too few to recover the secret");
  }
  shares.resize(shares[0].threshold);
  return shares;
}

}  // namespace

Result<std::string> DeriveSeed(std::string_view key, Curve curve, std::string_view name,
                               DerivationForm form) {
  MESH_ASSIGN(const Seed seed, ParseSeed(key, AlgorithmOf(curve)));
  const std::string purpose = seed.specifier + std::string(name);
  const bool salted = form == DerivationForm::kSalt;
  return HkdfSha512(seed.octets, salted ? purpose : "", salted ? "" : purpose, SeedBytes(curve));
}

Result<PrivateKey> DeriveKey(std::string_view key, Curve curve, std::string_view name,
                             DerivationForm form) {
  MESH_ASSIGN(std::string seed, DeriveSeed(key, curve, name, form));
  Result<PrivateKey> derived = PrivateKey::FromSeed(curve, seed);
  Wipe(seed);
  return derived;
}

Result<std::string> DeriveNistScalar(std::string_view key, KeyAlgorithm algorithm) {
  const std::optional<NistCurve> curve = FindNistCurve(algorithm);
  if (!curve) return InvalidArgument("the algorithm is none of P-256, P-384 and P-521");
  MESH_ASSIGN(const Seed seed, ParseSeedFor(key, algorithm));
  BIGNUM* parsed = nullptr;
  MESH_CHECK(BN_hex2bn(&parsed, curve->prime) > 0);
  const BignumPtr modulus(parsed);
  MESH_CHECK(BN_sub_word(modulus.get(), 1) == 1);
  const BignumPtr derived =
      BigEndian(HkdfSha512(seed.octets, seed.specifier, {}, curve->derived_bytes));
  const BignumPtr scalar = NewNumber();
  MESH_CHECK(BN_mod(scalar.get(), derived.get(), modulus.get(), NewWorkspace().get()) == 1);
  MESH_CHECK(BN_add_word(scalar.get(), 1) == 1);
  return BigEndian(scalar, curve->scalar_bytes);
}

Result<RsaPrimes> DeriveRsaPrimes(std::string_view key, KeyAlgorithm algorithm, size_t prime_bits) {
  if (algorithm < KeyAlgorithm::kRsa2048 || algorithm > KeyAlgorithm::kRsa4096) {
    return InvalidArgument("the algorithm is none of RSA-2048, RSA-3072 and RSA-4096");
  }
  MESH_ASSIGN(const Seed seed, ParseSeedFor(key, algorithm));
  return RsaPrimes{NextPrime(HkdfSha512(seed.octets, seed.specifier, "p", prime_bits / 8)),
                   NextPrime(HkdfSha512(seed.octets, seed.specifier, "q", prime_bits / 8))};
}

std::string NewKeySeedUdf(KeyAlgorithm algorithm, RandomSource& random, size_t bits) {
  std::string data;
  AppendBigEndian16(data, static_cast<uint16_t>(algorithm));
  return FormatUdf(UdfType::kDerivedKey, data.append(RandomBytes((bits + 7) / 8, random)));
}

Result<std::vector<std::string>> SplitSecret(std::string_view secret, size_t threshold,
                                             size_t count, RandomSource& random) {
  if (secret.empty() || secret.size() > kShareSecretBytesMax || secret.size() % kWordBytes != 0) {
    return InvalidArgument("a secret to split has 4 to 64 octets, a multiple of 4");
  }
  if (threshold < 1 || threshold > kThresholdMax || count < threshold || count > kSharesMax) {
    return InvalidArgument("a secret is split into up to 16 shares, of which 1 to 15 recover it");
  }
  const PrimeField field = ShareField(secret.size() / kWordBytes);
  for (;;) {
    // A value just above 2^(32 w) comes up once in 2^22 times at worst; draw again then.
    auto shares = TrySplit(field, secret, threshold, count, random);
    if (shares) return *std::move(shares);
  }
}

Result<std::string> RecoverSecret(const std::vector<std::string>& texts) {
  MESH_ASSIGN(const std::vector<Share> shares, ParseShares(texts));
  const size_t length = shares[0].value.size();
  const PrimeField field = ShareField(length / kWordBytes);
  BignumPtr secret = Small(0);
  for (size_t i = 0; i < shares.size(); ++i) {
    const BignumPtr term =
        field.Multiply(LagrangeFactor(field, shares, i), BigEndian(shares[i].value));
    secret = field.Add(secret, term);
  }
  if (static_cast<size_t>(BN_num_bytes(secret.get())) > length) {
    return InvalidArgument("shares: not of one secret");
  }
  return BigEndian(secret, length);
}

}  // namespace mesh::crypto
