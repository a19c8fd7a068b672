#include "frontend/peers/hello_reply.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/frontend/peers/test_service.h"

namespace mesh::frontend {
namespace {

constexpr WallMillis kNow = 1'767'225'600'000;
constexpr WallMillis kDay = 24 * 3600 * 1000;

Code CodeOf(const std::string& body, WallMillis now = kNow) {
  return VerifyHelloReply({201, body}, now).status().code();
}

TEST(HelloReply, ProvesAServiceAndTheKeyOfItsHosts) {
  const TestService service;
  const auto connection = VerifyHelloReply({201, service.HelloBody(kNow)}, kNow);
  ASSERT_TRUE(connection.ok()) << connection.status().message();
  EXPECT_EQ(connection->service_udf, service.udf());
  EXPECT_EQ(connection->key_authentication, service.authentication);
  EXPECT_EQ(connection->not_on_or_after, kNow + kDay);
}

TEST(HelloReply, ProvesNothingOutOfItsTime) {
  const std::string body = TestService().HelloBody(kNow);
  EXPECT_EQ(CodeOf(body, kNow + kDay), Code::kPermissionDenied);
  EXPECT_EQ(CodeOf(body, kNow - kDay - 1), Code::kPermissionDenied);
}

TEST(HelloReply, OfMixedServicesProvesNothing) {
  const TestService service, other;
  std::string message = service.HelloMessage(kNow);
  const std::string ours = dare::EnvelopeText(service.ProfileService());
  message.replace(message.find(ours), ours.size(), dare::EnvelopeText(other.ProfileService()));
  EXPECT_EQ(CodeOf(TestService::InNullEnvelope(message)), Code::kPermissionDenied);
}

TEST(HelloReply, ThatIsNoHelloIsRefused) {
  const std::string bare = TestService().HelloMessage(kNow);
  for (const std::string& body :
       {std::string(), std::string("{}"), std::string("<html>"), bare,
        TestService::InNullEnvelope("{}"), TestService::InNullEnvelope("nonsense"),
        TestService::InNullEnvelope(R"({"MeshHelloResponse": {"Status": 201}})"),
        TestService::InNullEnvelope(R"({"MeshHelloResponse": {"Status": 503}})"),
        TestService::InNullEnvelope(R"({"MeshResponse": {"Status": 401}})"),
        TestService::InNullEnvelope(R"({"StatusResponse": {"Status": 201}})")}) {
    EXPECT_EQ(CodeOf(body), Code::kDataLoss) << body;
  }
}

TEST(HelloReply, WithAnErrorOfHttpIsNone) {
  const std::string body = TestService().HelloBody(kNow);
  for (const int status : {199, 300, 307, 400, 404, 500, 503}) {
    EXPECT_EQ(VerifyHelloReply({status, body}, kNow).status().code(), Code::kUnavailable) << status;
  }
}

TEST(HelloReply, MustNotBeSealed) {
  std::string body = TestService().HelloBody(kNow);
  const std::string null = "\"Null\"";
  body.replace(body.find(null), null.size(), "\"Device\"");
  EXPECT_EQ(CodeOf(body), Code::kDataLoss);
}

TEST(HelloRequest, IsAnEnvelopedHello) {
  const std::string body = HelloRequestBody();
  const auto envelope = binding::ParseWireEnvelope(binding::Encoding::kJson, body);
  ASSERT_TRUE(envelope.ok());
  EXPECT_EQ(envelope->header.mode, binding::Mode::kNull);
  EXPECT_THAT(envelope->payload, ::testing::HasSubstr("\"Hello\""));
}

}  // namespace
}  // namespace mesh::frontend
