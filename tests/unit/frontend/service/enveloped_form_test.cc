// Which body is an envelope, and mode Null.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/encoding/base64url.h"
#include "tests/support/front_end.h"

namespace mesh::frontend {
namespace {

using binding::Encoding;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kHello[] = R"({"Hello":{}})";

class EnvelopedFormTest : public ::testing::Test {
 protected:
  static std::string Null(const std::string& message, Encoding encoding = Encoding::kJson) {
    std::string body;
    binding::AppendWireEnvelope(encoding, binding::WriteWireHeader(encoding, {}), message, body);
    return body;
  }
  // The message of a reply in mode Null.
  std::string Message(Encoding encoding = Encoding::kJson) {
    const auto envelope = binding::ParseWireEnvelope(encoding, front_.reply()->body);
    EXPECT_TRUE(envelope.ok()) << front_.reply()->body;
    EXPECT_EQ(envelope->header.mode, binding::Mode::kNull);
    return envelope->payload;
  }
  int Status() { return front_.reply()->status; }

  ServiceWorld world_;
  FrontEnd front_{world_};
};

TEST_F(EnvelopedFormTest, HelloShowsTheHostKeyInEnvelopesOnly) {
  front_.Send(Null(kHello));
  EXPECT_EQ(Status(), 201);
  EXPECT_THAT(Message(), StartsWith(R"({"MeshHelloResponse":{"Status":201,)"));
  EXPECT_THAT(Message(), HasSubstr(R"("EnvelopedConnectionHost":[{},"Aw"])"));
  EXPECT_THAT(Message(), HasSubstr(R"("ID":["application/json","application/json-b"])"));
  EXPECT_EQ(world_.Accepted("Null"), 1u);
  front_.Send(kHello);
  EXPECT_THAT(front_.reply()->body, Not(HasSubstr("EnvelopedConnectionHost")));
}

TEST_F(EnvelopedFormTest, TheReplyHasTheEncodingOfTheRequest) {
  front_.Send(Null(kHello, Encoding::kJsonB), "application/json-b; charset=x");
  EXPECT_EQ(Status(), 201);
  EXPECT_EQ(front_.reply()->content_type, "application/json-b");
  EXPECT_THAT(Message(Encoding::kJsonB), StartsWith(R"({"MeshHelloResponse")"));
  front_.Send(" [ {}, \"" + Base64UrlEncode(kHello) + "\" , {} ] ");
  EXPECT_EQ(Status(), 201);
  EXPECT_EQ(front_.reply()->content_type, "application/json");
}

TEST_F(EnvelopedFormTest, AnythingButHelloNeedsMoreThanNull) {
  for (const char* tag : {"Status", "Upload", "CreateAccount", "DeleteAccount", "Post"}) {
    front_.Send(Null(R"({")" + std::string(tag) + R"(":{}})"));
    EXPECT_EQ(Status(), 401) << tag;
    EXPECT_THAT(Message(), HasSubstr(R"("Status":401)"));
    EXPECT_THAT(Message(), HasSubstr("MeshRequestUnauthenticated"));
  }
  EXPECT_THAT(Message(), StartsWith(R"({"PostResponse":)"));
  EXPECT_EQ(world_.Refused("null"), 5u);
  EXPECT_TRUE(world_.back_end.calls.empty());
}

TEST_F(EnvelopedFormTest, ABareRequestCountsAsNull) {
  front_.Send(R"({"Status":{}})");
  EXPECT_EQ(Status(), 401);
  EXPECT_EQ(world_.Refused("null"), 1u);
}

TEST_F(EnvelopedFormTest, WhatIsNoEnvelopeIsRefusedInOne) {
  const char* const bodies[] = {"[{}]",
                                R"([{},"eyJIZWxsbyI6e319)",
                                R"([{},"eyJIZWxsbyI6e319"][{},""])",
                                R"([{},"eyJIZWxsbyI6e319",{"a":1}])",
                                R"([{},"eyJIZWxsbyI6e319",{},{}])",
                                R"([{"Mode":"None"},"eyJIZWxsbyI6e319"])",
                                R"([{"Version":2},"eyJIZWxsbyI6e319"])",
                                R"([{"Mode":"Ticket","Version":1},""])",
                                R"([{"Mode":"Ticket","Version":1,"Salt":"AA"},""])",
                                R"([{},"eyJIZWxsbyI6e319!"])"};
  for (const char* body : bodies) {
    front_.Send(body);
    EXPECT_EQ(Status(), 400) << body;
    EXPECT_THAT(Message(), HasSubstr("MeshRequestInvalid")) << body;
  }
  EXPECT_EQ(world_.Refused("envelope"), std::size(bodies));
}

TEST_F(EnvelopedFormTest, JsonBIsForEnvelopesOnly) {
  front_.Send(kHello, "application/json-b");
  EXPECT_EQ(Status(), 400);
  EXPECT_THAT(Message(Encoding::kJsonB), HasSubstr("MeshRequestInvalid"));
}

TEST_F(EnvelopedFormTest, OtherEncodingsAreRefusedInJson) {
  front_.Send(Null(kHello), "application/json-c");
  EXPECT_EQ(Status(), 415);
  EXPECT_EQ(front_.reply()->content_type, "application/json");
  EXPECT_THAT(front_.reply()->body, StartsWith(R"({"MeshResponse":{"Status":415)"));
}

TEST_F(EnvelopedFormTest, WhatIsTooMuchIsRefusedInAnEnvelopeToo) {
  world_.options.in_flight_max = 0;
  FrontEnd full(world_);
  full.Send(Null(kHello));
  EXPECT_EQ(full.reply()->status, 503);
  EXPECT_THAT(full.reply()->body, StartsWith("[{"));
  ASSERT_EQ(full.reply()->headers.size(), 1u);
  EXPECT_EQ(full.reply()->headers[0].first, "Retry-After");
}

TEST_F(EnvelopedFormTest, WithoutTlsOnlyEnvelopesAreTaken) {
  FrontEnd plain(world_, nullptr, MeshService::Forms::kEnvelopes);
  plain.Send(Null(kHello));
  EXPECT_EQ(plain.reply()->status, 201);
  for (const char* bare : {kHello, R"({"Status":{}})", ""}) {
    plain.Send(bare);
    EXPECT_EQ(plain.reply()->status, 401) << bare;
    EXPECT_THAT(plain.reply()->body, HasSubstr("envelopes only"));
  }
}

TEST_F(EnvelopedFormTest, ReferenceCompatibilityDoesNotChangeEnvelopes) {
  world_.options.reference_compatibility = true;
  FrontEnd reference(world_);
  reference.Send(Null(R"({"Status":{"Account":"alice@example.com"}})"));
  EXPECT_EQ(reference.reply()->status, 401);
  EXPECT_TRUE(world_.back_end.calls.empty());
}

}  // namespace
}  // namespace mesh::frontend
