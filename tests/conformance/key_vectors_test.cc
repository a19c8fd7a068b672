// key_fingerprints.json, activation.json, rfc_kat.json: keys, their names, what is
// derived from them, and the known answers of the RFCs beneath.

#include "common/crypto/cipher.h"
#include "common/crypto/eddsa.h"
#include "common/crypto/kdf.h"
#include "common/crypto/key_agreement.h"
#include "common/crypto/key_wrap.h"
#include "common/crypto/udf.h"
#include "common/crypto/udf_secret.h"
#include "tests/conformance/recipient.h"
#include "tests/conformance/vector_file.h"

namespace mesh::conformance {
namespace {

using crypto::Curve;

Curve CurveOf(const Case& key) { return *crypto::CurveFromName(Text(key, "crv")); }

crypto::PublicKey PublicKeyOf(const Case& key) { return {CurveOf(key), Base64Of(key, "public")}; }

Outcome CheckFingerprint(const crypto::PublicKey& key, const std::string& type,
                         const std::string& udf) {
  return Agree("udf", crypto::KeyFingerprint(key, crypto::kUdfBits, type), udf);
}

// --- key_fingerprints.json ------------------------------------------------------

Outcome CheckKeyUdf(const Case& test) {
  const crypto::PublicKey key = PublicKeyOf(test);
  const Status checked = CheckPublicKey(key);
  if (!checked.ok()) return Refuted(checked.message());
  return CheckFingerprint(key, Text(test, "content_type"), Text(test, "udf"));
}

Outcome CheckRsaKeyUdf(const Case& test) {
  const std::string info = crypto::RsaKeyInfo(Base64Of(test, "n"), Base64Of(test, "e"));
  return Agree("udf", crypto::ContentDigestUdf(info, Text(test, "content_type")),
               Text(test, "udf"));
}

MESH_VECTOR_FILE(key_fingerprints,
                 (Checkers{{"key_udf", CheckKeyUdf}, {"key_udf_rsa", CheckRsaKeyUdf}}),
                 (Tally{.agreeing = 242, .skipped = 0}))

// --- activation.json --------------------------------------------------------------

crypto::DerivationForm FormOf(const Case& test) {
  return Text(test, "variant") == "salt" ? crypto::DerivationForm::kSalt
                                         : crypto::DerivationForm::kInfo;
}

Outcome CheckActivation(const Case& test) {
  const Case& base = test.at("base");
  const Case& result = test.at("result");
  const std::string type = Text(test, "content_type");
  MESH_MUST(CheckFingerprint(PublicKeyOf(base), type, Text(base, "udf")));
  const auto activation = crypto::DeriveKey(Text(test, "activation_key"), CurveOf(base),
                                            Text(test, "key_name"), FormOf(test));
  if (!activation.ok()) return Refuted(activation.status().message());
  const auto combined = crypto::CombinePublicKeys(PublicKeyOf(base), activation->public_key());
  if (!combined.ok()) return Refuted(combined.status().message());
  MESH_MUST(Agree("combined", combined->octets, Base64Of(result, "public")));
  return CheckFingerprint(*combined, type, Text(result, "udf"));
}

Outcome CheckPublicOf(const crypto::PrivateKey& key, const Case& recorded,
                      const std::string& type) {
  MESH_MUST(Agree("public", key.public_key().octets, Base64Of(recorded, "public")));
  if (!Has(recorded, "udf")) return Verified();
  return CheckFingerprint(key.public_key(), type, Text(recorded, "udf"));
}

Outcome CheckProfileSeed(const Case& test) {
  const Case& key = test.at("key");
  const auto derived =
      crypto::DeriveKey(Text(test, "seed"), CurveOf(key), Text(test, "key_name"), FormOf(test));
  if (!derived.ok()) return Refuted(derived.status().message());
  return CheckPublicOf(*derived, key, Text(test, "content_type"));
}

Outcome CheckPrivatePublic(const Case& test) {
  const Case& recorded = test.at("key");
  const auto key = crypto::PrivateKey::FromSeed(CurveOf(recorded), Base64Of(test, "private"));
  if (!key.ok()) return Refuted(key.status().message());
  return CheckPublicOf(*key, recorded, Text(test, "content_type"));
}

Outcome CheckEncryptedToX448(const Case& test) {
  const auto key = crypto::PrivateKey::FromSeed(Curve::kX448, Base64Of(test, "private"));
  const Case& envelope = test.at("envelope");
  const Case recipient = RecipientOf(envelope, Text(test, "kid"));
  const Case& ephemeral = recipient.at("epk").at("PublicKeyECDH");
  const auto shared = crypto::Agree(*key, Base64Of(ephemeral, "Public"));
  if (!shared.ok()) return Refuted(shared.status().message());
  const auto master = UnwrapMaster(*shared, "", Base64Of(recipient, "wmk"));
  if (!master.ok()) return Refuted(master.status().message());
  MESH_MUST(CheckDecryption(envelope, *master, Text(test, "plaintext")));
  return CheckDigestAndWitness(envelope, *master);
}

MESH_VECTOR_FILE(activation,
                 (Checkers{{"activation", CheckActivation},
                           {"profile_seed", CheckProfileSeed},
                           {"key_private_public", CheckPrivatePublic},
                           {"envelope_x448", CheckEncryptedToX448}}),
                 (Tally{.agreeing = 49, .skipped = 0}))

// --- rfc_kat.json -------------------------------------------------------------------

Outcome CheckEddsa(const Case& test) {
  const auto key = crypto::PrivateKey::FromSeed(CurveOf(test), HexOf(test, "seed"));
  if (!key.ok()) return Refuted(key.status().message());
  MESH_MUST(Agree("public", key->public_key().octets, HexOf(test, "public")));
  if (Number(test, "ph") != 0) return Skipped("the Mesh never signs with a pre-hash");
  const std::string message = HexOf(test, "message");
  const std::string context = HexOf(test, "context");
  const crypto::EddsaContext given =
      context.empty() ? crypto::EddsaContext() : crypto::EddsaContext(context);
  const std::string signature = crypto::EddsaSign(*key, message, given);
  MESH_MUST(Agree("signature", signature, HexOf(test, "signature")));
  if (crypto::EddsaVerify(key->public_key(), message, signature, given)) return Verified();
  return Refuted("the signature does not verify");
}

Outcome CheckDiffieHellman(const Case& test) {
  const auto key = crypto::PrivateKey::FromSeed(CurveOf(test), HexOf(test, "scalar"));
  if (!key.ok()) return Refuted(key.status().message());
  const auto shared = crypto::Agree(*key, HexOf(test, "u"));
  if (!shared.ok()) return Refuted(shared.status().message());
  return Agree("shared", *shared, HexOf(test, "result"));
}

Outcome CheckHkdf(const Case& test) {
  const std::string okm = HexOf(test, "okm");
  const auto hkdf = Text(test, "alg") == "sha256" ? crypto::HkdfSha256 : crypto::HkdfSha512;
  return Agree("okm",
               hkdf(HexOf(test, "ikm"), HexOf(test, "salt"), HexOf(test, "info"), okm.size()), okm);
}

Outcome CheckKeyWrap(const Case& test) {
  const std::string kek = HexOf(test, "kek");
  const std::string wrapped = crypto::WrapKey(kek, HexOf(test, "key"));
  MESH_MUST(Agree("wrapped", wrapped, HexOf(test, "wrapped")));
  return Agree("unwrapped", *crypto::UnwrapKey(kek, wrapped), HexOf(test, "key"));
}

MESH_VECTOR_FILE(rfc_kat,
                 (Checkers{{"kat_eddsa", CheckEddsa},
                           {"kat_dh", CheckDiffieHellman},
                           {"kat_hkdf", CheckHkdf},
                           {"kat_keywrap", CheckKeyWrap}}),
                 (Tally{.agreeing = 7, .skipped = 0}))

}  // namespace
}  // namespace mesh::conformance
