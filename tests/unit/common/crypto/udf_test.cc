#include "common/crypto/udf.h"

#include <gtest/gtest.h>

#include "common/base/bytes.h"
#include "common/crypto/mac.h"
#include "tests/support/hex.h"

namespace mesh::crypto {
namespace {

class FixedRandom final : public RandomSource {
 public:
  void Fill(std::span<uint8_t> out) override {
    for (uint8_t& octet : out) octet = 0xff;
  }
};

std::string DataOf(const std::string& text) { return ParseUdf(text)->data; }

// --- Text ---------------------------------------------------------------------------

TEST(UdfTest, TextIsReadWhateverItsCaseAndDashes) {
  const auto udf = ParseUdf("NC6X-EVQA-M7FV-F7LJ-FFHY-SMDY-UACA");
  EXPECT_EQ(udf->type, 104);
  EXPECT_EQ(ToHex(udf->data),
            "bd72560067cb52fd69294f893078a00"
            "4");
  EXPECT_EQ(ParseUdf("nc6xevqam7fvf7ljffhysmdyuaca")->data, udf->data);
  EXPECT_EQ(ParseUdf("N-C6XEVQA-M7FVF7LJ-FFHYSMDYUACA")->data, udf->data);
}

TEST(UdfTest, LastBitsThatFillNoOctetDoNotCount) {
  EXPECT_EQ(DataOf("NC6X-EVQA-M7FV-F7LJ-FFHY-SMDY-UACB"),
            DataOf("NC6X-EVQA-M7FV-F7LJ-FFHY-SMDY-UACA"));
}

TEST(UdfTest, OtherCharactersAreRefusedWithTheirPlace) {
  const auto udf = ParseUdf("NC6X-EVQ0");
  EXPECT_EQ(udf.status().code(), Code::kInvalidArgument);
  EXPECT_NE(udf.status().message().find("character 8"), std::string::npos);
  EXPECT_FALSE(ParseUdf("NC6X EVQA").ok());
  EXPECT_FALSE(ParseUdf("NC6X=").ok());
}

TEST(UdfTest, FewerThanTwoOctetsAreNoUdf) {
  EXPECT_FALSE(ParseUdf("").ok());
  EXPECT_FALSE(ParseUdf("MB").ok());
  EXPECT_TRUE(ParseUdf("MB5A").ok());
}

TEST(UdfTest, TypeIsCheckedWhereOneIsNeeded) {
  EXPECT_TRUE(ParseUdf("NC6X-EVQA", UdfType::kNonce).ok());
  EXPECT_FALSE(ParseUdf("NC6X-EVQA", UdfType::kShare).ok());
}

TEST(UdfTest, CanonicalFormIsUpperCaseInGroups) {
  EXPECT_EQ(*CanonicalUdf("nc6xe-vqam7f"), "NC6X-EVQA-M7F");
  EXPECT_FALSE(CanonicalUdf("nc6x evqa").ok());
}

// --- Digests ------------------------------------------------------------------------

TEST(UdfTest, ContentDigestOfTheDraft) {
  EXPECT_EQ(ContentDigestUdf("UDF Content Data", "text/plain"),
            "MB5S-R4AJ-3FBT-7NHO-T26Z-2E6Y-WFH4");
  EXPECT_NE(ContentDigestUdf("UDF Content Data", "text/html"),
            "MB5S-R4AJ-3FBT-7NHO-T26Z-2E6Y-WFH4");
}

TEST(UdfTest, LongerPrecisionContinuesTheShorter) {
  const std::string full = ContentDigestUdf("data", "text/plain", 520);
  EXPECT_EQ(full.size(), 104u + 25u);
  for (const size_t bits : {140u, 280u, 420u}) {
    const std::string cut = ContentDigestUdf("data", "text/plain", bits);
    EXPECT_EQ(full.substr(0, cut.size()), cut);
  }
}

TEST(UdfTest, Sha3DigestsBeginWithK) {
  EXPECT_EQ(ContentDigestUdf("data", "text/plain", kUdfBits, UdfDigest::kSha3)[0], 'K');
}

// The first decimal number whose digest ends in 20 zero bits.
TEST(UdfTest, TrailingZerosRaiseTheType) {
  const std::string rare = ContentDigestOctets("1473097", "text/plain");
  EXPECT_EQ(ToHex(rare.substr(61)), "3df00000");
  EXPECT_EQ(static_cast<uint8_t>(rare[0]), 97);
  EXPECT_EQ(static_cast<uint8_t>(ContentDigestOctets("1473098", "text/plain")[0]), 96);
}

// --- Keys ---------------------------------------------------------------------------

TEST(UdfTest, KeyInfoHasTheNullAndTheOctetString) {
  const PublicKey ed448{Curve::kEd448, std::string(57, 'k')};
  EXPECT_EQ(ToHex(KeyInfo(ed448)).substr(0, 38),
            "3047300706032b65710500033c000439"
            "6b6b6b");
  const PublicKey x448{Curve::kX448, std::string(57, 'k')};
  EXPECT_EQ(ToHex(KeyInfo(x448)).substr(0, 32), "3047300706032b656f0500033c000439");
  const PublicKey ed25519{Curve::kEd25519, std::string(32, 'k')};
  EXPECT_EQ(ToHex(KeyInfo(ed25519)).substr(0, 32), "302e300706032b657005000323000420");
  const PublicKey x25519{Curve::kX25519, std::string(33, 'k')};
  EXPECT_EQ(ToHex(KeyInfo(x25519)).substr(0, 32), "302f300706032b656e05000324000421");
}

TEST(UdfTest, KeyFingerprintAndObjectIdentifierOfTheDraft) {
  const PublicKey key{Curve::kEd25519, Unhex("3288599941d2d4e79ccf9e260738f9b9"
                                             "1e21c76c0071dd4209d990b64cdf820d")};
  EXPECT_EQ(KeyFingerprint(key), "MABG-IFIZ-EOYV-7EF6-FC54-JOAW-M3GT");
  EXPECT_EQ(ObjectIdentifierUdf(key).substr(0, 9), "OAYC-4MAH");
  EXPECT_EQ(KeyFingerprintOctets(key).size(), 64u);
  EXPECT_EQ(FormatUdf(96, KeyFingerprintOctets(key).substr(1), kUdfBits), KeyFingerprint(key));
}

TEST(UdfTest, AnotherKeyAnotherCurveAndAnotherTypeHaveOtherNames) {
  const PublicKey key{Curve::kEd448, std::string(57, 'k')};
  const PublicKey other{Curve::kEd448, std::string(57, 'j')};
  const PublicKey x448{Curve::kX448, std::string(57, 'k')};
  EXPECT_NE(KeyFingerprint(key), KeyFingerprint(other));
  EXPECT_NE(KeyFingerprint(key), KeyFingerprint(x448));
  EXPECT_NE(KeyFingerprint(key), KeyFingerprint(key, kUdfBits, "application/pkix-keyinfo"));
}

TEST(UdfTest, RsaKeysUseLongLengths) {
  const std::string info =
      RsaKeyInfo(std::string(256, '\xff'), "\x01" + std::string(1, '\0') + "\x01");
  EXPECT_EQ(ToHex(info).substr(0, 12),
            "308201223"
            "00d");
}

// --- Identifiers --------------------------------------------------------------------

TEST(UdfTest, EnvelopeIdsOfRealMessages) {
  EXPECT_EQ(EnvelopeId("NCSY-XI3N-AJRJ-2OWK-G7SI-B757-ARBQ"),
            "MDXK-RZJW-EWNX-2UPD-267T-6KAA-HAC3-VHDN-UUDG-KPAT-C3WH-TBKI-7H6E-OF5V");
  EXPECT_EQ(EnvelopeId("XP3F-7HEO-OYBH-SKCJ-EO7P-Q54P-6HED"),
            "MAED-GUSI-NZVB-C6RJ-X3F6-SIOP-T3IW-SCT6-LXFN-SEVO-C7AH-Y52J-7V5C-G4HR");
}

TEST(UdfTest, ResponseIdsOfRealMessages) {
  EXPECT_EQ(ResponseId("CIGO-WAFU-OAYI-PF7E-5L4H-DOG2-SY3Z"), "MBBF-56I6-ZZ4I-YUDO-S5F6-6L74-JX");
  EXPECT_EQ(ResponseId("XP3F-7HEO-OYBH-SKCJ-EO7P-Q54P-6HED"), "MAED-GUSI-NZVB-C6RJ-X3F6-SIOP-T3");
  EXPECT_EQ(EnvelopeId(ResponseId("NC6X-EVQA-M7FV-F7LJ-FFHY-SMDY-UACA")),
            "MDRG-BY3D-6HBF-B2TV-EIIG-LAFD-4KZM-RRYZ-FSPV-WLFA-VT6E-VGX3-T6YF-F55V");
}

TEST(UdfTest, IdentifiersAreOfTheTextAsItStands) {
  EXPECT_NE(EnvelopeId("nc6x-evqa-m7fv-f7lj-ffhy-smdy-uaca"),
            EnvelopeId("NC6X-EVQA-M7FV-F7LJ-FFHY-SMDY-UACA"));
}

// Octet 0x50, the type of a SHA-3 digest, is "K" and one of A to H... in base32.
TEST(UdfTest, ResponseToASha3IdentifierIsSha3) {
  EXPECT_EQ(ResponseId("KB5S-R4AJ-3FBT")[0], 'K');
  EXPECT_EQ(ResponseId("KI5S-R4AJ-3FBT")[0], 'M');
}

TEST(UdfTest, AnIdentifierThatIsNoUdfStillHasAResponse) {
  EXPECT_EQ(ResponseId("no udf at all!")[0], 'M');
}

// --- Secrets ------------------------------------------------------------------------

TEST(UdfTest, FreshNoncesAndSecretsHaveTheirTypeAndLength) {
  FixedRandom random;
  EXPECT_EQ(NewNonceUdf(random), "ND77-7777-7777-7777-7777-7777-7777");
  EXPECT_EQ(NewSecretUdf(random, 128), "ED77-7777-7777-7777-7777-7777-74");
  EXPECT_NE(NewNonceUdf(SystemRandom()), NewNonceUdf(SystemRandom()));
}

TEST(UdfTest, AuthenticatorOfTheDraft) {
  EXPECT_EQ(
      AuthenticatorUdf("UDF Content Data", "text/plain", "NC6X-EVQA-M7FV-F7LJ-FFHY-SMDY-UACA"),
      "ADRU-4UV2-EGB2-7QW5-DKZZ-GDGJ-42YC");
}

TEST(UdfTest, EarlIsFoundByTheDigestOfItsText) {
  EXPECT_EQ(EarlLocatorId("EBXI-SDDC-QJME-B3DV-DSSR-PP7V-QBVF-EG"),
            "MA7I-5WGZ-NT4U-2UXI-KEP7-LYNV-JJUP-YJJB-D5UM-PYA6-PQW5-WTHS-2WD4-BZFN");
}

class ClaimTest : public testing::Test {
 protected:
  const std::string secret_ = DataOf("EAML-INHA-2635-5SKT-46SH-XKSL-HAZA");
  const std::string authenticator_ = ServiceAuthenticator(secret_);
  const std::string claim_ = ClaimAuthenticator(DataOf(authenticator_), "alice@example.com");
};

TEST_F(ClaimTest, SecretGivesNameAuthenticatorAndClaim) {
  EXPECT_EQ(SymmetricKeyId(secret_), "EBQM-GBQ2-EC2T-DLQI-YVQW-NWJR-PMXM");
  EXPECT_EQ(authenticator_, "EBOO-3WEI-RN4Q-H5FS-6FFF-GEM2-M6SG-G55M-PYHJ-PRJ7-BGGF-HDRA-QD4G-E");
  EXPECT_EQ(claim_, "AAMK-DOFP-7ZUP-R4PA-AYUQ-MDNU-GZM5");
  EXPECT_NE(DeviceAuthenticator(secret_), authenticator_);
}

TEST_F(ClaimTest, ClaimOfTheAccountPasses) {
  EXPECT_TRUE(VerifyClaim(claim_, authenticator_, "alice@example.com"));
}

TEST_F(ClaimTest, ClaimsOfOthersFail) {
  EXPECT_FALSE(VerifyClaim(claim_, authenticator_, "mallet@example.com"));
  EXPECT_FALSE(VerifyClaim(claim_, DeviceAuthenticator(secret_), "alice@example.com"));
  EXPECT_FALSE(
      VerifyClaim("AAMK-DOFP-7ZUP-R4PA-AYUQ-MDNU-GZE5", authenticator_, "alice@example.com"));
}

TEST_F(ClaimTest, ClaimsThatShowTooLittleFail) {
  EXPECT_FALSE(VerifyClaim("AAMK-DOFP-7ZUP-R4PA", authenticator_, "alice@example.com"));
  EXPECT_FALSE(VerifyClaim("", authenticator_, "alice@example.com"));
  EXPECT_FALSE(VerifyClaim("no udf", authenticator_, "alice@example.com"));
}

TEST_F(ClaimTest, ClaimsOfAnotherTypeOrTooLongFail) {
  EXPECT_FALSE(VerifyClaim("E" + claim_.substr(1), authenticator_, "alice@example.com"));
  const Digest512 mac = HmacSha512(DataOf(authenticator_), "alice@example.com");
  EXPECT_TRUE(
      VerifyClaim(FormatUdf(UdfType::kAuthenticator, mac), authenticator_, "alice@example.com"));
  EXPECT_FALSE(VerifyClaim(FormatUdf(UdfType::kAuthenticator, std::string(mac.view()) + "more"),
                           authenticator_, "alice@example.com"));
}

TEST(UdfTest, StrongNamesCarryTheFingerprintInLowerCase) {
  EXPECT_EQ(*CompatibleStrongName("alice@example.com", "MB5S-R4AJ"),
            "alice@mm--mb5s-r4aj.example.com");
  EXPECT_EQ(*StrongName("alice@example.com", "MB5S-R4AJ"), "alice@example.com.mm--mb5s-r4aj");
}

TEST(UdfTest, WhatIsNoAddressHasNoStrongName) {
  for (const char* address : {"", "alice", "@example.com", "alice@", "a@b@c"}) {
    EXPECT_FALSE(CompatibleStrongName(address, "MB5S").ok()) << address;
    EXPECT_FALSE(StrongName(address, "MB5S").ok()) << address;
  }
}

}  // namespace
}  // namespace mesh::crypto
