#include "common/crypto/digest.h"

#include <gtest/gtest.h>

#include <thread>

#include "common/base/bytes.h"
#include "tests/support/hex.h"

namespace mesh::crypto {
namespace {

constexpr char kSha512OfAbc[] =
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";

TEST(DigestTest, KnownAnswersOfTheStandards) {
  EXPECT_EQ(ToHex(Sha512("abc")), kSha512OfAbc);
  EXPECT_EQ(ToHex(Sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(ToHex(Sha3_512("abc")),
            "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"
            "10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0");
}

TEST(DigestTest, NothingAtAllHasADigest) {
  EXPECT_EQ(ToHex(Sha512("")),
            "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
            "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e");
}

TEST(DigestTest, TwoPiecesDigestAsOne) { EXPECT_EQ(Sha512("a", "bc"), Sha512("abc")); }

TEST(DigestTest, OneDigestDoesNotDisturbTheNext) {
  static_cast<void>(Sha512(std::string(1000, 'x')));
  EXPECT_EQ(ToHex(Sha512("abc")), kSha512OfAbc);
}

TEST(DigestTest, AnotherThreadGetsTheSame) {
  Digest512 digest{};
  std::thread([&] { digest = Sha512("abc"); }).join();
  EXPECT_EQ(digest, Sha512("abc"));
}

TEST(DigestTest, StreamTakesPiecesAndStartsAnew) {
  Sha512Stream stream;
  stream.Update("a");
  stream.Update("");
  stream.Update("bc");
  EXPECT_EQ(stream.Finish(), Sha512("abc"));
  EXPECT_EQ(stream.Finish(), Sha512(""));
}

TEST(DigestTest, StreamsAreIndependent) {
  Sha512Stream one;
  Sha512Stream other;
  one.Update("a");
  other.Update("x");
  static_cast<void>(Sha512("one-shot in between"));
  one.Update("bc");
  EXPECT_EQ(one.Finish(), Sha512("abc"));
  EXPECT_EQ(other.Finish(), Sha512("x"));
}

}  // namespace
}  // namespace mesh::crypto
