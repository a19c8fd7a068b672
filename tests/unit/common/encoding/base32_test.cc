#include "common/encoding/base32.h"

#include <gtest/gtest.h>

namespace mesh {
namespace {

// RFC 4648 §10, without padding and with our dashes.
TEST(Base32Test, EncodesAsInTheRfc) {
  EXPECT_EQ(Base32EncodeGrouped(""), "");
  EXPECT_EQ(Base32EncodeGrouped("f"), "MY");
  EXPECT_EQ(Base32EncodeGrouped("fo"), "MZXQ");
  EXPECT_EQ(Base32EncodeGrouped("foo"), "MZXW-6");
  EXPECT_EQ(Base32EncodeGrouped("foob"), "MZXW-6YQ");
  EXPECT_EQ(Base32EncodeGrouped("fooba"), "MZXW-6YTB");
  EXPECT_EQ(Base32EncodeGrouped("foobar"), "MZXW-6YTB-OI");
}

TEST(Base32Test, DecodesAsInTheRfc) {
  EXPECT_EQ(*Base32Decode("MZXW6YTBOI"), "foobar");
  EXPECT_EQ(*Base32Decode("mzxw-6ytb-oi"), "foobar");
  EXPECT_EQ(*Base32Decode("MZXW-6"), "foo");
  EXPECT_EQ(*Base32Decode(""), "");
  EXPECT_EQ(*Base32Decode("--"), "");
}

TEST(Base32Test, CutsToWholeCharacters) {
  EXPECT_EQ(Base32EncodeGrouped("foobar", 40), "MZXW-6YTB");
  EXPECT_EQ(Base32EncodeGrouped("foobar", 16), "MZXW") << "four bits of the third octet";
  EXPECT_EQ(Base32EncodeGrouped("fo", 16), "MZXQ") << "there is no third octet";
  EXPECT_EQ(Base32EncodeGrouped("foobar", 20), "MZXW");
  EXPECT_EQ(Base32EncodeGrouped("foobar", 1000), Base32EncodeGrouped("foobar"));
  EXPECT_EQ(Base32EncodeGrouped("foobar", 0), "");
}

TEST(Base32Test, DropsBitsThatFillNoOctet) {
  EXPECT_EQ(*Base32Decode("M"), "");
  EXPECT_EQ(*Base32Decode("MZ"), "f");
  EXPECT_EQ(*Base32Decode("MY"), "f");
}

TEST(Base32Test, RefusesOtherCharactersAndSaysWhere) {
  for (const char* text : {"MZ0Q", "MZ1Q", "MZ8Q", "MZ9Q", "MZ=Q", "MZ Q", "MZ\nQ", "MZ\xc3Q"}) {
    const auto octets = Base32Decode(text);
    EXPECT_EQ(octets.status().code(), Code::kInvalidArgument) << text;
    EXPECT_EQ(octets.status().message().substr(0, 11), "character 2") << text;
  }
}

}  // namespace
}  // namespace mesh
