#include "common/crypto/udf_secret.h"

#include <gtest/gtest.h>

#include "common/base/bytes.h"
#include "common/crypto/udf.h"
#include "tests/support/hex.h"

namespace mesh::crypto {
namespace {

class CountingRandom final : public RandomSource {
 public:
  void Fill(std::span<uint8_t> out) override {
    for (uint8_t& octet : out) octet = next_++;
  }

 private:
  uint8_t next_ = 1;
};

// --- Derivation ---------------------------------------------------------------------

constexpr char kX25519Seed[] = "ZAAA-CDJ5-DHPA-DUUW-WIPQ-UXNC-DSAR-U7A";

TEST(DeriveTest, KeyOfTheDraft) {
  EXPECT_EQ(ToHex(*DeriveSeed(kX25519Seed, Curve::kX25519)),
            "e72239e1ab77ac9cb46aa01227689e2814602fa87608385ed5e65de70cc842e8");
}

TEST(DeriveTest, NameFormAndCurveGiveOtherKeys) {
  const std::string plain = *DeriveSeed(kX25519Seed, Curve::kX25519);
  EXPECT_NE(*DeriveSeed(kX25519Seed, Curve::kX25519, "Sign"), plain);
  EXPECT_NE(*DeriveSeed(kX25519Seed, Curve::kX25519, "", DerivationForm::kInfo), plain);
  EXPECT_EQ(DeriveSeed(kX25519Seed, Curve::kEd448)->size(), 56u);
}

TEST(DeriveTest, KeyIsTheOneOfTheSeed) {
  const auto key = DeriveKey(kX25519Seed, Curve::kX25519, "Encrypt");
  EXPECT_EQ(key->seed(), *DeriveSeed(kX25519Seed, Curve::kX25519, "Encrypt"));
}

TEST(DeriveTest, OtherUdfsAreRefused) {
  EXPECT_EQ(DeriveSeed("NC6X-EVQA-M7FV", Curve::kX448).status().code(), Code::kInvalidArgument);
  EXPECT_FALSE(DeriveKey("", Curve::kX448).ok());
  EXPECT_FALSE(DeriveKey("ZAAA-C", Curve::kX448).ok()) << "a specifier without a seed";
}

TEST(DeriveTest, SeedForAnyAlgorithmGivesWhatIsAskedFor) {
  CountingRandom random;
  const std::string any = NewKeySeedUdf(KeyAlgorithm::kAny, random);
  EXPECT_EQ(any.substr(0, 5), "ZAAA-");
  EXPECT_TRUE(DeriveSeed(any, Curve::kEd448).ok());
  EXPECT_EQ(DeriveNistScalar(any, KeyAlgorithm::kP256)->size(), 32u);
  EXPECT_EQ(DeriveNistScalar(any, KeyAlgorithm::kP521)->size(), 66u);
}

TEST(DeriveTest, NistKeyOfTheDraft) {
  constexpr char kSeed[] = "ZAAA-LLBO-4A4E-LFMH-EJ73-XVFG-7PZ5-V7Y";
  const auto key = DeriveNistScalar(kSeed, KeyAlgorithm::kP256);
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(key->size(), 32u);
  EXPECT_FALSE(DeriveNistScalar(kSeed, KeyAlgorithm::kP384).ok()) << "the seed says P-256";
  EXPECT_FALSE(DeriveNistScalar(kSeed, KeyAlgorithm::kX448).ok());
}

TEST(DeriveTest, RsaPrimesAreOddAndNotBelowWhatWasDerived) {
  constexpr char kSeed[] = "ZAAA-RJ5I-OSMI-X2KH-MBHX-KUPB-OC54-NQI";
  const auto primes = DeriveRsaPrimes(kSeed, KeyAlgorithm::kRsa2048, 256);
  ASSERT_TRUE(primes.ok());
  const std::string derived =
      Unhex("92d4dafac422db17b00493c6f1d27aaf346f6998541af5f3e3edda98f564ee6a");
  EXPECT_GE(primes->p, derived);
  EXPECT_EQ(primes->p.substr(0, 30), derived.substr(0, 30));
  EXPECT_NE(primes->p, primes->q);
  EXPECT_FALSE(DeriveRsaPrimes(kSeed, KeyAlgorithm::kRsa4096, 256).ok());
  EXPECT_FALSE(DeriveRsaPrimes(kSeed, KeyAlgorithm::kP256, 256).ok());
}

// --- Shares -------------------------------------------------------------------------

const std::string kSecret = Unhex("ca65a13057259156b96f32d017f0a25a");

TEST(ShareTest, AnyThresholdOfSharesRecovers) {
  const auto shares = SplitSecret(kSecret, 3, 5, SystemRandom());
  ASSERT_EQ(shares->size(), 5u);
  EXPECT_EQ(*RecoverSecret({(*shares)[0], (*shares)[1], (*shares)[2]}), kSecret);
  EXPECT_EQ(*RecoverSecret({(*shares)[4], (*shares)[0], (*shares)[2]}), kSecret);
  EXPECT_EQ(*RecoverSecret(*shares), kSecret);
}

TEST(ShareTest, OneOfOneIsTheSecretAndSixteenWork) {
  EXPECT_EQ(*RecoverSecret(*SplitSecret(kSecret, 1, 1, SystemRandom())), kSecret);
  EXPECT_EQ(*RecoverSecret(*SplitSecret(kSecret, 15, 16, SystemRandom())), kSecret);
}

TEST(ShareTest, EveryLengthOfSecret) {
  for (size_t size = 4; size <= kShareSecretBytesMax; size += 4) {
    const std::string secret(size, '\xff');
    EXPECT_EQ(*RecoverSecret(*SplitSecret(secret, 2, 3, SystemRandom())), secret) << size;
  }
}

TEST(ShareTest, ZerosAtTheFrontSurvive) {
  const std::string secret(16, '\0');
  EXPECT_EQ(*RecoverSecret(*SplitSecret(secret, 2, 2, SystemRandom())), secret);
}

TEST(ShareTest, TooFewTwiceAndUnlikeSharesAreRefused) {
  const auto shares = SplitSecret(kSecret, 2, 3, SystemRandom());
  const auto others = SplitSecret(std::string(8, 's'), 2, 3, SystemRandom());
  EXPECT_EQ(RecoverSecret({}).status().code(), Code::kInvalidArgument);
  EXPECT_FALSE(RecoverSecret({(*shares)[0]}).ok());
  EXPECT_FALSE(RecoverSecret({(*shares)[0], (*shares)[0]}).ok());
  EXPECT_FALSE(RecoverSecret({(*shares)[0], (*others)[1]}).ok());
  EXPECT_FALSE(RecoverSecret({(*shares)[0], "NC6X-EVQA-M7FV-F7LJ"}).ok());
  EXPECT_FALSE(RecoverSecret({(*shares)[0], "not a share"}).ok());
}

TEST(ShareTest, SharesOfImpossibleShapeAreRefused) {
  EXPECT_FALSE(RecoverSecret({FormatUdf(UdfType::kShare, "\x10")}).ok()) << "no value";
  EXPECT_FALSE(RecoverSecret({FormatUdf(UdfType::kShare,
                                        "\x10"
                                        "abc")})
                   .ok())
      << "no whole word";
  EXPECT_FALSE(RecoverSecret({FormatUdf(UdfType::kShare, std::string("\0abcd", 5))}).ok());
  EXPECT_FALSE(RecoverSecret({FormatUdf(UdfType::kShare, "\x10" + std::string(68, 'v'))}).ok());
}

TEST(ShareTest, SecretsAndNumbersBeyondTheLimitsAreRefused) {
  EXPECT_FALSE(SplitSecret("", 2, 3, SystemRandom()).ok());
  EXPECT_FALSE(SplitSecret("abc", 2, 3, SystemRandom()).ok());
  EXPECT_FALSE(SplitSecret(std::string(68, 's'), 2, 3, SystemRandom()).ok());
  EXPECT_FALSE(SplitSecret(kSecret, 0, 3, SystemRandom()).ok());
  EXPECT_FALSE(SplitSecret(kSecret, 4, 3, SystemRandom()).ok());
  EXPECT_FALSE(SplitSecret(kSecret, 16, 16, SystemRandom()).ok());
  EXPECT_FALSE(SplitSecret(kSecret, 2, 17, SystemRandom()).ok());
}

}  // namespace
}  // namespace mesh::crypto
