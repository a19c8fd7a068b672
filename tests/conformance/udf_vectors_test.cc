// udf.json: every kind of fingerprint, nonce, share and derived key.

#include <algorithm>

#include "common/base/bytes.h"
#include "common/crypto/kdf.h"
#include "common/crypto/mac.h"
#include "common/crypto/udf.h"
#include "common/crypto/udf_secret.h"
#include "tests/conformance/vector_file.h"

namespace mesh::conformance {
namespace {

using crypto::Curve;
using crypto::UdfDigest;

Outcome CheckPresentation(const Case& test) {
  const auto udf = crypto::ParseUdf(Text(test, "udf"));
  if (!udf.ok()) return Refuted(udf.status().message());
  const std::string data = HexOf(test, "data");
  const auto code = static_cast<uint8_t>(Number(test, "code"));
  MESH_MUST(Agree("type octet", std::to_string(udf->type), std::to_string(code)));
  MESH_MUST(Agree("data", udf->data.substr(0, data.size()), data));
  return Agree("text", crypto::FormatUdf(code, data, 8 * (1 + data.size())), Text(test, "udf"));
}

// The generator's short examples print no content type; these are the ones it can have used.
std::vector<std::string> ContentTypes(const Case& test) {
  const std::string type = Text(test, "content_type");
  if (type != "?") return {type};
  return {"", "text/plain", "application/octet-stream"};
}

Outcome CheckDigestOf(const Case& test, const std::string& type) {
  const std::string data = HexOf(test, "data");
  const UdfDigest digest = Text(test, "alg") == "sha512" ? UdfDigest::kSha2 : UdfDigest::kSha3;
  const auto bits = static_cast<size_t>(Number(test, "bits"));
  MESH_MUST(Agree("udf", crypto::ContentDigestUdf(data, type, bits, digest), Text(test, "udf")));
  const std::string octets = crypto::ContentDigestOctets(data, type, digest);
  if (Has(test, "typed")) MESH_MUST(Agree("typed", octets.substr(1), HexOf(test, "typed")));
  if (Has(test, "bds64")) MESH_MUST(Agree("bds64", octets.substr(0, 64), HexOf(test, "bds64")));
  if (Has(test, "H_data")) {
    const auto hash = digest == UdfDigest::kSha2 ? crypto::Sha512(data) : crypto::Sha3_512(data);
    MESH_MUST(Agree("H(data)", hash, HexOf(test, "H_data")));
  }
  if (!Has(test, "precisions")) return Verified();
  for (const auto& [precision, text] : test.at("precisions").items()) {
    MESH_MUST(Agree(precision + " bits",
                    crypto::ContentDigestUdf(data, type, std::stoul(precision), digest),
                    text.get<std::string>()));
  }
  return Verified();
}

Outcome CheckContentDigest(const Case& test) {
  Outcome outcome;
  for (const std::string& type : ContentTypes(test)) {
    outcome = CheckDigestOf(test, type);
    if (outcome.verified()) break;
  }
  return outcome;
}

Outcome CheckAuthenticatorOf(const Case& test, const std::string& type) {
  const std::string key = Text(test, "key_text");
  const std::string data = HexOf(test, "data");
  MESH_MUST(Agree(
      "udf", crypto::AuthenticatorUdf(data, type, key, static_cast<size_t>(Number(test, "bits"))),
      Text(test, "udf")));
  const crypto::Digest512 prk = crypto::HkdfExtractSha512("KeyedUDFMaster", key);
  const std::string okm = crypto::HkdfExpandSha512(prk, "KeyedUDFExpand", 64);
  const std::string typed = type + ":" + std::string(crypto::Sha512(data).view());
  const crypto::Digest512 mac = crypto::HmacSha512(okm, typed);
  if (Has(test, "prk")) MESH_MUST(Agree("PRK", prk, HexOf(test, "prk")));
  if (Has(test, "okm")) MESH_MUST(Agree("OKM", okm, HexOf(test, "okm")));
  if (Has(test, "mac")) MESH_MUST(Agree("MAC", mac, HexOf(test, "mac")));
  return Verified();
}

Outcome CheckAuthenticator(const Case& test) {
  Outcome outcome;
  for (const std::string& type : ContentTypes(test)) {
    outcome = CheckAuthenticatorOf(test, type);
    if (outcome.verified()) break;
  }
  return outcome;
}

Outcome CheckUdfOfUdf(const Case& test) {
  const std::string in = Text(test, "udf_in");
  if (Text(test, "content_type") == crypto::kUdfEncryptionType && Number(test, "bits") == 280) {
    MESH_MUST(Agree("locator", crypto::EarlLocatorId(in), Text(test, "udf")));
  }
  return Agree("identifier",
               crypto::ContentDigestUdf(in, Text(test, "content_type"),
                                        static_cast<size_t>(Number(test, "bits"))),
               Text(test, "udf"));
}

Outcome CheckObjectIdentifier(const Case& test) {
  const crypto::PublicKey key{*crypto::CurveFromName(Text(test, "crv")), HexOf(test, "public")};
  MESH_MUST(Agree("DER", crypto::KeyInfo(key), HexOf(test, "der")));
  MESH_MUST(Agree("udf", crypto::ObjectIdentifierUdf(key), Text(test, "udf")));
  return Agree("kid", crypto::KeyFingerprint(key, crypto::kUdfBits, Text(test, "content_type")),
               Text(test, "kid"));
}

crypto::KeyAlgorithm AlgorithmOf(const Case& test) {
  static const std::map<std::string, crypto::KeyAlgorithm> kNames = {
      {"X25519", crypto::KeyAlgorithm::kX25519},   {"X448", crypto::KeyAlgorithm::kX448},
      {"Ed25519", crypto::KeyAlgorithm::kEd25519}, {"Ed448", crypto::KeyAlgorithm::kEd448},
      {"P-256", crypto::KeyAlgorithm::kP256},      {"P-384", crypto::KeyAlgorithm::kP384},
      {"P-521", crypto::KeyAlgorithm::kP521},      {"RSA-2048", crypto::KeyAlgorithm::kRsa2048}};
  return kNames.at(Text(test, "alg"));
}

Outcome CheckKeyMaterial(const Case& test) {
  const auto udf = crypto::ParseUdf(Text(test, "udf"), crypto::UdfType::kDerivedKey);
  if (!udf.ok()) return Refuted(udf.status().message());
  if (Has(test, "ikm")) MESH_MUST(Agree("IKM", udf->data, HexOf(test, "ikm")));
  std::string salt;
  AppendBigEndian16(salt, static_cast<uint16_t>(AlgorithmOf(test)));
  if (Has(test, "salt")) MESH_MUST(Agree("salt", salt, HexOf(test, "salt")));
  if (!Has(test, "prk")) return Verified();
  return Agree("PRK", crypto::HkdfExtractSha512(salt, udf->data), HexOf(test, "prk"));
}

Outcome CheckDerivedKey(const Case& test) {
  MESH_MUST(CheckKeyMaterial(test));
  const Curve curve = *crypto::CurveFromName(Text(test, "alg"));
  const auto seed = crypto::DeriveSeed(Text(test, "udf"), curve);
  if (!seed.ok()) return Refuted(seed.status().message());
  std::string key;
  try {
    key = HexOf(test, "key");
  } catch (const std::exception& error) {
    return Refuted(error.what());  // One draft prints a type name in place of a key.
  }
  return Agree("key", *seed, key);
}

Outcome CheckDerivedNistKey(const Case& test) {
  MESH_MUST(CheckKeyMaterial(test));
  const auto scalar = crypto::DeriveNistScalar(Text(test, "udf"), AlgorithmOf(test));
  if (!scalar.ok()) return Refuted(scalar.status().message());
  return Agree("key", *scalar, BigEndianOf(Text(test, "key"), scalar->size()));
}

Outcome CheckDerivedRsaKey(const Case& test) {
  MESH_MUST(CheckKeyMaterial(test));
  const auto primes = crypto::DeriveRsaPrimes(Text(test, "udf"), AlgorithmOf(test),
                                              static_cast<size_t>(Number(test, "okm_bits")));
  if (!primes.ok()) return Refuted(primes.status().message());
  MESH_MUST(Agree("p", primes->p, BigEndianOf(Text(test, "p"), primes->p.size())));
  return Agree("q", primes->q, BigEndianOf(Text(test, "q"), primes->q.size()));
}

// Every choice of as many shares as are needed, in every order.
Outcome CheckRecovery(std::vector<std::string> shares, const std::string& secret) {
  std::sort(shares.begin(), shares.end());
  do {
    const auto recovered = crypto::RecoverSecret(shares);
    if (!recovered.ok()) return Refuted(recovered.status().message());
    MESH_MUST(Agree("secret", *recovered, secret));
  } while (std::next_permutation(shares.begin(), shares.end()));
  return Verified();
}

Outcome CheckShareRecovery(const Case& test) {
  std::string secret;
  if (Has(test, "secret")) {
    secret = HexOf(test, "secret");
  } else {
    const auto udf = crypto::ParseUdf(Text(test, "secret_udf"));
    if (!udf.ok()) return Refuted(udf.status().message());
    secret = udf->data;
  }
  return CheckRecovery(test.at("shares").get<std::vector<std::string>>(), secret);
}

// Gives out the coefficients of a recorded polynomial.
class RecordedCoefficients final : public crypto::RandomSource {
 public:
  explicit RecordedCoefficients(std::vector<std::string> octets) : octets_(std::move(octets)) {}
  void Fill(std::span<uint8_t> out) override {
    const std::string& next = octets_.at(next_++);
    std::copy(next.begin(), next.end(), out.begin());
  }

