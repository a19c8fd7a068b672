#include "common/dare/envelope.h"

#include <gtest/gtest.h>

#include <string>

namespace mesh::dare {
namespace {

using namespace std::string_literals;

Envelope Parsed(std::string_view json) {
  const Result<Envelope> envelope = ParseEnvelope(json);
  EXPECT_TRUE(envelope.ok()) << json << ": " << envelope.status().message();
  return envelope.ok() ? *envelope : Envelope();
}

std::string WhyRefused(std::string_view json) {
  const Result<Envelope> envelope = ParseEnvelope(json);
  EXPECT_EQ(envelope.status().code(), Code::kInvalidArgument) << json;
  return envelope.status().message();
}

TEST(EnvelopeTest, KeepsHeaderAndTrailerAsTheyCame) {
  const Envelope envelope =
      Parsed("[{ \"dig\": \"SHA2\",\n \"Salt\":\"AA\n  BB\"} , \"Zm9v\n  YmFy\",\n {\"a\" :1}]");
  EXPECT_EQ(envelope.header, "{ \"dig\": \"SHA2\",\n \"Salt\":\"AA\n  BB\"}");
  EXPECT_EQ(envelope.payload, "foobar");
  EXPECT_TRUE(envelope.has_payload);
  EXPECT_EQ(envelope.trailer, "{\"a\" :1}");
}

TEST(EnvelopeTest, PartsMayBeMissingAtTheEnd) {
  EXPECT_EQ(Parsed("[]").header, "{}");
  EXPECT_FALSE(Parsed("[]").has_payload);
  EXPECT_FALSE(Parsed("[{}]").has_payload);
  EXPECT_TRUE(Parsed("[{},\"\"]").has_payload);
  EXPECT_EQ(Parsed("[{},\"\"]").trailer, "");
  EXPECT_FALSE(Parsed("[{},null,{\"x\":1}]").has_payload);
}

TEST(EnvelopeTest, WritesWhatItReads) {
  for (const char* text : {"[{}]", "[{},\"\"]", "[{\"a\":1},\"Zm9v\"]", "[{},\"Zm9v\",{}]",
                           "[{\"a\":1},null,{\"b\":2}]"}) {
    EXPECT_EQ(EnvelopeText(Parsed(text)), text);
  }
}

TEST(EnvelopeTest, ReadsJsonBAndKeepsItsHeadersAsText) {
  json::Options options;
  options.json_b = true;
  const Result<Envelope> envelope = ParseEnvelope(
      "[{\xb4\x04Salt\x88\x03\xff\xfe\xfd}\x8c\x02\x00\xff\x88\x01z{ \"a\" : 1 }]"s, options);
  ASSERT_TRUE(envelope.ok()) << envelope.status().message();
  EXPECT_EQ(envelope->header, R"({"Salt":"__79"})");
  EXPECT_EQ(envelope->payload, "\x00\xffz"s);
  EXPECT_EQ(envelope->trailer, R"({ "a" : 1 })") << "JSON stays as it came";
}

TEST(EnvelopeTest, WritesJsonBWithoutBase64) {
  std::string octets;
  WriteEnvelope(Parsed(R"([{"dig":"S512"},"Zm9v",{"PayloadDigest":"__79"}])"), octets,
                json::Form::kJsonB);
  EXPECT_EQ(octets,
            "[{\"dig\":\"S512\"},\x88\x03"
            "foo,{\"PayloadDigest\":\x88\x03\xff\xfe\xfd}]");
}

TEST(EnvelopeTest, RefusesWhatIsNoEnvelope) {
  EXPECT_EQ(WhyRefused("{}"), "JSON, octet 0: expected '['");
  EXPECT_EQ(WhyRefused("[\"\"]"), "JSON, octet 1: expected '{'");
  EXPECT_EQ(WhyRefused("[{},{}]"), "JSON, octet 4: expected a base64url string");
  EXPECT_EQ(WhyRefused("[{},\"\",{},{}]"),
            "JSON, octet 10: an envelope has at most header, payload and trailer");
  WhyRefused("[{\"a\":1,\"a\":2}]");
  WhyRefused("[{},\"*\"]");
  WhyRefused("[{}] x");
}

TEST(EnvelopeTest, TheTaggedFormHasOneMember) {
  std::string text;
  WriteTaggedEnvelope(Parsed("[{},\"Zm9v\"]"), text);
  EXPECT_EQ(text, "{\"DareEnvelope\":[{},\"Zm9v\"]}");
  const Result<Envelope> envelope = ParseTaggedEnvelope(text);
  ASSERT_TRUE(envelope.ok());
  EXPECT_EQ(envelope->payload, "foo");
  EXPECT_FALSE(ParseTaggedEnvelope("{}").ok());
  EXPECT_FALSE(ParseTaggedEnvelope("{\"Other\":[]}").ok());
  EXPECT_FALSE(ParseTaggedEnvelope("{\"DareEnvelope\":[],\"Other\":1}").ok());
}

}  // namespace
}  // namespace mesh::dare
