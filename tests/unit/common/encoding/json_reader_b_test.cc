// json::Reader on JSON-B: whatever an item may stand for, and what is refused.

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "common/encoding/json_b.h"
#include "common/encoding/json_reader.h"

namespace mesh::json {
namespace {

using namespace std::string_literals;

Options JsonB() {
  Options options;
  options.json_b = true;
  return options;
}

// Whether `octets` are one good value, and if not, why.
std::string Fault(std::string_view octets, const Options& options = JsonB()) {
  Reader reader(octets, options);
  reader.Skip();
  return reader.Finish() ? "" : reader.status().message();
}

std::string StringOf(std::string_view octets) {
  Reader reader(octets, JsonB());
  std::string value;
  reader.String(&value);
  EXPECT_TRUE(reader.Finish()) << reader.status().message();
  return value;
}

std::string BinaryOf(std::string_view octets) {
  Reader reader(octets, JsonB());
  std::string value = "what stood there before";
  reader.Binary(&value);
  EXPECT_TRUE(reader.Finish()) << reader.status().message();
  return value;
}

std::string Written(void (*append)(std::string_view, std::string&), size_t bytes) {
  std::string out;
  append(std::string(bytes, 'x'), out);
  return out;
}

TEST(JsonReaderBTest, ReadsAnObjectOfItemsWithoutSeparators) {
  const std::string octets =
      "{\xb4\x05Index\xa8\x0c\x80\x04Name\x80\x01x\"Flag\"\xb0\xb5\x00\x04List["
      "\xa0\x01\xa1\x00\x02 3]"
      "\xb4\x04Rest{\xb4\x01"
      "a\xb2}}"s;
  Reader reader(octets, JsonB());
  std::string_view name;
  std::vector<std::string> names;
  int64_t index = 0;
  int64_t sum = 0;
  std::string text;
  bool flag = false;

  reader.BeginObject();
  while (reader.NextMember(&name)) {
    names.emplace_back(name);
    if (name == "Index") reader.Int(&index);
    if (name == "Name") reader.String(&text);
    if (name == "Flag") reader.Bool(&flag);
    if (name == "Rest") reader.Skip();
    if (name != "List") continue;
    reader.BeginArray();
    for (int64_t element = 0; reader.NextElement(); sum += element) reader.Int(&element);
  }

  ASSERT_TRUE(reader.Finish()) << reader.status().message();
  EXPECT_EQ(names, (std::vector<std::string>{"Index", "Name", "Flag", "List", "Rest"}));
  EXPECT_EQ(index, -12);
  EXPECT_EQ(text, "x");
  EXPECT_TRUE(flag);
  EXPECT_EQ(sum, 6);
}

TEST(JsonReaderBTest, SeparatorsMayStandWhereJsonHasThem) {
  EXPECT_EQ(Fault("{ \xb4\x01"
                  "a : \xa0\x01 , \x80\x01"
                  "b : [\xb0 , \xb1] }"),
            "");
  EXPECT_NE(Fault("[\xb0,,\xb1]"), "");
  EXPECT_NE(Fault("[\xb0,]"), "");
  EXPECT_NE(Fault("[,\xb0]"), "");
  EXPECT_NE(Fault("{\xb4\x01"
                  "a::\xb0}"),
            "");
}

TEST(JsonReaderBTest, JsonIsReadAsJson) {
  Reader reader(R"( {"a" : [1, -2.5e3, "x\u0041\n y", true, null, {}]} )", JsonB());
  reader.Skip();
  EXPECT_TRUE(reader.Finish()) << reader.status().message();
  EXPECT_EQ(reader.items(), 0u);
}

TEST(JsonReaderBTest, CountsWhatIsNotJson) {
  for (const char* octets : {"\xb2", "[1 2]", "{\"a\"1}", "\x80\x01x", "\xa0\x01"}) {
    Reader reader(octets, JsonB());
    reader.Skip();
    EXPECT_TRUE(reader.Finish());
    EXPECT_EQ(reader.items(), 1u) << octets;
  }
}

TEST(JsonReaderBTest, ReadsStringsOfEverySize) {
  EXPECT_EQ(StringOf("\x80\x05Hello"), "Hello");
  EXPECT_EQ(StringOf("\x81\x00\x05Hello"s), "Hello");
  EXPECT_EQ(StringOf("\x82\x00\x00\x00\x05Hello"s), "Hello");
  EXPECT_EQ(StringOf("\x83\x00\x00\x00\x00\x00\x00\x00\x05Hello"s), "Hello");
  EXPECT_EQ(StringOf("\x80\x00"s), "");
  EXPECT_EQ(StringOf(Written(json_b::AppendString, 70000)), std::string(70000, 'x'));
}

TEST(JsonReaderBTest, JoinsTheParts) {
  EXPECT_EQ(StringOf("\x84\x05Hello\x80\x00"s), "Hello");
  EXPECT_EQ(StringOf("\x84\x01H\x85\x00\x02"
                     "el\x80\x02lo"s),
            "Hello");
  EXPECT_EQ(StringOf("\x84\x01\xc3\x80\x01\xa9"), "\xc3\xa9") << "UTF-8 across two parts";
  EXPECT_EQ(BinaryOf("\x8c\x02\x00\xff\x8f\x00\x00\x00\x00\x00\x00\x00\x00\x88\x01\x80"s),
            "\x00\xff\x80"s);
  EXPECT_NE(Fault("\x84\x01H"), "");
  EXPECT_NE(Fault("\x84\x01H\x88\x01"
                  "e"),
            "")
      << "a string does not end with data";
  EXPECT_NE(Fault("\x84\x01H\xb4\x01"
                  "e"),
            "");
}

TEST(JsonReaderBTest, WhatIsInAStringItemIsItsValue) {
  EXPECT_EQ(StringOf("\x80\x06\"\\n\n  "), "\"\\n\n  ");
}

TEST(JsonReaderBTest, StringViewPointsIntoTheOctetsUnlessItHasParts) {
  const std::string octets = "[\x80\x05plain\x84\x02pa\x80\x03rts]";
  Reader reader(octets, JsonB());
  std::string scratch;
  std::string_view view;
  reader.BeginArray();
  ASSERT_TRUE(reader.NextElement() && reader.StringView(&view, &scratch));
  EXPECT_EQ(view.data(), octets.data() + 3);
  ASSERT_TRUE(reader.NextElement() && reader.StringView(&view, &scratch));
  EXPECT_EQ(view, "parts");
}

TEST(JsonReaderBTest, ReadsBinaryAsDataAndAsBase64) {
  EXPECT_EQ(BinaryOf("\x88\x03\x00\"\xff"s), "\x00\"\xff"s);
  EXPECT_EQ(BinaryOf("\x88\x00"s), "");
  EXPECT_EQ(BinaryOf(Written(json_b::AppendData, 300)), std::string(300, 'x'));
  EXPECT_EQ(BinaryOf("\x80\x04Zm9v"), "foo");
  EXPECT_EQ(BinaryOf("\"Zm9v\""), "foo");
  std::string value;
  EXPECT_FALSE(Reader("\x88\x01x", JsonB()).String(&value)) << "data is no string";
  EXPECT_FALSE(Reader("\x80\x02Z!", JsonB()).Binary(&value));
}

TEST(JsonReaderBTest, ReadsIntegersOfEverySizeToTheirLimits) {
  const std::pair<std::string, int64_t> cases[] = {
      {"\xa0\x2a", 42},
      {"\xa1\x01\x00"s, 256},
      {"\xa2\x00\x00\x00\x2a"s, 42},
      {"\xa3\x7f\xff\xff\xff\xff\xff\xff\xff", std::numeric_limits<int64_t>::max()},
      {"\xa8\x2a", -42},
      {"\xa8\x00"s, 0},
      {"\xab\x80\x00\x00\x00\x00\x00\x00\x00"s, std::numeric_limits<int64_t>::min()}};
  for (const auto& [octets, want] : cases) {
    Reader reader(octets, JsonB());
    int64_t value = 7;
    EXPECT_TRUE(reader.Int(&value) && reader.Finish()) << want;
    EXPECT_EQ(value, want);
  }
  int64_t value = 0;
  uint64_t natural = 0;
  const std::string most = "\xa3\xff\xff\xff\xff\xff\xff\xff\xff";
  EXPECT_FALSE(Reader(most, JsonB()).Int(&value));
  EXPECT_TRUE(Reader(most, JsonB()).Unsigned(&natural));
  EXPECT_EQ(natural, std::numeric_limits<uint64_t>::max());
  EXPECT_FALSE(Reader("\xa8\x01", JsonB()).Unsigned(&natural));
  EXPECT_FALSE(Reader("\xab\x80\x00\x00\x00\x00\x00\x00\x01"s, JsonB()).Int(&value));
  EXPECT_FALSE(Reader("\x92\x40\x24\x00\x00\x00\x00\x00\x00"s, JsonB()).Int(&value)) << "10.0";
}

TEST(JsonReaderBTest, GivesNumbersAsText) {
  const std::pair<std::string, std::string> cases[] = {
      {"-1.5e7", "-1.5e7"},
      {"\xa8\xff", "-255"},
      {"\xab\xff\xff\xff\xff\xff\xff\xff\xff", "-18446744073709551615"},
      {"\x92\x40\x09\x21\xfb\x54\x44\x2e\xea", "3.14159265359"}};
  for (const auto& [octets, want] : cases) {
    Reader reader(octets, JsonB());
    std::string_view text;
    ASSERT_TRUE(reader.Number(&text));
    EXPECT_EQ(text, want);
  }
}

TEST(JsonReaderBTest, SkipsNumbersThatAreNumbers) {
  EXPECT_EQ(Fault("\x92\xbf\xf0\x00\x00\x00\x00\x00\x00"s), "");
  EXPECT_NE(Fault("\x92\x7f\xf0\x00\x00\x00\x00\x00\x00"s), "") << "infinity";
  EXPECT_NE(Fault("\x92\x7f\xf8\x00\x00\x00\x00\x00\x00"s), "") << "not a number";
}

TEST(JsonReaderBTest, ReadsConstantsAndInstants) {
  bool flag = false;
  EXPECT_TRUE(Reader("\xb0", JsonB()).Bool(&flag));
  EXPECT_TRUE(flag);
  EXPECT_TRUE(Reader("\xb1", JsonB()).Bool(&flag));
  EXPECT_FALSE(flag);
  EXPECT_FALSE(Reader("\xb2", JsonB()).Bool(&flag));
  EXPECT_TRUE(Reader("\xb2", JsonB()).Null());
  EXPECT_FALSE(Reader("\xb1", JsonB()).Null());
  WallMillis time = 0;
  EXPECT_TRUE(Reader("\x80\x14"
                     "1970-01-01T00:00:01Z",
                     JsonB())
                  .DateTime(&time));
  EXPECT_EQ(time, 1000);
}

TEST(JsonReaderBTest, SaysWhatComesNext) {
  const std::pair<const char*, Kind> cases[] = {
      {"\x80", Kind::kString}, {"\x87", Kind::kString}, {"\x88", Kind::kData},
      {"\x8f", Kind::kData},   {"\xa0", Kind::kNumber}, {"\xab", Kind::kNumber},
      {"\x92", Kind::kNumber}, {"\xb0", Kind::kBool},   {"\xb1", Kind::kBool},
      {"\xb2", Kind::kNull},   {"\xb4", Kind::kNone},   {"\xc0", Kind::kNone}};
  for (const auto& [octets, want] : cases) {
    EXPECT_EQ(Reader(octets, JsonB()).Peek(), want) << octets;
    EXPECT_EQ(Reader(octets).Peek(), Kind::kNone) << "not in JSON";
  }
}

TEST(JsonReaderBTest, GivesTheOctetsOfAValue) {
  Reader reader(
      "[\xa0\x01{\xb4\x01"
      "a\x88\x02}]}\xa0\x02]",
      JsonB());
  std::string_view raw;
  reader.BeginArray();
  ASSERT_TRUE(reader.NextElement() && reader.Skip());
  ASSERT_TRUE(reader.NextElement() && reader.RawValue(&raw));
  EXPECT_EQ(raw,
            "{\xb4\x01"
            "a\x88\x02}]}");
}

TEST(JsonReaderBTest, RefusesAMemberGivenTwiceHoweverItIsSpelt) {
  EXPECT_EQ(Fault("{\"a\":1\xb4\x01"
                  "a\xb0}"),
            "JSON, octet 6: the member is given twice");
  EXPECT_NE(Fault("{\x80\x01"
                  "a\xb0\x84\x01"
                  "a\x80\x00\xb0}"s),
            "");
}

TEST(JsonReaderBTest, LimitsHoldForItemsToo) {
  std::string object = "{";
  for (size_t i = 0; i < kMembersMax; ++i) {
    json_b::AppendName("m" + std::to_string(i), object);
    json_b::AppendNull(object);
  }
  EXPECT_EQ(Fault(object + "}"), "");
  EXPECT_NE(Fault(object + "\xb4\x04last\xb2}"), "");
  const std::string deep(static_cast<size_t>(kJsonDepthMax) + 1, '[');
  EXPECT_EQ(Fault(deep + "\xb2" + std::string(deep.size(), ']')),
            "JSON, octet 32: nested deeper than 32 levels");
}

TEST(JsonReaderBTest, RefusesLengthsBeyondTheEnd) {
  for (const std::string& octets :
       {"\x80"s, "\x80\x01"s, "\x81\x00"s, "\x82\xff\xff\xff\xffx"s, "\x88\x02x"s,
        "\x8b\xff\xff\xff\xff\xff\xff\xff\xffx"s, "\x83\x7f\xff\xff\xff\xff\xff\xff\xffx"s, "\xa0"s,
        "\xa3\x01"s, "\x92\x00"s, "{\xb4\x03x\xb0}"s, "{\xb4"s, "["s, "[\xb0"s, "{"s,
        "{\xb4\x01x"s}) {
    EXPECT_NE(Fault(octets), "") << octets;
  }
}

TEST(JsonReaderBTest, RefusesBadUtf8) {
  for (const char* octets : {"\x80\x01\x80", "\x80\x01\xc3", "\x84\x01\xc3\x80\x01x",
                             "{\xb4\x01\xff\xb0}", "{\x80\x01\xff\xb0}"}) {
    EXPECT_NE(Fault(octets), "") << octets;
  }
}

TEST(JsonReaderBTest, RefusesOtherTags) {
  for (const std::string& octets :
       {"\x90\x00\x00"s, "\x91\x00\x00\x00\x00"s, "\xa4"s + std::string(16, 'x'),
        "\xa7\x00\x01\x42"s, "\xaf\x00\x01\x42"s, "\xb3"s, "\xb4\x01x"s, "[\xb4\x01x]"s,
        "{\x88\x01x\xb0}"s, "{\xb0\xb0}"s, "\xd0\x00"s, "\xf0\x01x"s, "\xff"s}) {
    EXPECT_NE(Fault(octets), "") << octets;
  }
  EXPECT_EQ(Fault("[\xb0]", {}), "JSON, octet 1: expected a value") << "not in JSON";
  EXPECT_EQ(Fault("{\xb4\x01x:1}", {}), "JSON, octet 1: expected a member name");
}

TEST(JsonReaderBTest, RefusesJsonC) {
  EXPECT_EQ(Fault("{\xc8\x20\x80\x05Hello\xb0}"),
            "JSON, octet 1: JSON-C is not read; expected JSON-B");
  EXPECT_EQ(Fault("[\xc0\x20]"), "JSON, octet 1: JSON-C is not read; expected JSON-B");
}

}  // namespace
}  // namespace mesh::json
