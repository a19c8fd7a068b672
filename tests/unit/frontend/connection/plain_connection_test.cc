// Stories of connections without TLS, over both event loops.

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/frontend/connection/harness.h"

namespace mesh::connection {
namespace {

class PlainConnectionTest : public ConnectionTest {
 protected:
  void SetUp() override {
    ConnectionTest::SetUp();
    if (loop_ == nullptr) return;
    loop_->StopAccepting();
    Listen(nullptr);
  }

  // Runs until what has arrived at `socket` ends with `end`.
  std::string Await(RudeSocket& socket, std::string_view end) {
    std::string all;
    RunUntil([&] {
      all += socket.Receive();
      return all.ends_with(end) || socket.ended;
    });
    return all;
  }
};

TEST_P(PlainConnectionTest, RequestsAreServedOneAfterAnother) {
  RudeSocket client(port_);
  client.Send(Post("/now/1", "one") + Post("/now/2", "two"));
  const std::string replies = Await(client, "/now/2");
  EXPECT_EQ(replies.find("HTTP/1.1 200"), 0u);
  EXPECT_NE(replies.find("/now/1HTTP/1.1"), std::string::npos) << replies;
  EXPECT_EQ(handler_.targets.size(), 2u);
  EXPECT_EQ(stats_.handshakes_ok.value(), 0u);
}

TEST_P(PlainConnectionTest, ARequestMayComeOctetByOctet) {
  RudeSocket client(port_);
  for (const char octet : Post("/now", "body")) {
    client.Send(std::string_view(&octet, 1));
    loop_->RunOnce(std::chrono::milliseconds(1));
  }
  Await(client, "/now");
  EXPECT_EQ(handler_.last_body, "body");
}

TEST_P(PlainConnectionTest, ALargeReplyArrivesWhole) {
  handler_.reply_bytes = 1'000'000;
  RudeSocket client(port_);
  client.Send(Post("/now"));
  EXPECT_GT(Await(client, "/now").size(), handler_.reply_bytes);
}

TEST_P(PlainConnectionTest, TheLastReplyIsFollowedByTheEnd) {
  RudeSocket client(port_);
  client.Send(Post("/close"));
  const std::string reply = Await(client, "never");
  EXPECT_TRUE(client.ended);
  EXPECT_TRUE(reply.ends_with("/close")) << reply;
}

TEST_P(PlainConnectionTest, AClientThatSpeaksTlsIsRefused) {
  RudeSocket client(port_);
  client.Send(std::string("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00\r\n\r\n", 14));
  EXPECT_EQ(Await(client, "never").find("HTTP/1.1 400"), 0u);
  EXPECT_TRUE(handler_.targets.empty());
}

TEST_P(PlainConnectionTest, AClientThatSaysNothingIsClosedAfterTheIdleTime) {
  RudeSocket client(port_);
  RunUntil([&] { return stats_.open.value() == 1; });
  RunUntil([&] {
    clock_.Advance(options_.times.idle);  // The first time its buffers are given back.
    (void)client.Receive();
    return client.ended;
  });
  EXPECT_EQ(timeouts(TimeoutKind::kIdle), 1u);
  EXPECT_EQ(timeouts(TimeoutKind::kHandshake), 0u);
}

INSTANTIATE_TEST_SUITE_P(Kinds, PlainConnectionTest,
                         ::testing::Values(net::IoKind::kUring, net::IoKind::kEpoll),
                         [](const auto& kind) {
                           return kind.param == net::IoKind::kUring ? "Uring" : "Epoll";
                         });

}  // namespace
}  // namespace mesh::connection
