#include "common/encoding/json_b.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace mesh::json_b {
namespace {

using namespace std::string_literals;

Item Only(const std::string& octets) {
  Reader reader(octets);
  const Result<Item> item = reader.Next();
  EXPECT_TRUE(item.ok()) << item.status().message();
  EXPECT_TRUE(reader.finished());
  return item.ok() ? *item : Item();
}

std::string WhyRefused(const std::string& octets) {
  Reader reader(octets);
  const Result<Item> item = reader.Next();
  EXPECT_EQ(item.status().code(), Code::kInvalidArgument);
  return item.status().message();
}

TEST(JsonBTest, ReadsNumbersOfEveryWidth) {
  for (const std::string& octets : {"\xa0\x2a"s, "\xa1\x00\x2a"s, "\xa2\x00\x00\x00\x2a"s,
                                    "\xa3\x00\x00\x00\x00\x00\x00\x00\x2a"s, "42"s}) {
    const Item item = Only(octets);
    EXPECT_EQ(item.kind, Kind::kInteger);
    EXPECT_EQ(item.magnitude, 42u);
    EXPECT_FALSE(item.negative);
  }
  EXPECT_TRUE(Only("\xa8\x2a").negative);
  EXPECT_EQ(Only("\xa7\x00\x01\x2a"s).octets, "\x2a");
  EXPECT_EQ(Only("\x92\x3f\xf0\x00\x00\x00\x00\x00\x00"s).number, 1.0);
}

TEST(JsonBTest, JoinsThePartsOfAString) {
  EXPECT_EQ(Only("\x84\x05Hello\x80\x00"s).octets, "Hello");
  EXPECT_EQ(Only("\x84\x02He\x85\x00\x01l\x80\x02lo"s).octets, "Hello");
  EXPECT_EQ(Only("\x8c\x01\xff\x88\x01\xfe").octets, "\xff\xfe");
}

TEST(JsonBTest, TextAndBinaryTokensMix) {
  const std::string octets =
      "{\xb4\x01"
      "a"
      "\xa0\x01"
      ",\"b\":\"text\" \xb4\x01"
      "c[true\xb1 null]}";
  Reader reader(octets);
  std::string kinds;
  while (!reader.finished()) {
    const Result<Item> item = reader.Next();
    ASSERT_TRUE(item.ok()) << item.status().message();
    kinds.push_back("{}[]NsdifbnX"[static_cast<int>(item->kind)]);
  }
  EXPECT_EQ(kinds, "{NissN[bbn]}");
}

TEST(JsonBTest, CodesStandForStringsOnceDefined) {
  const std::string octets = "\xc8\x20\x80\x05Hello\xc0\x20\xc1\x00\x20"s;
  Reader reader(octets);
  while (!reader.finished()) {
    const Result<Item> item = reader.Next();
    ASSERT_TRUE(item.ok()) << item.status().message();
    EXPECT_EQ(item->octets, "Hello");
  }
  EXPECT_NE(WhyRefused("\xc0\x20").find("code 32 is not defined"), std::string::npos);
}

TEST(JsonBTest, RefusesUnknownTagsAndLengthsBeyondTheEnd) {
  for (const std::string& octets :
       {"\xa5\x00\x01\x42"s, "\xd0"s, "\xf0\x00"s, "\x80\x05Hell"s, "\x84\x01x"s,
        "\x84\x01x\x88\x00"s, "\x83\xff\xff\xff\xff\xff\xff\xff\xff"s, "\x92\x00"s, "\x80\x01\xff"s,
        "\xb4\x01\xff"s, "\xc3\x00"s, "\xc4\x01"s, "\xc4\x01\xa0\x01"s, "\"open"s, "nul"s,
        "\xa7\x00\x02\x01"s}) {
    WhyRefused(octets);
  }
}

TEST(JsonBTest, WritesTheFewestOctets) {
  std::string out;
  AppendInt(0, out);
  AppendInt(255, out);
  AppendInt(256, out);
  AppendInt(-1, out);
  EXPECT_EQ(out, "\xa0\x00\xa0\xff\xa1\x01\x00\xa8\x01"s);
  out.clear();
  AppendInt(std::numeric_limits<int64_t>::min(), out);
  EXPECT_EQ(out, "\xab\x80\x00\x00\x00\x00\x00\x00\x00"s);
  out.clear();
  AppendString("hi", out);
  AppendName("n", out);
  AppendBool(true, out);
  AppendNull(out);
  EXPECT_EQ(out, "\x80\x02hi\xb4\x01n\xb0\xb2");
}

TEST(JsonBTest, TakesDataOffTheFront) {
  std::string octets;
  AppendData("salt", octets);
  AppendData(std::string(300, 'x'), octets);
  std::string_view rest = octets;
  const Result<std::string_view> salt = TakeData(&rest);
  const Result<std::string_view> body = TakeData(&rest);
  ASSERT_TRUE(salt.ok() && body.ok());
  EXPECT_EQ(*salt, "salt");
  EXPECT_EQ(body->size(), 300u);
  EXPECT_TRUE(rest.empty());
  EXPECT_FALSE(TakeData(&rest).ok());
  std::string_view cut =
      "\x88\x05"
      "abc";
  EXPECT_FALSE(TakeData(&cut).ok());
}

}  // namespace
}  // namespace mesh::json_b
