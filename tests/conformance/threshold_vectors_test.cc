// threshold_keys.json, threshold_decrypt.json, threshold_sign.json: keys, agreements
// and signatures that several holders make together.

#include "common/crypto/digest.h"
#include "common/crypto/key_agreement.h"
#include "common/crypto/shake256.h"
#include "common/crypto/signature.h"
#include "common/crypto/udf.h"
#include "common/crypto/udf_secret.h"
#include "tests/conformance/recipient.h"
#include "tests/conformance/vector_file.h"

namespace mesh::conformance {
namespace {

using crypto::Curve;
using crypto::PublicKey;
using crypto::Scalar;

Curve CurveOf(const Case& test) { return *crypto::CurveFromName(Text(test, "alg")); }

// A printed scalar: below L, or clamped and therefore above.
Scalar ScalarFrom(Curve curve, const std::string& decimal) {
  return Scalar::Reduce(curve, LittleEndianOf(decimal, 57));
}
Scalar ScalarOf(const Case& test, const std::string& member) {
  return ScalarFrom(CurveOf(test), Text(test, member));
}

Outcome AgreeScalar(std::string_view what, const Scalar& got, const std::string& decimal) {
  return Agree(what, got.octets(), ScalarFrom(got.curve(), decimal).octets());
}

// A point given as decimal u and v.
PublicKey PointFrom(Curve curve, const std::string& u, const std::string& v) {
  std::string octets = LittleEndianOf(u, CoordinateBytes(curve));
  const bool odd = (LittleEndianOf(v, CoordinateBytes(curve))[0] & 1) != 0;
  octets.push_back(odd ? '\x80' : '\0');
  return {curve, octets};
}
PublicKey PointOf(const Case& test, const std::string& member) {
  const Case& pair = test.at(member);
  return PointFrom(CurveOf(test), pair.at(0).get<std::string>(), pair.at(1).get<std::string>());
}

// The whole point, or its u alone when that is what the vector has.
Outcome AgreePoint(std::string_view what, const PublicKey& got, const std::string& want) {
  const bool whole = want.size() == got.octets.size();
  return Agree(what, whole ? std::string_view(got.octets) : got.coordinate(), want);
}
Outcome AgreePoint(std::string_view what, const Result<PublicKey>& got, const PublicKey& want) {
  if (!got.ok()) return Refuted(std::string(what) + ": " + got.status().message());
  return Agree(what, got->octets, want.octets);
}

// --- threshold_keys.json ------------------------------------------------------------

Outcome CheckKeyBlock(const Case& test) {
  const Curve curve = CurveOf(test);
  const auto form = Text(test, "variant") == "salt" ? crypto::DerivationForm::kSalt
                                                    : crypto::DerivationForm::kInfo;
  const auto key = crypto::DeriveKey(Text(test, "udf"), curve, {}, form);
  if (!key.ok()) return Refuted(key.status().message());
  MESH_MUST(AgreeScalar("scalar", key->scalar(), Text(test, "scalar")));
  if (IsSignatureCurve(curve)) {
    MESH_MUST(Agree("private", key->seed(), HexOf(test, "private")));
    return Agree("public", key->public_key().octets, HexOf(test, "public"));
  }
  MESH_MUST(Agree("clamped private", LittleEndianOf(Text(test, "scalar"), SeedBytes(curve)),
                  HexOf(test, "private")));
  if (!Has(test, "u")) return Verified();
  MESH_MUST(Agree("u and v", key->public_key().octets,
                  PointFrom(curve, Text(test, "u"), Text(test, "v")).octets));
  return AgreePoint("public", key->public_key(), HexOf(test, "public"));
}

Outcome CheckKeyGeneration(const Case& test) {
  const Curve curve = CurveOf(test);
  const Scalar sum = ScalarOf(test, "scalar1") + ScalarOf(test, "scalar2");
  MESH_MUST(AgreeScalar("scalar", sum, Text(test, "scalar")));
  const std::string recorded = HexOf(test, "private");
  std::string encoded(sum.octets());
  encoded.resize(recorded.size());
  MESH_MUST(Agree("private", encoded, recorded));
  const auto point =
      crypto::CombinePublicKeys({curve, HexOf(test, "public1")}, {curve, HexOf(test, "public2")});
  if (!point.ok()) return Refuted(point.status().message());
  if (Has(test, "u")) {
    MESH_MUST(
        Agree("u and v", point->octets, PointFrom(curve, Text(test, "u"), Text(test, "v")).octets));
  }
  MESH_MUST(Agree("scalar * B", crypto::MultiplyBase(curve, sum).octets, point->octets));
  return AgreePoint("public", *point, HexOf(test, "public"));
}

Outcome CheckCogenerationShare(const Case& test, size_t i, const crypto::PrivateKey& key) {
  MESH_MUST(Agree("private", key.seed(), FromHex(test.at("privates")[i].get<std::string>())));
  MESH_MUST(AgreeScalar("scalar", key.scalar(), test.at("scalars")[i].get<std::string>()));
  MESH_MUST(
      Agree("public", key.public_key().octets, FromHex(test.at("publics")[i].get<std::string>())));
  return Agree("fingerprint", crypto::KeyFingerprint(key.public_key()),
               test.at("fingerprints")[i].get<std::string>());
}

Outcome CheckComposite(const Case& test, const crypto::PrivateKey& a, const crypto::PrivateKey& b) {
  const auto key = crypto::CombinePrivateKeys(a, b);
  const auto point = crypto::CombinePublicKeys(a.public_key(), b.public_key());
  if (!key.ok() || !point.ok()) return Refuted("the keys do not combine");
  MESH_MUST(Agree("scalar * B", key->public_key().octets, point->octets));
  MESH_MUST(Agree("composite", point->octets, HexOf(test, "public")));
  MESH_MUST(AgreeScalar("scalar", key->scalar(), Text(test, "scalar")));
  return Agree("fingerprint", crypto::KeyFingerprint(*point), Text(test, "fingerprint"));
}

crypto::PrivateKey CogenerationKey(const Case& test, size_t i) {
  auto key = crypto::DeriveKey(test.at("seeds")[i].get<std::string>(), CurveOf(test));
  if (!key.ok()) throw std::runtime_error(key.status().message());
  return *std::move(key);
}

Outcome CheckCogeneration(const Case& test) {
  const crypto::PrivateKey a = CogenerationKey(test, 0);
  const crypto::PrivateKey b = CogenerationKey(test, 1);
  MESH_MUST(CheckCogenerationShare(test, 0, a));
  MESH_MUST(CheckCogenerationShare(test, 1, b));
  return CheckComposite(test, a, b);
}

// What the generator did: the first key with itself.
Outcome CheckCogenerationAsGenerated(const Case& test) {
  const crypto::PrivateKey a = CogenerationKey(test, 0);
  return CheckComposite(test, a, a);
}

MESH_VECTOR_FILE(threshold_keys,
                 (Checkers{{"derived_key_block", CheckKeyBlock},
                           {"threshold_keygen", CheckKeyGeneration},
                           {"cogeneration", CheckCogeneration},
                           {"cogeneration_as_generated", CheckCogenerationAsGenerated}}),
                 (Tally{.agreeing = 74, .skipped = 0}))

// --- threshold_decrypt.json -----------------------------------------------------------

Outcome CheckSecondShare(const Case& test, const Scalar& share) {
  MESH_MUST(AgreeScalar("scalar2", share, Text(test, "scalar2")));
  return Agree("private2", share.octets(), HexOf(test, "private2"));
}

Outcome CheckSplitKey(const Case& test) {
  return CheckSecondShare(test, ScalarOf(test, "scalar") - ScalarOf(test, "scalar1"));
}

Outcome CheckSplitKeyAsGenerated(const Case& test) {
  return CheckSecondShare(test, ScalarOf(test, "scalar") + ScalarOf(test, "scalar1"));
}

PublicKey EphemeralOf(const Case& test) {
  return PointFrom(CurveOf(test), Text(test, "ephemeral_u"), Text(test, "ephemeral_v"));
}

Outcome CheckSenderSide(const Case& test) {
  const Curve curve = CurveOf(test);
  const Scalar secret = ScalarOf(test, "ephemeral_scalar");
  const PublicKey ephemeral = EphemeralOf(test);
  MESH_MUST(Agree("epk", crypto::MultiplyBase(curve, secret).octets, ephemeral.octets));
  MESH_MUST(AgreePoint("ephemeral public", ephemeral, HexOf(test, "ephemeral_public")));
  const std::string recipient = HexOf(test, "public").substr(0, CoordinateBytes(curve));
  const auto point = crypto::FromCoordinate(curve, recipient);
  if (!point.ok()) return Refuted(point.status().message());
  const auto agreement = crypto::MultiplyPoint(secret, *point);
  if (!agreement.ok()) return Refuted(agreement.status().message());
  const std::string want = LittleEndianOf(Text(test, "agreement_u"), CoordinateBytes(curve));
  MESH_MUST(Agree("agreement", agreement->coordinate(), want));
  return Agree("agreement octets", HexOf(test, "agreement").substr(0, want.size()), want);
}

Outcome CheckThresholdDecryption(const Case& test) {
  MESH_MUST(CheckSenderSide(test));
  const PublicKey ephemeral = EphemeralOf(test);
  const auto first = crypto::MultiplyPoint(ScalarOf(test, "scalar1"), ephemeral);
  const auto second = crypto::MultiplyPoint(ScalarOf(test, "scalar2"), ephemeral);
  MESH_MUST(AgreePoint("P1", first, PointOf(test, "point1")));
  MESH_MUST(AgreePoint("P2", second, PointOf(test, "point2")));
  const auto sum = crypto::CombinePublicKeys(*first, *second);
  MESH_MUST(AgreePoint("sum", sum, PointOf(test, "point")));
  MESH_MUST(Agree("sum's u", sum->coordinate(),
                  LittleEndianOf(Text(test, "agreement_u"), CoordinateBytes(CurveOf(test)))));
  if (!Has(test, "contribution1")) return Verified();
  MESH_MUST(Agree("contribution 1", first->octets, HexOf(test, "contribution1")));
  return Agree("contribution 2", second->octets, HexOf(test, "contribution2"));
}

// What the generator did: the ephemeral key with itself.
Outcome CheckThresholdDecryptionAsGenerated(const Case& test) {
  const PublicKey ephemeral = EphemeralOf(test);
  MESH_MUST(AgreePoint("P1", crypto::MultiplyPoint(ScalarOf(test, "scalar1"), ephemeral),
                       PointOf(test, "point1")));
  MESH_MUST(AgreePoint("P2", crypto::MultiplyPoint(ScalarOf(test, "scalar2"), ephemeral),
                       PointOf(test, "point2")));
  return AgreePoint("sum", crypto::CombinePublicKeys(ephemeral, ephemeral), PointOf(test, "point"));
}

Outcome CheckContributionEncoding(const Case& test) {
  return AgreePoint("encoding", PointOf(test, "point"), HexOf(test, "encoding"));
}

Outcome CheckRecryption(const Case& test) {
  const Curve curve = CurveOf(test);
  const auto group = crypto::PrivateKey::FromSeed(curve, HexOf(test, "group_private"));
  const auto member = crypto::PrivateKey::FromSeed(curve, HexOf(test, "member_private"));
  MESH_MUST(AgreeScalar("group scalar", group->scalar(), Text(test, "group_scalar")));
  MESH_MUST(AgreeScalar("member scalar", member->scalar(), Text(test, "member_scalar")));
  const auto service = crypto::SplitPrivateKey(*group, *member);
  MESH_MUST(AgreeScalar("service scalar", service->scalar(), Text(test, "service_scalar")));
  const Case& envelope = test.at("envelope");
  const Case& recipient = envelope.at(0).at("recipients").at(0);
  const PublicKey ephemeral{curve, Base64Of(recipient.at("epk").at("PublicKeyECDH"), "Public")};
  const auto ours = crypto::MultiplyPoint(member->scalar(), ephemeral);
  const auto theirs = crypto::MultiplyPoint(service->scalar(), ephemeral);
  MESH_MUST(AgreePoint("member", ours, {curve, HexOf(test, "member_agreement")}));
  MESH_MUST(AgreePoint("service", theirs, {curve, HexOf(test, "service_agreement")}));
  const auto shared = crypto::CombinePublicKeys(*ours, *theirs);
  MESH_MUST(AgreePoint("shared", shared, {curve, HexOf(test, "ikm")}));
  const auto master =
      UnwrapMaster(shared->octets, TextOr(test, "kek_info", ""), Base64Of(recipient, "wmk"));
  if (!master.ok()) return Refuted(master.status().message());
  return CheckDecryption(envelope, *master, Text(test, "message"));
}

Outcome CheckOperatePoints(const Case& test) {
  const Curve curve = *crypto::CurveFromName(Text(test, "crv"));
  for (const char* member : {"public", "result"}) {
    const auto key = crypto::ParsePublicKey(curve, Base64Of(test, member));
    if (!key.ok()) return Refuted(key.status().message());
    const Status checked = CheckPublicKey(*key);
    if (!checked.ok()) return Refuted(checked.message());
  }
  return Verified();
}

MESH_VECTOR_FILE(
    threshold_decrypt,
    (Checkers{{"threshold_split", CheckSplitKey},
              {"threshold_split_as_generated", CheckSplitKeyAsGenerated},
              {"threshold_decrypt", CheckThresholdDecryption},
              {"threshold_decrypt_as_generated", CheckThresholdDecryptionAsGenerated},
              {"threshold_contribution_encoding", CheckContributionEncoding},
              {"recryption", CheckRecryption},
              {"operate_points", CheckOperatePoints},
              {"raw", [](const Case&) { return Skipped("stored only: nothing to compute"); }}}),
    (Tally{.agreeing = 44, .skipped = 1}))

// --- threshold_sign.json ------------------------------------------------------------------

// The challenge k, hashed as the Mesh's own signatures are.
Scalar Challenge(const Case& test, const std::string& commitment) {
  const Curve curve = CurveOf(test);
  const std::string key = HexOf(test, "public");
  const std::string message = Text(test, "message");
  if (Is448(curve)) {
    const std::string_view domain("SigEd448\0\0", 10);
    return Scalar::Reduce(curve, crypto::Shake256({domain, commitment, key, message}, 114));
  }
  std::string input("SigEd25519 no Ed25519 collisions\0\0", 34);
  input += commitment + key + message;
  return Scalar::Reduce(curve, crypto::Sha512(input));
}

Outcome CheckSignature(const Case& test, const std::string& commitment, const Scalar& response) {
  std::string signature = commitment + std::string(response.octets());
  signature.resize(SignatureBytes(CurveOf(test)));
  const Status verified =
      crypto::Verify({CurveOf(test), HexOf(test, "public")}, Text(test, "message"), signature);
  return verified.ok() ? Verified() : Refuted(verified.message());
}

Outcome CheckDirectKeys(const Case& test, const Scalar& sum) {
  const Curve curve = CurveOf(test);
  MESH_MUST(AgreeScalar("scalar", sum, Text(test, "scalar")));
  MESH_MUST(Agree("A", crypto::MultiplyBase(curve, sum).octets, HexOf(test, "public")));
  for (const char* holder : {"a", "b"}) {
    const std::string suffix = std::string("_") + holder;
    MESH_MUST(Agree("A" + suffix,
                    crypto::MultiplyBase(curve, ScalarOf(test, "scalar" + suffix)).octets,
                    HexOf(test, "public" + suffix)));
    MESH_MUST(Agree("R" + suffix, crypto::MultiplyBase(curve, ScalarOf(test, "r" + suffix)).octets,
                    HexOf(test, "R" + suffix)));
  }
  std::string encoded(sum.octets());
  encoded.resize(HexOf(test, "private").size());
  return Agree("private", encoded, HexOf(test, "private"));
}

Outcome CheckDirectSignature(const Case& test) {
  const Curve curve = CurveOf(test);
  const Scalar a = ScalarOf(test, "scalar_a");
  const Scalar b = ScalarOf(test, "scalar_b");
  MESH_MUST(CheckDirectKeys(test, a + b));
  const auto commitment =
      crypto::CombinePublicKeys({curve, HexOf(test, "R_a")}, {curve, HexOf(test, "R_b")});
  MESH_MUST(AgreePoint("R", commitment, {curve, HexOf(test, "R")}));
  const Scalar k = Challenge(test, commitment->octets);
  MESH_MUST(AgreeScalar("k", k, Text(test, "k")));
  const Scalar first = ScalarOf(test, "r_a") + k * a;
  const Scalar second = ScalarOf(test, "r_b") + k * b;
  MESH_MUST(AgreeScalar("S_a", first, Text(test, "S_a")));
  MESH_MUST(AgreeScalar("S_b", second, Text(test, "S_b")));
  MESH_MUST(AgreeScalar("S", first + second, Text(test, "S")));
  return CheckSignature(test, commitment->octets, first + second);
}

// x_j / (x_j - x_i) for the two holders 1 and 3.
Scalar LagrangeFactor(Curve curve, const std::string& x) {
  const Scalar own = Scalar::FromSmall(curve, x == "1" ? 1 : 3);
  const Scalar other = Scalar::FromSmall(curve, x == "1" ? 3 : 1);
  return other * (other - own).Inverse();
}

Outcome CheckShares(const Case& test) {
  const Curve curve = CurveOf(test);
  MESH_MUST(Agree("A", crypto::MultiplyBase(curve, ScalarOf(test, "scalar")).octets,
                  HexOf(test, "public")));
  MESH_MUST(AgreeScalar("a0", ScalarOf(test, "a0"), Text(test, "scalar")));
  for (const auto& [x, share] : test.at("shares").items()) {
    const Scalar value =
        ScalarOf(test, "a0") + ScalarOf(test, "a1") * Scalar::FromSmall(curve, std::stoul(x));
    MESH_MUST(AgreeScalar("share " + x, value, share.get<std::string>()));
  }
  return Verified();
}

// What a holder signs with, as the text says: its factor times its share.
Scalar WeightedShare(const Case& test, const std::string& x) {
  return LagrangeFactor(CurveOf(test), x) * ScalarFrom(CurveOf(test), Text(test.at("shares"), x));
}

// The same as the generator did it for Ed448: modulo the order of Curve25519.
Scalar WeightedShareAsGenerated(const Case& test, const std::string& x) {
  const Scalar wrong = ScalarFrom(Curve::kEd25519, Text(test.at("shares"), x)) *
                       ScalarFrom(Curve::kEd25519, Text(test.at("lagrange"), x));
  return Scalar::Reduce(CurveOf(test), wrong.octets());
}

Outcome CheckShareSigner(const Case& test, const std::string& x) {
  const Curve curve = CurveOf(test);
  MESH_MUST(AgreeScalar("factor", LagrangeFactor(curve, x), Text(test.at("lagrange"), x)));
  MESH_MUST(AgreeScalar("weighted share", WeightedShare(test, x), Text(test.at("s"), x)));
  const Scalar nonce = ScalarFrom(curve, Text(test.at("r"), x));
  return Agree("R" + x, crypto::MultiplyBase(curve, nonce).octets, HexOf(test.at("Rp"), x));
}

using Weigh = Scalar (*)(const Case&, const std::string&);

Outcome CheckShareSignature(const Case& test, Weigh weigh, bool whole) {
  const Curve curve = CurveOf(test);
  MESH_MUST(CheckShares(test));
  MESH_MUST(CheckShareSigner(test, "1"));
  MESH_MUST(CheckShareSigner(test, "3"));
  const auto commitment = crypto::CombinePublicKeys({curve, HexOf(test.at("Rp"), "1")},
                                                    {curve, HexOf(test.at("Rp"), "3")});
  MESH_MUST(AgreePoint("R", commitment, {curve, HexOf(test, "R")}));
  const Scalar k = Challenge(test, commitment->octets);
  MESH_MUST(AgreeScalar("k", k, Text(test, "k")));
  Scalar sum = Scalar::FromSmall(curve, 0);
  for (const std::string x : {"1", "3"}) {
    const Scalar part = ScalarFrom(curve, Text(test.at("r"), x)) + k * weigh(test, x);
    MESH_MUST(AgreeScalar("S" + x, part, Text(test.at("Sp"), x)));
    sum = sum + part;
  }
  if (!whole) return Verified();
  MESH_MUST(AgreeScalar("S", sum, Text(test, "S")));
  return CheckSignature(test, commitment->octets, sum);
}

Outcome CheckShamirSignature(const Case& test) {
  return CheckShareSignature(test, WeightedShare, true);
}

Outcome CheckShamirSignatureAsGenerated(const Case& test) {
  return CheckShareSignature(test, WeightedShareAsGenerated, false);
}

MESH_VECTOR_FILE(threshold_sign,
                 (Checkers{
                     {"threshold_sign_direct", CheckDirectSignature},
                     {"threshold_sign_shamir", CheckShamirSignature},
                     {"threshold_sign_shamir_as_generated", CheckShamirSignatureAsGenerated}}),
                 (Tally{.agreeing = 18, .skipped = 0}))

}  // namespace
}  // namespace mesh::conformance
