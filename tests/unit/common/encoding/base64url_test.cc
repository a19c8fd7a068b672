#include "common/encoding/base64url.h"

#include <gtest/gtest.h>

#include <cctype>
#include <string>
#include <utility>
#include <vector>

namespace mesh {
namespace {

std::string Decoded(std::string_view text, Base64Mode mode = Base64Mode::kStrict) {
  const Result<std::string> octets = Base64UrlDecode(text, mode);
  EXPECT_TRUE(octets.ok()) << text << ": " << octets.status().message();
  return octets.ok() ? *octets : "";
}

std::string WhyRefused(std::string_view text, Base64Mode mode = Base64Mode::kStrict) {
  const Result<std::string> octets = Base64UrlDecode(text, mode);
  EXPECT_EQ(octets.status().code(), Code::kInvalidArgument) << text;
  return octets.status().message();
}

// RFC 4648 §10, without padding.
const std::vector<std::pair<std::string, std::string>> kRfcVectors = {
    {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
    {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"},
};

TEST(Base64UrlTest, EncodesAndDecodesTheVectorsOfRfc4648) {
  for (const auto& [octets, text] : kRfcVectors) {
    EXPECT_EQ(Base64UrlEncode(octets), text);
    EXPECT_EQ(Decoded(text), octets);
    EXPECT_EQ(Base64UrlEncodedSize(octets.size()), text.size());
    EXPECT_GE(Base64UrlDecodedSizeMax(text.size()), octets.size());
  }
}

// Group by group, as RFC 4648 has it: what is done many at a time must be the same.
std::string EncodedByHand(std::string_view octets) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  uint32_t bits = 0;
  int count = 0;
  for (const char octet : octets) {
    bits = bits << 8 | static_cast<uint8_t>(octet);
    for (count += 8; count >= 6; count -= 6) text.push_back(kDigits[bits >> (count - 6) & 63]);
  }
  if (count > 0) text.push_back(kDigits[bits << (6 - count) & 63]);
  return text;
}

TEST(Base64UrlTest, EveryLengthAndEveryOctetAnywhere) {
  for (size_t size = 0; size < 300; ++size) {
    std::string octets(size, '\0');
    for (size_t i = 0; i < size; ++i) octets[i] = static_cast<char>(i * 89 + size * 37);
    EXPECT_EQ(Base64UrlEncode(octets), EncodedByHand(octets)) << size;
    EXPECT_EQ(Decoded(EncodedByHand(octets)), octets) << size;
  }
}

TEST(Base64UrlTest, AWrongCharacterIsFoundWhereverItIs) {
  const std::string good = EncodedByHand(std::string(150, 'x'));
  for (size_t at = 0; at < good.size(); ++at) {
    for (int c = 0; c < 256; ++c) {
      std::string text = good;
      text[at] = static_cast<char>(c);
      const bool digit = std::isalnum(c) != 0 || c == '-' || c == '_';
      EXPECT_EQ(Base64UrlDecode(text).ok(), digit) << at << " " << c;
    }
  }
}

TEST(Base64UrlTest, UsesTheUrlAlphabet) {
  EXPECT_EQ(Base64UrlEncode("\xfb\xff\xfe"), "-__-");
  EXPECT_EQ(Decoded("-__-"), "\xfb\xff\xfe");
}

TEST(Base64UrlTest, AppendsAfterWhatIsThere) {
  std::string out = "x";
  Base64UrlAppend(out, "foo");
  EXPECT_EQ(out, "xZm9v");
  ASSERT_TRUE(Base64UrlDecodeAppend("Zm9v", Base64Mode::kStrict, out).ok());
  EXPECT_EQ(out, "xZm9vfoo");
}

TEST(Base64UrlTest, LeavesTheOutputAsItWasAfterAFailure) {
  std::string out = "before";
  EXPECT_FALSE(Base64UrlDecodeAppend("Zm9v*", Base64Mode::kStrict, out).ok());
  EXPECT_EQ(out, "before");
}

TEST(Base64UrlTest, FoldedTextDecodesWhereverTheBreaksAre) {
  const std::string text = Base64UrlEncode("The quick brown fox jumps");
  for (size_t i = 0; i <= text.size(); ++i) {
    const std::string folded = text.substr(0, i) + "\r\n  " + text.substr(i);
    EXPECT_EQ(Decoded(folded, Base64Mode::kFolded), "The quick brown fox jumps");
    EXPECT_FALSE(Base64UrlDecode(folded).ok());
  }
}

TEST(Base64UrlTest, OnlyTolerantModeTakesTheOtherAlphabetAndPadding) {
  EXPECT_EQ(Decoded("+//+", Base64Mode::kTolerant), "\xfb\xff\xfe");
  EXPECT_EQ(Decoded("Zg==", Base64Mode::kTolerant), "f");
  EXPECT_EQ(Decoded("Zm8=\n", Base64Mode::kTolerant), "fo");
  EXPECT_EQ(Decoded("Zh", Base64Mode::kTolerant), "f");
  WhyRefused("+//+", Base64Mode::kFolded);
  WhyRefused("Zg==", Base64Mode::kFolded);
  WhyRefused("Zg=A", Base64Mode::kTolerant);
}

TEST(Base64UrlTest, SaysWhichCharacterIsWrong) {
  EXPECT_EQ(WhyRefused("Zm9vY*"),
            "base64url: character 5 is 0x2a, expected A-Z, a-z, 0-9, '-' or '_'");
  EXPECT_EQ(WhyRefused("Zm9vY"), "base64url: one character is left over at the end");
  EXPECT_EQ(WhyRefused("Zh"), "base64url: the unused bits of the last character are not zero");
}

}  // namespace
}  // namespace mesh
