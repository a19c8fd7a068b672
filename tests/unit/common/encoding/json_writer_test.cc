#include "common/encoding/json_writer.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace mesh::json {
namespace {

TEST(JsonWriterTest, WritesCompactText) {
  std::string out = "before";
  Writer writer(out);
  writer.BeginObject().Member("Status").Int(201).Member("Updates").BeginArray();
  writer.BeginObject().EndObject().BeginObject().Member("Index").Int(-1).EndObject();
  writer.EndArray().Member("Ok").Bool(true).Member("Octets").Binary("foo");
  writer.Member("At").DateTime(1500).Member("Nested").Raw("[ 1 ]").EndObject();
  EXPECT_EQ(out,
            "before{\"Status\":201,\"Updates\":[{},{\"Index\":-1}],\"Ok\":true,"
            "\"Octets\":\"Zm9v\",\"At\":\"1970-01-01T00:00:01Z\",\"Nested\":[ 1 ]}");
}

TEST(JsonWriterTest, EscapesOnlyWhatMustBe) {
  std::string out;
  AppendString(out, "a\"b\\c/\xc3\xa9\n\x1f");
  EXPECT_EQ(out, "\"a\\\"b\\\\c/\xc3\xa9\\u000A\\u001F\"");
}

TEST(JsonWriterTest, SeparatesElementsOfEveryKind) {
  std::string out;
  Writer(out)
      .BeginArray()
      .String("")
      .Int(std::numeric_limits<int64_t>::min())
      .Bool(false)
      .BeginArray()
      .EndArray()
      .Raw("{}")
      .EndArray();
  EXPECT_EQ(out, "[\"\",-9223372036854775808,false,[],{}]");
}

}  // namespace
}  // namespace mesh::json
