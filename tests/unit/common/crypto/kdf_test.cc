#include "common/crypto/kdf.h"

#include <gtest/gtest.h>

#include "common/base/bytes.h"
#include "common/crypto/mac.h"
#include "common/crypto/random.h"
#include "tests/support/hex.h"

namespace mesh::crypto {
namespace {

// RFC 5869 A.1.
const std::string kKeyMaterial(22, '\x0b');
const std::string kSalt = Unhex("000102030405060708090a0b0c");
const std::string kInfo = Unhex("f0f1f2f3f4f5f6f7f8f9");

// RFC 4231 §4.3.
TEST(MacTest, KnownAnswers) {
  const char kMessage[] = "what do ya want for nothing?";
  EXPECT_EQ(ToHex(HmacSha512("Jefe", kMessage)),
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
            "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
  EXPECT_EQ(ToHex(HmacSha256("Jefe", kMessage)),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(MacTest, AnEmptyKeyIsNotThePreviousKey) {
  static_cast<void>(HmacSha512("some key", "message"));
  EXPECT_EQ(ToHex(HmacSha512("", "")),
            "b936cee86c9f87aa5d3c6f2e84cb5a4239a5fe50480a6ec66b70ab5b1f4ac673"
            "0c6c515421b327ec1d69402e53dfb49ad7381eb067b338fd7b0cb22247225d47");
}

TEST(MacTest, KeyAndMessageDoNotRunTogether) {
  EXPECT_NE(HmacSha512("ab", "c"), HmacSha512("a", "bc"));
}

TEST(KdfTest, Sha256AsInTheRfc) {
  EXPECT_EQ(ToHex(HkdfExtractSha256(kSalt, kKeyMaterial)),
            "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
  EXPECT_EQ(ToHex(HkdfSha256(kKeyMaterial, kSalt, kInfo, 42)),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
}

TEST(KdfTest, Sha512OfTheSameInput) {
  EXPECT_EQ(ToHex(HkdfSha512(kKeyMaterial, kSalt, kInfo, 42)),
            "832390086cda71fb47625bb5ceb168e4c8e26a1a16ed34d9fc7fe92c1481579338da362cb8d9f925d7cb");
}

// Lengths on both sides of what fits into one block each.
TEST(MacTest, TwoAtOnceAreTheTwo) {
  for (const size_t key : {0u, 1u, 32u, 64u, 127u, 128u, 129u}) {
    for (const size_t message : {0u, 1u, 22u, 64u, 110u, 111u, 112u, 300u}) {
      const std::string keys[] = {RandomBytes(key), RandomBytes(key / 2)};
      const std::string messages[] = {RandomBytes(message), RandomBytes(message / 3)};
      const auto pair = HmacSha512Pair({keys[0], keys[1]}, {messages[0], messages[1]});
      EXPECT_EQ(pair[0], HmacSha512(keys[0], messages[0])) << key << " " << message;
      EXPECT_EQ(pair[1], HmacSha512(keys[1], messages[1])) << key << " " << message;
    }
  }
}

TEST(KdfTest, TwoAtOnceAreTheTwo) {
  const std::string key = RandomBytes(32), salt = RandomBytes(32), salts = RandomBytes(64);
  const auto pair = HkdfSha512Pair(key, {{{salt, "one"}, {salts, "another"}}});
  EXPECT_EQ(pair[0].view(), HkdfSha512(key, salt, "one", 64));
  EXPECT_EQ(pair[1].view(), HkdfSha512(key, salts, "another", 64));
}

TEST(KdfTest, ShorterOutputIsAPrefix) {
  const std::string full = HkdfSha512(kKeyMaterial, kSalt, kInfo, 255 * 64);
  EXPECT_EQ(full.size(), 255u * 64u);
  for (const size_t length : {0u, 1u, 63u, 64u, 65u, 200u}) {
    EXPECT_EQ(HkdfSha512(kKeyMaterial, kSalt, kInfo, length), full.substr(0, length));
  }
}

TEST(KdfDeathTest, MoreThanHkdfCanGiveIsOurMistake) {
  EXPECT_DEATH(static_cast<void>(HkdfSha512("", "", "", 255 * 64 + 1)), "check failed");
}

}  // namespace
}  // namespace mesh::crypto
