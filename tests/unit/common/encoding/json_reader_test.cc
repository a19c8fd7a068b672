#include "common/encoding/json_reader.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace mesh::json {
namespace {

// Whether `text` is one good value, and if not, why.
std::string Fault(std::string_view text, const Options& options = {}) {
  Reader reader(text, options);
  reader.Skip();
  return reader.Finish() ? "" : reader.status().message();
}

std::string StringOf(std::string_view text, const Options& options = {}) {
  Reader reader(text, options);
  std::string value;
  reader.String(&value);
  EXPECT_TRUE(reader.Finish()) << text << ": " << reader.status().message();
  return value;
}

std::string Nested(int depth) {
  return std::string(static_cast<size_t>(depth), '[') +
         std::string(static_cast<size_t>(depth), ']');
}

TEST(JsonReaderTest, ReadsAnObjectMemberByMember) {
  Reader reader(
      R"( {"Index" : -12, "Name":"x", "Flag":true, "List":[1,2 , 3], "Rest":{"a":null}} )");
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

TEST(JsonReaderTest, GivesTheTextOfAValueOctetForOctet) {
  Reader reader("[ {\"a\" :\t[1 , \"\\u0041\n  b\"]} ,2]");
  std::string_view text;
  reader.BeginArray();
  ASSERT_TRUE(reader.NextElement());
  ASSERT_TRUE(reader.RawValue(&text));
  EXPECT_EQ(text, "{\"a\" :\t[1 , \"\\u0041\n  b\"]}");
}

TEST(JsonReaderTest, ResolvesEscapes) {
  EXPECT_EQ(StringOf(R"("\"\\\/\b\f\n\r\t")"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(StringOf(R"("\u0041\u00e9\u20AC\ud83d\ude00")"),
            "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
  EXPECT_EQ(StringOf(R"("\u0000")"), std::string(1, '\0'));
  EXPECT_EQ(StringOf("\"\xc3\xa9 raw\""), "\xc3\xa9 raw");
}

TEST(JsonReaderTest, TakesFoldsOutOfStringsWhereTheyAreAllowed) {
  EXPECT_EQ(StringOf("\"ab\n  cd\r\n    ef\""), "abcdef");
  EXPECT_EQ(StringOf("\"a b\""), "a b");
  Options strict;
  strict.line_breaks = false;
  EXPECT_EQ(Fault("\"ab\n  cd\"", strict),
            "JSON, octet 3: control characters in strings must be escaped");
  EXPECT_EQ(Fault("\"ab\tcd\""), "JSON, octet 3: control characters in strings must be escaped");
}

TEST(JsonReaderTest, StringViewPointsIntoTheTextUnlessItMustBeUnescaped) {
  const std::string text = R"(["plain","esc\u0061ped"])";
  Reader reader(text);
  std::string scratch;
  std::string_view view;
  reader.BeginArray();
  ASSERT_TRUE(reader.NextElement() && reader.StringView(&view, &scratch));
  EXPECT_EQ(view, "plain");
  EXPECT_EQ(view.data(), text.data() + 2);
  ASSERT_TRUE(reader.NextElement() && reader.StringView(&view, &scratch));
  EXPECT_EQ(view, "escaped");
  EXPECT_EQ(view.data(), scratch.data());
}

TEST(JsonReaderTest, ReadsBinaryWithFoldsAndRefusesOtherAlphabets) {
  std::string octets;
  Reader folded("\"Zm9v\n  YmFy\"");
  ASSERT_TRUE(folded.Binary(&octets));
  EXPECT_EQ(octets, "foobar");
  Reader padded("\"Zg==\"");
  EXPECT_FALSE(padded.Binary(&octets));
  Options tolerant;
  tolerant.tolerant_base64 = true;
  Reader padded_again("\"Zg==\"", tolerant);
  ASSERT_TRUE(padded_again.Binary(&octets));
  EXPECT_EQ(octets, "f");
  Reader escaped(R"("Zm9\u0076")");
  ASSERT_TRUE(escaped.Binary(&octets));
  EXPECT_EQ(octets, "foo");
}

TEST(JsonReaderTest, ReadsIntegersToTheirLimits) {
  int64_t value = 0;
  EXPECT_TRUE(Reader("9223372036854775807").Int(&value));
  EXPECT_EQ(value, std::numeric_limits<int64_t>::max());
  EXPECT_TRUE(Reader("-9223372036854775808").Int(&value));
  EXPECT_EQ(value, std::numeric_limits<int64_t>::min());
  for (const char* text : {"9223372036854775808", "1.0", "1e2", "01", "-", "+1", "--1", "\"1\""}) {
    EXPECT_FALSE(Reader(text).Int(&value)) << text;
  }
  uint64_t natural = 0;
  EXPECT_TRUE(Reader("18446744073709551615").Unsigned(&natural));
  EXPECT_FALSE(Reader("-1").Unsigned(&natural));
}

TEST(JsonReaderTest, ReadsInstants) {
  WallMillis time = 0;
  EXPECT_TRUE(Reader("\"1970-01-01T00:00:01Z\"").DateTime(&time));
  EXPECT_EQ(time, 1000);
  EXPECT_FALSE(Reader("\"yesterday\"").DateTime(&time));
}

TEST(JsonReaderTest, RefusesAMemberGivenTwiceHoweverItIsSpelt) {
  EXPECT_EQ(Fault(R"({"a":1,"b":2,"a":3})"), "JSON, octet 13: the member is given twice");
  EXPECT_EQ(Fault(R"({"a":1,"\u0061":3})"), "JSON, octet 7: the member is given twice");
  EXPECT_EQ(Fault("{\"ab\":1,\"a\n  b\":3}"), "JSON, octet 8: the member is given twice");
  EXPECT_EQ(Fault(R"({"a":{"a":1},"b":{"a":1}})"), "");
}

TEST(JsonReaderTest, RefusesTooManyMembersAndTooDeepNesting) {
  std::string object = "{";
  for (size_t i = 0; i < kMembersMax; ++i) object += "\"m" + std::to_string(i) + "\":1,";
  EXPECT_EQ(Fault(object.substr(0, object.size() - 1) + "}"), "");
  EXPECT_NE(Fault(object + "\"last\":1}"), "");
  EXPECT_EQ(Fault(Nested(kJsonDepthMax)), "");
  EXPECT_EQ(Fault(Nested(kJsonDepthMax + 1)), "JSON, octet 32: nested deeper than 32 levels");
}

TEST(JsonReaderTest, RefusesTextThatIsNotJson) {
  for (const char* text : {"",           " ",         "{",
                           "[",          "\"",        "[1,]",
                           "[,1]",       "{\"a\"}",   "{\"a\":}",
                           "{\"a\":1,}", "{a:1}",     "[1 2]",
                           "1 2",        "[1]]",      "nul",
                           "tru",        "True",      "'a'",
                           "0x1",        ".5",        "5.",
                           "1e",         "-",         "01",
                           "[1}",        "{\"a\":1]", "\xef\xbb\xbf{}",
                           "//",         "NaN"}) {
    EXPECT_NE(Fault(text), "") << text;
  }
  for (const char* text : {"0", "-0", "1.5e-7", "1E+2", "null", "[]", "{}", "[[]]", "\"\""}) {
    EXPECT_EQ(Fault(text), "") << text;
  }
}

TEST(JsonReaderTest, RefusesBadUtf8AndBadEscapes) {
  for (const char* text :
       {"\"\x80\"", "\"\xc0\x80\"", "\"\xc3\"", "\"\xe0\x80\x80\"", "\"\xed\xa0\x80\"",
        "\"\xf4\x90\x80\x80\"", "\"\xf5\x80\x80\x80\"", "\"\xff\"", "\"\\x\"", "\"\\u12\"",
        "\"\\u12G4\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\\"}) {
    EXPECT_NE(Fault(text), "") << text;
  }
}

TEST(JsonReaderTest, WhatIsKnownToBeValidIsSkippedAsFarAsItGoes) {
  Options known;
  known.known_valid = true;
  for (const std::string value : {R"({"a":["}]\\",{}],"b":"\"{"})", "[]", "[[1],{\"\":[]}]"}) {
    const std::string text = "[" + value + ",7]";
    Reader reader(text, known);
    std::string_view raw;
    int64_t seven = 0;
    ASSERT_TRUE(reader.BeginArray() && reader.NextElement() && reader.RawValue(&raw));
    EXPECT_EQ(raw, value);
    EXPECT_TRUE(reader.NextElement() && reader.Int(&seven) && !reader.NextElement());
    EXPECT_TRUE(reader.Finish());
  }
  for (const char* text : {"[", "{\"", "[\"\\", "[[]", "{\"a\":\"]}"}) {
    EXPECT_FALSE(Reader(text, known).Skip()) << text;
  }
}

TEST(JsonReaderTest, TheFirstFaultStays) {
  Reader reader("{\"a\":x}");
  std::string_view name;
  int64_t value = 0;
  ASSERT_TRUE(reader.BeginObject() && reader.NextMember(&name));
  EXPECT_FALSE(reader.Int(&value));
  EXPECT_FALSE(reader.Fail("something else"));
  EXPECT_FALSE(reader.NextMember(&name));
  EXPECT_EQ(reader.Peek(), Kind::kNone);
  EXPECT_EQ(reader.status().message(), "JSON, octet 5: expected a number");
}

TEST(JsonReaderTest, ACallersComplaintNamesThePlace) {
  Reader reader("\"Neu\"");
  std::string event;
  ASSERT_TRUE(reader.String(&event));
  reader.Fail("Event: expected New, Update or Delete");
  EXPECT_EQ(reader.status().message(), "JSON, octet 5: Event: expected New, Update or Delete");
}

}  // namespace
}  // namespace mesh::json
