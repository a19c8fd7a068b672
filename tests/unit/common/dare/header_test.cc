#include "common/dare/header.h"

#include <gtest/gtest.h>

#include <string>

namespace mesh::dare {
namespace {

std::string Stripped(std::string_view header) {
  const Result<std::string> text = StripServiceMembers(header);
  EXPECT_TRUE(text.ok()) << header << ": " << text.status().message();
  return text.ok() ? *text : "";
}

TEST(HeaderTest, ReadsEveryMemberItKnows) {
  const Result<HeaderFields> header = ParseHeader(
      R"({"EnvelopeID":"MAAA","enc":"A256CBC","dig":"SHA2","kid":"EBQA","Salt":"AAEC",)"
      R"("Annotations":["iAA","iAEB"],"recipients":[{"kid":"MB","epk":{"PublicKeyECDH":)"
      R"({"crv":"X448","Public":"_w"}},"wmk":"Zm9v"}],"ContentMetaData":"eyJFdmVudCI6Ik5ldyJ9",)"
      R"("ContainerInfo":{"Index":7,"TreePosition":123,"IsMeta":true},)"
      R"("Received":"2026-01-01T00:00:00Z","PayloadDigest":"Zm9v","Unknown":[1,{}],)"
      R"("signatures":[{"alg":"SHA2","kid":"MC","signature":"YmFy","witness":"AA"}]})");
  ASSERT_TRUE(header.ok()) << header.status().message();
  EXPECT_EQ(header->envelope_id, "MAAA");
  EXPECT_TRUE(header->encrypted());
  EXPECT_EQ(header->dig, "SHA2");
  EXPECT_EQ(header->kid, "EBQA");
  EXPECT_EQ(header->salt, std::string("\0\1\2", 3));
  EXPECT_EQ(header->annotations.size(), 2u);
  ASSERT_EQ(header->recipients.size(), 1u);
  EXPECT_EQ(header->recipients[0].epk_curve, "X448");
  EXPECT_EQ(header->recipients[0].epk, "\xff");
  EXPECT_EQ(header->recipients[0].wmk, "foo");
  EXPECT_EQ(header->content_meta_data, R"({"Event":"New"})");
  EXPECT_EQ(header->content_meta.event, "New");
  ASSERT_TRUE(header->container_info.has_value());
  EXPECT_EQ(header->container_info->index, 7);
  EXPECT_EQ(header->container_info->tree_position, 123);
  EXPECT_TRUE(header->container_info->is_meta);
  EXPECT_EQ(header->received, 1767225600000);
  EXPECT_EQ(header->payload_digest, "foo");
  ASSERT_EQ(header->signatures.size(), 1u);
  EXPECT_EQ(header->signatures[0].signature, "bar");
}

TEST(HeaderTest, SaysWhichMemberHasTheWrongForm) {
  EXPECT_EQ(ParseHeader("{\"dig\":1}").status().message(), "JSON, octet 7: expected a string");
  EXPECT_FALSE(ParseHeader("{\"Received\":\"now\"}").ok());
  EXPECT_FALSE(ParseHeader("{\"ContainerInfo\":{\"Index\":1.5}}").ok());
  EXPECT_FALSE(ParseHeader("[]").ok());
  const std::string why = ParseHeader("{\"ContentMetaData\":\"Zm9v\"}").status().message();
  EXPECT_NE(why.find("ContentMetaData: JSON, octet 0"), std::string::npos) << why;
}

TEST(HeaderTest, TheTrailerCountsBeforeTheHeader) {
  const Result<HeaderFields> header =
      ParseHeader(R"({"PayloadDigest":"AA","signatures":[{"signature":"AA"}]})");
  ASSERT_TRUE(header.ok());
  const Result<TrailerFields> none = EffectiveTrailer(*header, "");
  const Result<TrailerFields> own = EffectiveTrailer(*header, R"({"PayloadDigest":"_w"})");
  ASSERT_TRUE(none.ok() && own.ok());
  EXPECT_EQ(none->payload_digest, std::string(1, '\0'));
  EXPECT_EQ(own->payload_digest, "\xff");
  EXPECT_EQ(own->signatures.size(), 1u);
}

TEST(HeaderTest, StrippingLeavesAllOtherOctetsAlone) {
  EXPECT_EQ(Stripped("{}"), "{}");
  EXPECT_EQ(Stripped("{\n \"a\": 1 ,\n \"b\":\"x\n  y\" }"), "{\n \"a\": 1 ,\n \"b\":\"x\n  y\" }");
  EXPECT_EQ(Stripped("{\"ContainerInfo\":{\"Index\":1}}"), "{}");
  EXPECT_EQ(Stripped("{\"ContainerInfo\":{},\"a\":1}"), "{\"a\":1}");
  EXPECT_EQ(Stripped("{ \"a\":1 , \"ContainerInfo\":{}}"), "{ \"a\":1}");
  EXPECT_EQ(Stripped("{\"a\":1,\"Received\":\"x\", \"b\":2}"), "{\"a\":1, \"b\":2}");
  EXPECT_EQ(Stripped("{\"Received\":\"\",\"ContainerInfo\":{},\n \"a\":{\"Received\":1}}"),
            "{\n \"a\":{\"Received\":1}}");
  EXPECT_FALSE(StripServiceMembers("[]").ok());
  EXPECT_FALSE(StripServiceMembers("{\"a\":1").ok());
}

TEST(HeaderTest, InsertsBeforeTheClosingBrace) {
  EXPECT_EQ(InsertServiceMembers("{}", 7, std::nullopt), "{\"ContainerInfo\":{\"Index\":7}}");
  EXPECT_EQ(InsertServiceMembers("{\"a\":1}", 7, 0),
            "{\"a\":1,\"ContainerInfo\":{\"Index\":7},\"Received\":\"1970-01-01T00:00:00Z\"}");
  EXPECT_EQ(InsertServiceMembers("{ \n}", 1, std::nullopt), "{\"ContainerInfo\":{\"Index\":1} \n}");
  EXPECT_EQ(InsertServiceMembers("{}", 0, std::nullopt),
            "{\"ContainerInfo\":{\"DataEncoding\":\"JSON\",\"ContainerType\":\"Merkle\","
            "\"Index\":0}}");
}

TEST(ContentMetaTest, ReadsWhatItWrites) {
  ContentMeta meta;
  meta.unique_id = "alice@example.com";
  meta.labels = {"a", "b"};
  meta.key_values = {{"site", "example.com"}};
  meta.message_type = "RequestContact";
  meta.cty = "application/mmm/message";
  meta.event = "Update";
  meta.created = 1767225600000;
  meta.first = 3;
  meta.previous = 9;
  std::string text;
  WriteContentMeta(meta, text);
  EXPECT_EQ(
      text,
      "{\"UniqueID\":\"alice@example.com\",\"Labels\":[\"a\",\"b\"],"
      "\"KeyValues\":[{\"Key\":\"site\",\"Value\":\"example.com\"}],"
      "\"MessageType\":\"RequestContact\",\"cty\":\"application/mmm/message\","
      "\"Event\":\"Update\",\"Created\":\"2026-01-01T00:00:00Z\",\"First\":3,\"Previous\":9}");
  const Result<ContentMeta> read = ParseContentMeta(text);
  ASSERT_TRUE(read.ok());
  std::string again;
  WriteContentMeta(*read, again);
  EXPECT_EQ(again, text);
}

TEST(ContentMetaTest, RefusesMembersOfTheWrongForm) {
  EXPECT_FALSE(ParseContentMeta(R"({"First":"1"})").ok());
  EXPECT_FALSE(ParseContentMeta(R"({"KeyValues":{}})").ok());
  EXPECT_FALSE(ParseContentMeta("").ok());
  EXPECT_TRUE(ParseContentMeta(R"({"Future":{"x":[1]}})").ok());
}

}  // namespace
}  // namespace mesh::dare
