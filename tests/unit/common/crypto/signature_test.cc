#include "common/crypto/signature.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "common/base/bytes.h"
#include "common/crypto/digest.h"
#include "common/crypto/eddsa.h"
#include "common/crypto/edwards.h"
#include "common/crypto/openssl_ptr.h"
#include "tests/support/hex.h"

namespace mesh::crypto {
namespace {

std::string CountingSeed(size_t size) {
  std::string seed(size, '\0');
  for (size_t i = 0; i < size; ++i) seed[i] = static_cast<char>(i);
  return seed;
}

class SignatureTest : public testing::TestWithParam<Curve> {
 protected:
  const PrivateKey key_ = *PrivateKey::FromSeed(GetParam(), CountingSeed(SeedBytes(GetParam())));
  const Digest512 digest_ = Sha512("payload");
  const std::string signature_ = *Sign(key_, digest_);
};
INSTANTIATE_TEST_SUITE_P(Curves, SignatureTest, testing::Values(Curve::kEd448, Curve::kEd25519),
                         [](const auto& param) { return std::string(CurveName(param.param)); });

TEST_P(SignatureTest, VerifiesAndIsTheSameEachTime) {
  EXPECT_EQ(signature_.size(), SignatureBytes(GetParam()));
  EXPECT_TRUE(Verify(key_.public_key(), digest_, signature_).ok());
  EXPECT_EQ(*Sign(key_, digest_), signature_);
}

TEST_P(SignatureTest, RefusesEveryAlteredOctet) {
  for (size_t i = 0; i < signature_.size(); ++i) {
    std::string altered = signature_;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    EXPECT_EQ(Verify(key_.public_key(), digest_, altered).code(), Code::kInvalidArgument) << i;
  }
}

TEST_P(SignatureTest, RefusesOtherOctetsAndOtherKeys) {
  const PrivateKey other = PrivateKey::Generate(GetParam());
  EXPECT_FALSE(Verify(key_.public_key(), Sha512("other"), signature_).ok());
  EXPECT_FALSE(Verify(other.public_key(), digest_, signature_).ok());
}

TEST_P(SignatureTest, RefusesOtherLengths) {
  EXPECT_FALSE(Verify(key_.public_key(), digest_, signature_.substr(1)).ok());
  EXPECT_FALSE(Verify(key_.public_key(), digest_, signature_ + '\0').ok());
  EXPECT_FALSE(Verify(key_.public_key(), digest_, "").ok());
  const PublicKey shorter{GetParam(), key_.public_key().octets.substr(1)};
  EXPECT_FALSE(Verify(shorter, digest_, signature_).ok());
}

// S and S + L satisfy the same equation; only one of them is a signature.
TEST_P(SignatureTest, RefusesTheSameResponsePlusTheOrder) {
  std::string altered = signature_;
  const Scalar one = Scalar::FromSmall(GetParam(), 1);
  std::string order((one - one - one).octets());  // L - 1
  int carry = 1;
  for (size_t i = 0; i < order.size(); ++i) {
    char& octet = altered[PublicKeyBytes(GetParam()) + i];
    carry += static_cast<uint8_t>(octet) + static_cast<uint8_t>(order[i]);
    octet = static_cast<char>(carry & 0xff);
    carry >>= 8;
  }
  EXPECT_FALSE(Verify(key_.public_key(), digest_, altered).ok());
}

// All zeros encode a point of order four. With it as key the equation holds for R = S B
// over one message in four, and over any in a group without cofactor.
TEST_P(SignatureTest, RefusesKeysOfSmallOrder) {
  const Scalar response = Scalar::FromSmall(GetParam(), 5);
  std::string forged = EdwardsMultiplyBase(GetParam(), response);
  forged.append(response.octets());
  forged.resize(SignatureBytes(GetParam()));
  const PublicKey small{GetParam(), std::string(PublicKeyBytes(GetParam()), '\0')};
  ASSERT_TRUE(EddsaVerify(small, digest_, forged, ""));
  EXPECT_FALSE(Verify(small, digest_, forged).ok());
  PublicKey neutral = small;
  neutral.octets[0] = 1;
  EXPECT_FALSE(Verify(neutral, digest_, forged).ok());
}

TEST_P(SignatureTest, CompositeKeySigns) {
  const PrivateKey other = PrivateKey::Generate(GetParam());
  const PrivateKey both = *CombinePrivateKeys(key_, other);
  const auto signature = Sign(both, digest_);
  const auto key = CombinePublicKeys(key_.public_key(), other.public_key());
  EXPECT_TRUE(Verify(*key, digest_, *signature).ok());
  EXPECT_FALSE(Verify(key_.public_key(), digest_, *signature).ok());
}

TEST_P(SignatureTest, SignsNothingAndMuch) {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{100000}}) {
    const std::string octets(size, 'x');
    EXPECT_TRUE(Verify(key_.public_key(), octets, *Sign(key_, octets)).ok());
  }
}

