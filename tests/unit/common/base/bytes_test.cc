#include "common/base/bytes.h"

#include <gtest/gtest.h>

#include <string>

namespace mesh {
namespace {

TEST(BytesTest, BigEndianNumbersCompareAsTheirOctetsDo) {
  std::string small;
  std::string large;
  AppendBigEndian64(small, 255);
  AppendBigEndian64(large, 256);
  EXPECT_LT(small, large);
}

TEST(BytesTest, WhatWasAppendedIsReadBack) {
  std::string out;
  AppendBigEndian16(out, 0xbeef);
  AppendBigEndian32(out, 0xdeadbeef);
  AppendBigEndian64(out, 0x0123456789abcdef);
  EXPECT_EQ(ToHex(out), "beefdeadbeef0123456789abcdef");
  EXPECT_EQ(ReadBigEndian16(out), 0xbeef);
  EXPECT_EQ(ReadBigEndian32(std::string_view(out).substr(2)), 0xdeadbeefu);
  EXPECT_EQ(ReadBigEndian64(std::string_view(out).substr(6)), 0x0123456789abcdefu);
}

TEST(BytesDeathTest, ReadingPastTheEndIsOurMistake) {
  EXPECT_DEATH(ReadBigEndian32("abc"), "check failed");
}

TEST(BytesTest, SecretsAreEqualOnlyInEveryOctet) {
  EXPECT_TRUE(ConstantTimeEquals("secret", "secret"));
  EXPECT_FALSE(ConstantTimeEquals("secret", "secreT"));
  EXPECT_FALSE(ConstantTimeEquals("secret", "secre"));
}

TEST(BytesTest, AWipedSecretIsEmpty) {
  std::string secret = "secret";
  Wipe(secret);
  EXPECT_TRUE(secret.empty());
}

}  // namespace
}  // namespace mesh
