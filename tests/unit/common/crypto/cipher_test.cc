#include "common/crypto/cipher.h"

#include <gtest/gtest.h>

#include "common/base/bytes.h"
#include "common/crypto/aead.h"
#include "common/crypto/key_wrap.h"
#include "tests/support/hex.h"

namespace mesh::crypto {
namespace {

// --- AES-256-CBC: NIST SP 800-38A F.2.5, first two blocks, then padding. ----------

const std::string kCbcKey =
    Unhex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
const std::string kCbcIv = Unhex("000102030405060708090a0b0c0d0e0f");
const std::string kCbcPlain =
    Unhex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51");
const std::string kCbcCipher = Unhex(
    "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"
    "3a3aa5e0213db1a9901f9036cf5102d2");

TEST(CipherTest, KnownAnswer) {
  EXPECT_EQ(CbcEncrypt(kCbcKey, kCbcIv, kCbcPlain), kCbcCipher);
  EXPECT_EQ(*CbcDecrypt(kCbcKey, kCbcIv, kCbcCipher), kCbcPlain);
}

TEST(CipherTest, NothingEncryptsToOneBlock) {
  const std::string ciphertext = CbcEncrypt(kCbcKey, kCbcIv, "");
  EXPECT_EQ(ciphertext.size(), 16u);
  EXPECT_EQ(*CbcDecrypt(kCbcKey, kCbcIv, ciphertext), "");
}

TEST(CipherTest, RefusesWhatIsNoWholeBlock) {
  for (const size_t length : {0u, 1u, 15u, 17u, 47u}) {
    const auto plaintext = CbcDecrypt(kCbcKey, kCbcIv, kCbcCipher.substr(0, length));
    EXPECT_EQ(plaintext.status().code(), Code::kInvalidArgument) << length;
  }
}

TEST(CipherTest, RefusesWrongPadding) {
  const auto plaintext = CbcDecrypt(kCbcKey, kCbcIv, kCbcCipher.substr(0, 32));
  EXPECT_EQ(plaintext.status().code(), Code::kInvalidArgument);
}

TEST(CipherTest, AFailureDoesNotSpoilTheNextMessage) {
  EXPECT_FALSE(CbcDecrypt(kCbcKey, kCbcIv, kCbcCipher.substr(0, 32)).ok());
  EXPECT_EQ(*CbcDecrypt(kCbcKey, kCbcIv, kCbcCipher), kCbcPlain);
}

TEST(CipherDeathTest, AKeyOfAnotherLengthIsOurMistake) {
  EXPECT_DEATH(static_cast<void>(CbcEncrypt("short", kCbcIv, "")), "check failed");
}

// --- AES-256-GCM: McGrew and Viega's test case 16. ---------------------------------

const std::string kGcmKey =
    Unhex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
const std::string kGcmNonce = Unhex("cafebabefacedbaddecaf888");
const std::string kGcmData = Unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
const std::string kGcmPlain = Unhex(
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
const std::string kGcmSealed = Unhex(
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
    "76fc6ece0f4e1768cddf8853bb2d551b");

TEST(AeadTest, KnownAnswer) {
  EXPECT_EQ(AeadSeal(kGcmKey, kGcmNonce, kGcmData, kGcmPlain), kGcmSealed);
  EXPECT_EQ(*AeadOpen(kGcmKey, kGcmNonce, kGcmData, kGcmSealed), kGcmPlain);
}

TEST(AeadTest, OpensWhereTheTextIsAndLeavesNothingOfWhatDoesNot) {
  std::string text = kGcmSealed;
  EXPECT_TRUE(AeadOpenInPlace(kGcmKey, kGcmNonce, kGcmData, &text).ok());
  EXPECT_EQ(text, kGcmPlain);
  for (const size_t size : {size_t{15}, kGcmSealed.size() - 1}) {
    text.assign(kGcmSealed, 0, size);
    EXPECT_FALSE(AeadOpenInPlace(kGcmKey, kGcmNonce, kGcmData, &text).ok());
    EXPECT_TRUE(text.empty());
  }
}

TEST(AeadTest, NothingSealsToATag) {
  const std::string sealed = AeadSeal(kGcmKey, kGcmNonce, "", "");
  EXPECT_EQ(sealed.size(), kAeadTagBytes);
  EXPECT_EQ(*AeadOpen(kGcmKey, kGcmNonce, "", sealed), "");
}

TEST(AeadTest, RefusesEveryAlteredOctet) {
  for (size_t i = 0; i < kGcmSealed.size(); ++i) {
    std::string altered = kGcmSealed;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    EXPECT_FALSE(AeadOpen(kGcmKey, kGcmNonce, kGcmData, altered).ok()) << i;
  }
}

TEST(AeadTest, RefusesOtherDataNonceKeyAndLength) {
  const std::string other_key(kAeadKeyBytes, 'k');
  const std::string other_nonce(kAeadNonceBytes, 'n');
  EXPECT_FALSE(AeadOpen(kGcmKey, kGcmNonce, "other", kGcmSealed).ok());
  EXPECT_FALSE(AeadOpen(kGcmKey, other_nonce, kGcmData, kGcmSealed).ok());
  EXPECT_FALSE(AeadOpen(other_key, kGcmNonce, kGcmData, kGcmSealed).ok());
  EXPECT_FALSE(AeadOpen(kGcmKey, kGcmNonce, kGcmData, kGcmSealed.substr(1)).ok());
  EXPECT_FALSE(AeadOpen(kGcmKey, kGcmNonce, kGcmData, kGcmSealed.substr(0, 15)).ok());
  EXPECT_FALSE(AeadOpen(kGcmKey, kGcmNonce, kGcmData, "").ok());
}

// --- Key wrap: RFC 3394 §4.6. -------------------------------------------------------

const std::string kWrappingKey =
    Unhex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
const std::string kWrapKey =
    Unhex("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f");
const std::string kWrapped =
    Unhex("28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21");

TEST(KeyWrapTest, KnownAnswer) {
  EXPECT_EQ(WrapKey(kWrappingKey, kWrapKey), kWrapped);
  EXPECT_EQ(*UnwrapKey(kWrappingKey, kWrapped), kWrapKey);
}

TEST(KeyWrapTest, RefusesEveryAlteredOctet) {
  for (size_t i = 0; i < kWrapped.size(); ++i) {
    std::string altered = kWrapped;
    altered[i] = static_cast<char>(altered[i] ^ 0x80);
    EXPECT_FALSE(UnwrapKey(kWrappingKey, altered).ok()) << i;
  }
}

TEST(KeyWrapTest, RefusesImpossibleLengths) {
  for (const size_t length : {0u, 8u, 16u, 23u, 39u}) {
    EXPECT_FALSE(UnwrapKey(kWrappingKey, kWrapped.substr(0, length)).ok()) << length;
  }
}

TEST(KeyWrapTest, AFailureDoesNotSpoilTheNextKey) {
  EXPECT_FALSE(UnwrapKey(std::string(32, 'x'), kWrapped).ok());
  EXPECT_EQ(*UnwrapKey(kWrappingKey, kWrapped), kWrapKey);
}

}  // namespace
}  // namespace mesh::crypto