TEST(SignatureOfXKeyTest, IsRefused) {
  const PrivateKey key = PrivateKey::Generate(Curve::kX448);
  EXPECT_FALSE(Sign(key, "octets").ok());
  EXPECT_FALSE(Verify(key.public_key(), "octets", std::string(114, '\0')).ok());
}

TEST(Ed25519Test, HashesTheContextPrefixThoughTheContextIsEmpty) {
  const PrivateKey key = *PrivateKey::FromSeed(Curve::kEd25519, CountingSeed(32));
  EXPECT_EQ(ToHex(*Sign(key, "mesh")),
            "8bbe0723197f403bf513ea98cbc48dfbba55d5816b97244e85103391e9a3d385"
            "2afcc17040f01dffa383b4822a5e5150656b4f063574e129376284b5b7096800");
}

TEST(Ed25519Test, PlainSignatureIsNotOurs) {
  const PrivateKey key = *PrivateKey::FromSeed(Curve::kEd25519, CountingSeed(32));
  const std::string plain = EddsaSign(key, "mesh", std::nullopt);
  EXPECT_TRUE(EddsaVerify(key.public_key(), "mesh", plain, std::nullopt));
  EXPECT_FALSE(Verify(key.public_key(), "mesh", plain).ok());
}

// RFC 8032 §7.2, "foo".
TEST(Ed25519Test, ContextAsInTheRfc) {
  const PrivateKey key = *PrivateKey::FromSeed(
      Curve::kEd25519, Unhex("0305334e381af78f141cb666f6199f57bc3495335a256a95bd2a55bf546663f6"));
  EXPECT_EQ(ToHex(EddsaSign(key, Unhex("f726936d19c800494e3fdaff20b276a8"), "foo")),
            "55a4cc2f70a54e04288c5f4cd1e45a7bb520b36292911876cada7323198dd87a"
            "8b36950b95130022907a7fb7c4e9b2d5f6cca685a587b4b21f4b888e4e7edb0d");
}

TEST(Ed448Test, SeedOf56Octets) {
  const PrivateKey key = *PrivateKey::FromSeed(Curve::kEd448, CountingSeed(56));
  EXPECT_EQ(ToHex(*Sign(key, "mesh")),
            "e959ad518917873f83fb0b2e6cf3189738c070462a3dc1aba6bad88867f142f2"
            "f2748fdb527466e90bca19e1062ad593b8862e19925f492c807047be7ddb6afc"
            "2372a855f7e4e4e244106bed2d34638d474d315838c74ee8d22f13677a424d81"
            "8040e6923fa357403636ea456351017b0300");
}

// RFC 8032 §7.4, "Blank".
TEST(Ed448Test, NothingSignedAsInTheRfc) {
  const PrivateKey key = *PrivateKey::FromSeed(
      Curve::kEd448, Unhex("6c82a562cb808d10d632be89c8513ebf6c929f34ddfa8c9f63c9960ef6e348a3"
                           "528c8a3fcc2f044e39a3fc5b94492f8f032e7549a20098f95b"));
  EXPECT_EQ(ToHex(*Sign(key, "")),
            "533a37f6bbe457251f023c0d88f976ae2dfb504a843e34d2074fd823d41a591f"
            "2b233f034f628281f2fd7a22ddd47d7828c59bd0a21bfd3980ff0d2028d4b18a"
            "9df63e006c5d1c2d345b925d8dc00b4104852db99ac5c7cdda8530a113a0f4db"
            "b61149f05a7363268c71d95808ff2e652600");
}

// OpenSSL is another implementation of the same standard.
bool OpensslVerifies(const PublicKey& key, std::string_view octets, std::string_view signature) {
  const int type = Is448(key.curve) ? EVP_PKEY_ED448 : EVP_PKEY_ED25519;
  const EvpPkeyPtr public_key(
      EVP_PKEY_new_raw_public_key(type, nullptr, Octets(key.octets), key.octets.size()));
  const EvpMdCtxPtr context(EVP_MD_CTX_new());
  return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, public_key.get()) == 1 &&
         EVP_DigestVerify(context.get(), Octets(signature), signature.size(), Octets(octets),
                          octets.size()) == 1;
}

TEST(Ed448Test, OpensslVerifiesOurs) {
  for (int i = 0; i < 20; ++i) {
    const PrivateKey key = PrivateKey::Generate(Curve::kEd448);
    const Digest512 digest = Sha512(key.public_key().octets);
    EXPECT_TRUE(OpensslVerifies(key.public_key(), digest, *Sign(key, digest)));
  }
}

TEST(Ed25519Test, OpensslVerifiesOurPlainOnes) {
  for (int i = 0; i < 20; ++i) {
    const PrivateKey key = PrivateKey::Generate(Curve::kEd25519);
    const Digest512 digest = Sha512(key.public_key().octets);
    EXPECT_TRUE(OpensslVerifies(key.public_key(), digest, EddsaSign(key, digest, std::nullopt)));
  }
}

}  // namespace
}  // namespace mesh::crypto
