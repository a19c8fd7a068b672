#include "common/crypto/key_agreement.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "common/base/bytes.h"
#include "common/crypto/openssl_ptr.h"
#include "tests/support/hex.h"

namespace mesh::crypto {
namespace {

std::string CountingSeed(size_t size) {
  std::string seed(size, '\0');
  for (size_t i = 0; i < size; ++i) seed[i] = static_cast<char>(i);
  return seed;
}

class KeyAgreementTest : public testing::TestWithParam<Curve> {
 protected:
  Curve curve() const { return GetParam(); }
  std::string SmallU(uint8_t u) const {
    std::string octets(CoordinateBytes(curve()), '\0');
    octets[0] = static_cast<char>(u);
    return octets;
  }
  PublicKey SmallPoint(uint8_t u, char parity = '\0') const {
    return {curve(), SmallU(u) + parity};
  }
  std::string Prime() const {
    return Is448(curve()) ? std::string(28, '\xff') + "\xfe" + std::string(27, '\xff')
                          : "\xed" + std::string(30, '\xff') + "\x7f";
  }
  // A u of the twist alone, and one on the curve whose point is not of prime order.
  uint8_t TwistU() const { return Is448(curve()) ? 6 : 2; }
  uint8_t MixedU() const { return Is448(curve()) ? 2 : 4; }

