#include "common/crypto/keys.h"

#include <gtest/gtest.h>

#include "common/base/bytes.h"
#include "common/crypto/key_agreement.h"
#include "tests/support/hex.h"

namespace mesh::crypto {
namespace {

constexpr Curve kCurves[] = {Curve::kEd25519, Curve::kEd448, Curve::kX25519, Curve::kX448};

std::string CountingSeed(size_t size) {
  std::string seed(size, '\0');
  for (size_t i = 0; i < size; ++i) seed[i] = static_cast<char>(i);
  return seed;
}

PrivateKey KeyOf(Curve curve, char fill) {
  return *PrivateKey::FromSeed(curve, std::string(SeedBytes(curve), fill));
}

// Gives octets that a test foresees.
class CountingRandom final : public RandomSource {
 public:
  void Fill(std::span<uint8_t> out) override {
    for (uint8_t& octet : out) octet = next_++;
  }

 private:
  uint8_t next_ = 0;
};

class KeysTest : public testing::TestWithParam<Curve> {};
INSTANTIATE_TEST_SUITE_P(Curves, KeysTest, testing::ValuesIn(kCurves),
                         [](const auto& param) { return std::string(CurveName(param.param)); });

TEST(CurveTest, NamesAreReadBackAndOthersAreNot) {
  for (const Curve curve : kCurves) EXPECT_EQ(CurveFromName(CurveName(curve)), curve);
  EXPECT_EQ(CurveFromName("ed448"), std::nullopt);
  EXPECT_EQ(CurveFromName("P-256"), std::nullopt);
}

TEST(PrivateKeyTest, Ed448SeedOf56OctetsIsHashedAsItIs) {
  EXPECT_EQ(ToHex(PrivateKey::FromSeed(Curve::kEd448, CountingSeed(56))->public_key().octets),
            "47d9cc9dd06577669a2e03e3fd2d74eb446a0ff1d254a36865f6f632ea7c1732"
            "21f08305fdd4bac3f5609c7868d053659418fd7899897c1880");
}

// RFC 8032 §7.4, "Blank".
TEST(PrivateKeyTest, Ed448SeedOf57OctetsIsTheRfcs) {
  const auto key = PrivateKey::FromSeed(
      Curve::kEd448, Unhex("6c82a562cb808d10d632be89c8513ebf6c929f34ddfa8c9f63c9960ef6e348a3"
                           "528c8a3fcc2f044e39a3fc5b94492f8f032e7549a20098f95b"));
  EXPECT_EQ(ToHex(key->public_key().octets),
            "5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d80e96778"
            "edf124769b46c7061bd6783df1e50f6cd1fa1abeafe8256180");
}

TEST(PrivateKeyTest, XKeysEndWithTheParityOfV) {
  EXPECT_EQ(ToHex(PrivateKey::FromSeed(Curve::kX448, CountingSeed(56))->public_key().octets),
            "3c6fd1d02960e0d9e93308fc65736141c30db307977f81b7b10996e51e53f573"
            "e5c86621205ff491209d3b7cd7933428177ba4defae14dc180");
  EXPECT_EQ(ToHex(PrivateKey::FromSeed(Curve::kX25519, CountingSeed(32))->public_key().octets),
            "8f40c5adb68f25624ae5b214ea767a6ec94d829d3d7b5e1ad1ba6f3e2138285f00");
}

TEST_P(KeysTest, GeneratedKeyIsTheOneOfItsSeed) {
  CountingRandom random;
  const PrivateKey key = PrivateKey::Generate(GetParam(), random);
  EXPECT_EQ(key.seed(), CountingSeed(SeedBytes(GetParam())));
  EXPECT_EQ(key.public_key(), PrivateKey::FromSeed(GetParam(), key.seed())->public_key());
  EXPECT_TRUE(CheckPublicKey(key.public_key()).ok());
  EXPECT_FALSE(key.composite());
}

TEST_P(KeysTest, SeedOfAnotherLengthIsRefused) {
  const size_t size = SeedBytes(GetParam());
  EXPECT_EQ(PrivateKey::FromSeed(GetParam(), std::string(size - 1, 's')).status().code(),
            Code::kInvalidArgument);
  EXPECT_FALSE(PrivateKey::FromSeed(GetParam(), std::string(size + 2, 's')).ok());
  EXPECT_FALSE(PrivateKey::FromSeed(GetParam(), "").ok());
}

TEST_P(KeysTest, PublicKeyNeedsItsLength) {
  const std::string octets(PublicKeyBytes(GetParam()), '\0');
  EXPECT_TRUE(ParsePublicKey(GetParam(), octets).ok());
  EXPECT_FALSE(ParsePublicKey(GetParam(), octets + '\0').ok());
  EXPECT_FALSE(ParsePublicKey(GetParam(), octets.substr(1)).ok());
}

TEST(PublicKeyTest, XKeyNeedsAParityOctet) {
  std::string octets(57, '\0');
  octets.back() = '\x80';
  EXPECT_TRUE(ParsePublicKey(Curve::kX448, octets).ok());
  octets.back() = '\x01';
  EXPECT_FALSE(ParsePublicKey(Curve::kX448, octets).ok());
}

TEST_P(KeysTest, CompositeOfPrivateKeysBelongsToTheCompositeOfPublicOnes) {
  const PrivateKey a = KeyOf(GetParam(), 'a');
  const PrivateKey b = KeyOf(GetParam(), 'b');
  const auto key = CombinePrivateKeys(a, b);
  EXPECT_TRUE(key->composite());
  EXPECT_EQ(key->public_key(), *CombinePublicKeys(a.public_key(), b.public_key()));
}

TEST_P(KeysTest, AKeyCombinesWithItself) {
  const PrivateKey a = KeyOf(GetParam(), 'a');
  EXPECT_EQ(CombinePrivateKeys(a, a)->public_key(),
            *CombinePublicKeys(a.public_key(), a.public_key()));
}

TEST_P(KeysTest, SplittingUndoesCombining) {
  const PrivateKey a = KeyOf(GetParam(), 'a');
  const PrivateKey b = KeyOf(GetParam(), 'b');
  EXPECT_EQ(SplitPrivateKey(*CombinePrivateKeys(a, b), b)->public_key(), a.public_key());
}

TEST_P(KeysTest, KeysThatCancelAreRefused) {
  const PrivateKey a = KeyOf(GetParam(), 'a');
  const Scalar minus = Scalar::FromSmall(GetParam(), 0) - a.scalar();
  const auto negative = PrivateKey::FromScalar(GetParam(), minus);
  EXPECT_FALSE(CombinePrivateKeys(a, *negative).ok());
  EXPECT_FALSE(CombinePublicKeys(a.public_key(), negative->public_key()).ok());
  EXPECT_FALSE(SplitPrivateKey(a, a).ok());
}

TEST(PrivateKeyTest, KeysOfDifferentCurvesDoNotMix) {
  const PrivateKey ed = KeyOf(Curve::kEd448, 'a');
  const PrivateKey x = KeyOf(Curve::kX448, 'a');
  EXPECT_FALSE(CombinePrivateKeys(ed, x).ok());
  EXPECT_FALSE(CombinePublicKeys(ed.public_key(), x.public_key()).ok());
  EXPECT_FALSE(SplitPrivateKey(ed, x).ok());
  EXPECT_FALSE(PrivateKey::FromScalar(Curve::kX25519, x.scalar()).ok());
}

TEST(PrivateKeyTest, ZeroIsNoPrivateKey) {
  EXPECT_FALSE(PrivateKey::FromScalar(Curve::kX448, Scalar::FromSmall(Curve::kX448, 0)).ok());
}

TEST(PrivateKeyTest, MovingLeavesNoSecretBehindAndCloningKeepsIt) {
  PrivateKey key = KeyOf(Curve::kX448, 'k');
  const PrivateKey copy = key.Clone();
  const PrivateKey moved = std::move(key);
  EXPECT_EQ(copy.seed(), moved.seed());
  EXPECT_EQ(key.seed(), "");  // NOLINT(bugprone-use-after-move): what is left is the point.
  EXPECT_TRUE(key.scalar().IsZero());
}

// --- Scalars ----------------------------------------------------------------------

const std::string kOrder448 = Unhex(
    "f34458ab92c27823558fc58d72c26c219036d6ae49db4ec4e923ca7c"
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffff3f");

TEST(ScalarTest, OrderIsZeroAndOneLessIsTheLargest) {
  std::string largest = kOrder448;
  --largest[0];
  EXPECT_TRUE(Scalar::Reduce(Curve::kX448, kOrder448).IsZero());
  EXPECT_EQ(Scalar::FromOctets(Curve::kX448, largest)->octets(), largest);
  EXPECT_EQ(Scalar::FromOctets(Curve::kX448, kOrder448).status().code(), Code::kInvalidArgument);
}

TEST(ScalarTest, ShortAndLongFormsOfOneNumberAreEqual) {
  const Scalar seven = Scalar::FromSmall(Curve::kEd448, 7);
  EXPECT_EQ(*Scalar::FromOctets(Curve::kEd448, "\x07"), seven);
  EXPECT_EQ(*Scalar::FromOctets(Curve::kEd448, "\x07" + std::string(56, '\0')), seven);
  EXPECT_FALSE(Scalar::FromOctets(Curve::kEd448, std::string(56, '\0') + "\x01").ok());
}

TEST_P(KeysTest, ScalarsObeyTheRulesOfAField) {
  const Scalar a = KeyOf(GetParam(), 'a').scalar();
  const Scalar b = KeyOf(GetParam(), 'b').scalar();
  const Scalar c = KeyOf(GetParam(), 'c').scalar();
  EXPECT_EQ((a + b) * c, a * c + b * c);
  EXPECT_EQ(a - b + b, a);
  EXPECT_EQ(a * a.Inverse(), Scalar::FromSmall(GetParam(), 1));
  EXPECT_TRUE((a - a).IsZero());
  EXPECT_TRUE((a - a).Inverse().IsZero());
}

TEST(ScalarDeathTest, GroupsDoNotMix) {
  const Scalar a = Scalar::FromSmall(Curve::kX448, 1);
  const Scalar b = Scalar::FromSmall(Curve::kX25519, 1);
  EXPECT_DEATH(static_cast<void>(a + b), "check failed");
}

}  // namespace
}  // namespace mesh::crypto
