#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/client/https_transport.h"
#include "tests/support/fake_clock.h"

namespace mesh::client {
namespace {

TEST(ServiceAddressTest, AnHttpsHostWithOrWithoutPortIsAService) {
  EXPECT_TRUE(CheckServiceAddress({"https://example.com", "", ""}).ok());
  EXPECT_TRUE(CheckServiceAddress({"https://example.com:8443", "127.0.0.1:8443", ""}).ok());
}

TEST(ServiceAddressTest, AnythingElseIsRefused) {
  for (const char* url : {"", "example.com", "http://example.com", "https://", "https://a b",
                          "https://example.com/path"}) {
    EXPECT_EQ(CheckServiceAddress({url, "", ""}).code(), Code::kInvalidArgument) << url;
  }
  for (const char* connect : {"127.0.0.1", ":8443", "127.0.0.1:", "a b:1"}) {
    EXPECT_FALSE(CheckServiceAddress({"https://example.com", connect, ""}).ok()) << connect;
  }
}

TEST(HttpsTransportTest, AServiceThatIsNotThereCannotBeReached) {
  const SystemClock clock;
  HttpsTransport transport({"https://127.0.0.1:1", "", ""}, clock);

  const Result<HttpReply> reply = transport.Post("/", {}, "{}", clock.In(std::chrono::seconds(30)));

  EXPECT_EQ(reply.status().code(), Code::kUnavailable);
  EXPECT_THAT(reply.status().message(), testing::HasSubstr("cannot reach https://127.0.0.1:1"));
}

TEST(HttpsTransportTest, NothingIsSentWhenTheDeadlineIsOver) {
  const FakeClock clock;
  HttpsTransport transport({"https://127.0.0.1:1", "", ""}, clock);

  EXPECT_EQ(transport.Post("/", {}, "{}", clock.Now()).status().code(), Code::kUnavailable);
}

}  // namespace
}  // namespace mesh::client