  const PrivateKey key_ = *PrivateKey::FromSeed(curve(), CountingSeed(SeedBytes(curve())));
};
INSTANTIATE_TEST_SUITE_P(Curves, KeyAgreementTest, testing::Values(Curve::kX448, Curve::kX25519),
                         [](const auto& param) { return std::string(CurveName(param.param)); });

// RFC 7748 §5.2.
TEST(X448Test, KnownAnswer) {
  const auto key = PrivateKey::FromSeed(
      Curve::kX448, Unhex("3d262fddf9ec8e88495266fea19a34d28882acef045104d0d1aae121"
                          "700a779c984c24f8cdd78fbff44943eba368f54b29259a4f1c600ad3"));
  const auto shared =
      Agree(*key, Unhex("06fce640fa3487bfda5f6cf2d5263f8aad88334cbd07437f020f08f9"
                        "814dc031ddbdc38c19c6da2583fa5429db94ada18aa7a7fb4ef8a086"));
  EXPECT_EQ(ToHex(*shared),
            "ce3e4ff95a60dc6697da1db1d85e6afbdf79b50a2412d7546d5f239f"
            "e14fbaadeb445fc66a01b0779d98223961111e21766282f73dd96b6f");
}

TEST(X25519Test, KnownAnswer) {
  const auto key = PrivateKey::FromSeed(
      Curve::kX25519, Unhex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"));
  const auto shared =
      Agree(*key, Unhex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"));
  EXPECT_EQ(ToHex(*shared), "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
}

TEST_P(KeyAgreementTest, BothSidesGetTheSameAndTheParityOctetIsNotUsed) {
  const PrivateKey other = PrivateKey::Generate(curve());
  const std::string shared = *Agree(key_, other.public_key().octets);
  EXPECT_EQ(shared.size(), CoordinateBytes(curve()));
  EXPECT_EQ(*Agree(other, key_.public_key().octets), shared);
  EXPECT_EQ(*Agree(key_, other.public_key().coordinate()), shared);
}

TEST_P(KeyAgreementTest, CompositeKeyAgreesLikeTheSumOfItsParts) {
  const PrivateKey part = PrivateKey::Generate(curve());
  const PrivateKey both = *CombinePrivateKeys(key_, part);
  const PrivateKey peer = PrivateKey::Generate(curve());
  EXPECT_EQ(*Agree(both, peer.public_key().octets), *Agree(peer, both.public_key().octets));
}

TEST_P(KeyAgreementTest, PeersOfSmallOrderAreRefused) {
  const PrivateKey composite = *PrivateKey::FromScalar(curve(), key_.scalar());
  for (const uint8_t u : {0, 1}) {
    EXPECT_EQ(Agree(key_, SmallU(u)).status().code(), Code::kInvalidArgument) << int{u};
    EXPECT_EQ(Agree(composite, SmallU(u)).status().code(), Code::kInvalidArgument) << int{u};
  }
}

// A peer adds a point of small order to its key; what comes back tells it nothing.
TEST_P(KeyAgreementTest, CompositeKeyClearsTheCofactor) {
  const Scalar one = Scalar::FromSmall(curve(), 1);
  std::string first;
  for (const uint64_t low : {0, 1, 2, 3, 4, 5, 6, 7}) {
    const Scalar scalar = key_.scalar() + one * Scalar::FromSmall(curve(), low);
    const PrivateKey composite = *PrivateKey::FromScalar(curve(), scalar);
    const std::string shared = *Agree(composite, SmallU(MixedU()));
    // MixedU's point without its small part, by dividing and multiplying by the cofactor.
    const auto cleared = Agree(*PrivateKey::FromScalar(curve(), one), SmallU(MixedU()));
    const auto point = FromCoordinate(curve(), *cleared);
    EXPECT_EQ(MultiplyPoint(scalar, *point)->coordinate(), shared) << low;
  }
}

TEST_P(KeyAgreementTest, PeersThatAreNoCanonicalCoordinateAreRefused) {
  EXPECT_FALSE(Agree(key_, Prime()).ok());
  EXPECT_FALSE(Agree(key_, std::string(CoordinateBytes(curve()), '\xff')).ok());
  EXPECT_FALSE(Agree(key_, "").ok());
  EXPECT_FALSE(Agree(key_, std::string(CoordinateBytes(curve()) - 1, '\x09')).ok());
  EXPECT_FALSE(Agree(key_, std::string(CoordinateBytes(curve()) + 2, '\x09')).ok());
}

TEST_P(KeyAgreementTest, PublicKeysThatArePointsOfPrimeOrderPass) {
  EXPECT_TRUE(CheckPublicKey(key_.public_key()).ok());
  PublicKey negative = key_.public_key();
  negative.octets.back() = static_cast<char>(negative.octets.back() ^ '\x80');
  EXPECT_TRUE(CheckPublicKey(negative).ok());
}

TEST_P(KeyAgreementTest, PublicKeysThatAreNoSuchPointsFail) {
  EXPECT_FALSE(CheckPublicKey(SmallPoint(TwistU())).ok());
  EXPECT_FALSE(CheckPublicKey(SmallPoint(MixedU())).ok());
  EXPECT_FALSE(CheckPublicKey(SmallPoint(0)).ok());
  EXPECT_FALSE(CheckPublicKey(SmallPoint(0, '\x80')).ok());
  EXPECT_FALSE(CheckPublicKey(SmallPoint(1)).ok());
  EXPECT_FALSE(CheckPublicKey({curve(), Prime() + '\0'}).ok());
  PublicKey odd_end = key_.public_key();
  odd_end.octets.back() = '\x01';
  EXPECT_FALSE(CheckPublicKey(odd_end).ok());
  EXPECT_FALSE(CheckPublicKey({curve(), std::string(key_.public_key().coordinate())}).ok());
}

TEST_P(KeyAgreementTest, MultiplicationIsNotClamped) {
  const Scalar small = Scalar::FromSmall(curve(), 12345678901234567890u);
  EXPECT_EQ(ToHex(MultiplyPoint(small, key_.public_key())->octets),
            Is448(curve()) ? "c0a41c140c1d03b47907662f8c30309550c9ad64508a1d4510c85254b1646eef"
                             "b69bd39f174a5b14648f3c64be14b2a6f1eb0394287cc94b80"
                           : "47a53bb5b189d36d6ef7dd56cf56ab3b695a686619d6414bf7c358186069394c00");
}

TEST_P(KeyAgreementTest, MinusOneTurnsThePointAround) {
  const Scalar one = Scalar::FromSmall(curve(), 1);
  PublicKey negative = key_.public_key();
  negative.octets.back() = static_cast<char>(negative.octets.back() ^ '\x80');
  EXPECT_EQ(*MultiplyPoint(one - one - one, key_.public_key()), negative);
  EXPECT_EQ(*MultiplyPoint(one, key_.public_key()), key_.public_key());
}

TEST_P(KeyAgreementTest, SharesOfAMultiplicationAddUp) {
  const Scalar share = PrivateKey::Generate(curve()).scalar();
  const PublicKey point = PrivateKey::Generate(curve()).public_key();
  const auto ours = MultiplyPoint(share, point);
  const auto theirs = MultiplyPoint(key_.scalar() - share, point);
  EXPECT_EQ(*CombinePublicKeys(*ours, *theirs), *MultiplyPoint(key_.scalar(), point));
  EXPECT_EQ(MultiplyPoint(key_.scalar(), point)->coordinate(), *Agree(key_, point.octets));
}

TEST_P(KeyAgreementTest, MultiplicationRefusesBadPointsZeroAndOtherGroups) {
  const Curve other = Is448(curve()) ? Curve::kX25519 : Curve::kX448;
  EXPECT_FALSE(MultiplyPoint(key_.scalar(), SmallPoint(MixedU())).ok());
  EXPECT_FALSE(MultiplyPoint(Scalar::FromSmall(curve(), 0), key_.public_key()).ok());
  EXPECT_FALSE(MultiplyPoint(Scalar::FromSmall(other, 1), key_.public_key()).ok());
}

TEST_P(KeyAgreementTest, ACoordinateAloneGetsAnEvenV) {
  const auto lifted = FromCoordinate(curve(), key_.public_key().coordinate());
  EXPECT_EQ(lifted->coordinate(), key_.public_key().coordinate());
  EXPECT_EQ(lifted->octets.back(), '\0');
  EXPECT_FALSE(FromCoordinate(curve(), SmallU(TwistU())).ok());
  EXPECT_FALSE(FromCoordinate(curve(), "short").ok());
}

std::string OpensslAgreement(const PrivateKey& key, const PublicKey& peer) {
  const int type = Is448(key.curve()) ? EVP_PKEY_X448 : EVP_PKEY_X25519;
  const EvpPkeyPtr ours(
      EVP_PKEY_new_raw_private_key(type, nullptr, Octets(key.seed()), key.seed().size()));
  const EvpPkeyPtr theirs(EVP_PKEY_new_raw_public_key(type, nullptr, Octets(peer.coordinate()),
                                                      peer.coordinate().size()));
  const EvpPkeyCtxPtr context(EVP_PKEY_CTX_new(ours.get(), nullptr));
  std::string shared(CoordinateBytes(key.curve()), '\0');
  size_t size = shared.size();
  EXPECT_EQ(EVP_PKEY_derive_init(context.get()), 1);
  EXPECT_EQ(EVP_PKEY_derive_set_peer(context.get(), theirs.get()), 1);
  EXPECT_EQ(EVP_PKEY_derive(context.get(), Octets(shared), &size), 1);
  return shared;
}

TEST_P(KeyAgreementTest, OpensslAgreesWithSeedAndCompositeKeys) {
  for (int i = 0; i < 20; ++i) {
    const PrivateKey key = PrivateKey::Generate(curve());
    const PrivateKey composite = *PrivateKey::FromScalar(curve(), key.scalar());
    const PublicKey peer = PrivateKey::Generate(curve()).public_key();
    const std::string expected = OpensslAgreement(key, peer);
    EXPECT_EQ(*Agree(key, peer.octets), expected);
    EXPECT_EQ(*Agree(composite, peer.octets), expected);
  }
}

// --- Ed points ----------------------------------------------------------------------

class EdPointTest : public testing::TestWithParam<Curve> {};
INSTANTIATE_TEST_SUITE_P(Curves, EdPointTest, testing::Values(Curve::kEd448, Curve::kEd25519),
                         [](const auto& param) { return std::string(CurveName(param.param)); });

std::string SevenTimesBase(Curve curve) {
  return Is448(curve) ? Unhex(
                            "7f37acad3f0de2095c2b9766e834b7bb403c7a68d8c9842ffd46397b0ef578ca"
                            "400ed079717e419475b88335b2bc73739c69fd903cdade7d80")
                      : Unhex("b862409fb5c4c4123df2abf7462b88f041ad36dd6864ce872fd5472be363c5b1");
}

// The same plus the point of order two.
std::string SevenTimesBaseMixed(Curve curve) {
  return Is448(curve) ? Unhex(
                            "80c85352c0f21df6a3d4689917cb4844bfc3859727367bd002b9c684f00a8735"
                            "bff12f868e81be6b8a477cca4d438c8c6396026fc325218200")
                      : Unhex("359dbf604a3b3bedc20d5408b9d4770fbe52c922979b3178d02ab8d41c9c3a4e");
}

TEST_P(EdPointTest, SevenTimesTheBasePoint) {
  const Scalar seven = Scalar::FromSmall(GetParam(), 7);
  const PublicKey base = MultiplyBase(GetParam(), Scalar::FromSmall(GetParam(), 1));
  EXPECT_EQ(MultiplyBase(GetParam(), seven).octets, SevenTimesBase(GetParam()));
  EXPECT_EQ(MultiplyPoint(seven, base)->octets, SevenTimesBase(GetParam()));
}

TEST_P(EdPointTest, APointWithASmallPartIsRefused) {
  const Scalar seven = Scalar::FromSmall(GetParam(), 7);
  EXPECT_TRUE(CheckPublicKey({GetParam(), SevenTimesBase(GetParam())}).ok());
  EXPECT_FALSE(CheckPublicKey({GetParam(), SevenTimesBaseMixed(GetParam())}).ok());
  EXPECT_FALSE(MultiplyPoint(seven, {GetParam(), SevenTimesBaseMixed(GetParam())}).ok());
}

TEST_P(EdPointTest, WhatIsNoPointIsRefused) {
  std::string octets(PublicKeyBytes(GetParam()), '\0');
  octets[0] = 1;
  EXPECT_FALSE(CheckPublicKey({GetParam(), octets}).ok()) << "the neutral point";
  EXPECT_FALSE(CheckPublicKey({GetParam(), std::string(octets.size(), '\xff')}).ok());
  EXPECT_FALSE(CheckPublicKey({GetParam(), ""}).ok());
}

TEST_P(EdPointTest, EdKeysDoNotAgree) {
  const PrivateKey key = PrivateKey::Generate(GetParam());
  EXPECT_FALSE(Agree(key, key.public_key().octets).ok());
  EXPECT_FALSE(FromCoordinate(GetParam(), std::string(56, '\x05')).ok());
}

}  // namespace
}  // namespace mesh::crypto
