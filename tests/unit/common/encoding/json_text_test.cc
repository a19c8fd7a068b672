#include "common/encoding/json_text.h"

#include <gtest/gtest.h>

#include <string>

namespace mesh::json {
namespace {

using namespace std::string_literals;

// The one value of `octets` as text; "-" if there is none.
std::string TextOf(std::string_view octets) {
  Options options;
  options.json_b = true;
  Reader reader(octets, options);
  std::string_view text;
  std::string scratch;
  if (!ReadAsText(reader, &text, &scratch) || !reader.Finish()) return "-";
  return std::string(text);
}

TEST(JsonTextTest, JsonStaysOctetForOctet) {
  const std::string text = "{ \"a\" : [1.50, \"\\u0041\n  b\", {}] }";
  EXPECT_EQ(TextOf(text), text);
}

TEST(JsonTextTest, ItemsBecomeCompactText) {
  EXPECT_EQ(TextOf("{ \xb4\x01"
                   "a : [1.50, \"\\u0041\n  b\", \x88\x03\xff\xfe\xfd \xa8\x07 \xb0\xb1\xb2] }"),
            R"({"a":[1.50,"Ab","__79",-7,true,false,null]})");
  EXPECT_EQ(TextOf("[\x80\x04\"\\\n\x7f\x92\x40\x24\x00\x00\x00\x00\x00\x00]"s),
            "[\"\\\"\\\\\\u000A\x7f\",10]");
}

TEST(JsonTextTest, MissingSeparatorsAreSupplied) {
  EXPECT_EQ(TextOf("{\"a\"1\"b\"[1 2]}"), R"({"a":1,"b":[1,2]})");
}

TEST(JsonTextTest, WhatIsNoValueHasNoText) {
  for (const char* octets : {"", "{\xb4\x01", "[\x88\x05x]", "{\x88\x01x\xb0}", "\xc0\x01"}) {
    EXPECT_EQ(TextOf(octets), "-") << octets;
  }
}

}  // namespace
}  // namespace mesh::json