 private:
  std::vector<std::string> octets_;
  size_t next_ = 0;
};

Outcome CheckSplit(const Case& test) {
  const std::string secret = HexOf(test, "secret");
  const auto expected = test.at("share_udfs").get<std::vector<std::string>>();
  std::vector<std::string> coefficients;
  for (const auto& decimal : test.at("coefficients")) {
    coefficients.push_back(BigEndianOf(decimal.get<std::string>(), secret.size()));
  }
  MESH_MUST(Agree("a0", coefficients[0], secret));
  coefficients.erase(coefficients.begin());
  RecordedCoefficients random(std::move(coefficients));
  const auto shares = crypto::SplitSecret(secret, static_cast<size_t>(Number(test, "threshold")),
                                          expected.size(), random);
  if (!shares.ok()) return Refuted(shares.status().message());
  for (size_t i = 0; i < expected.size(); ++i) {
    MESH_MUST(Agree("share", (*shares)[i], expected[i]));
    MESH_MUST(Agree("share octets", crypto::ParseUdf(expected[i])->data,
                    FromHex(test.at("share_bytes")[i].get<std::string>())));
  }
  if (Has(test, "secret_udf")) {
    MESH_MUST(Agree("secret's udf", crypto::FormatUdf(crypto::UdfType::kEncryption, secret),
                    Text(test, "secret_udf")));
  }
  return CheckRecovery(expected, secret);
}

Outcome CheckStrongName(const Case& test) {
  const std::string address = Text(test, "address");
  const std::string udf = Text(test, "udf");
  MESH_MUST(Agree("compatible", *crypto::CompatibleStrongName(address, udf),
                  Text(test, "sin_compatible")));
  return Agree("strong", *crypto::StrongName(address, udf), Text(test, "sin_strong"));
}

MESH_VECTOR_FILE(udf,
                 (Checkers{{"udf_present", CheckPresentation},
                           {"udf_content_digest", CheckContentDigest},
                           {"udf_authenticator", CheckAuthenticator},
                           {"udf_of_udf", CheckUdfOfUdf},
                           {"udf_oid", CheckObjectIdentifier},
                           {"udf_derive", CheckDerivedKey},
                           {"udf_derive_nist", CheckDerivedNistKey},
                           {"udf_derive_rsa", CheckDerivedRsaKey},
                           {"udf_share_recover", CheckShareRecovery},
                           {"udf_shamir_split", CheckSplit},
                           {"udf_sin", CheckStrongName}}),
                 (Tally{.agreeing = 73, .skipped = 0}))

}  // namespace
}  // namespace mesh::conformance
