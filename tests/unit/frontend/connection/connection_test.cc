// Stories of well-meaning clients, over both event loops.

#include "frontend/connection/connection.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/frontend/connection/harness.h"

namespace mesh::connection {
namespace {

TEST_P(ConnectionTest, ARequestIsAnswered) {
  TestClient& client = Connect();
  client.connection.Send(Post("/now", "body"));
  AwaitReplies(client, 1);
  EXPECT_EQ(client.replies[0].status, 200);
  EXPECT_EQ(client.replies[0].body, "/now");
  EXPECT_TRUE(client.replies[0].keep_alive);
  EXPECT_EQ(handler_.last_body, "body");
  EXPECT_EQ(handler_.last_deadline, clock_.In(kRequestTime));
  EXPECT_EQ(stats_.requests.value(), 1u);
  EXPECT_EQ(stats_.handshakes_ok.value(), 1u);
  EXPECT_GT(stats_.bytes_in.value(), 100u);
}

TEST_P(ConnectionTest, AConnectionIsUsedAgainAndAgain) {
  TestClient& client = Connect();
  for (size_t i = 0; i < 100; ++i) {
    client.connection.Send(Post("/now/" + std::to_string(i)));
    AwaitReplies(client, i + 1);
    EXPECT_EQ(client.replies[i].body, "/now/" + std::to_string(i));
  }
  EXPECT_EQ(stats_.accepted.value(), 1u);
}

TEST_P(ConnectionTest, AConnectionThatGaveItsBuffersBackStillServes) {
  TestClient& client = Connect();
  for (size_t i = 1; i <= 3; ++i) {
    client.connection.Send(Post("/now", std::string(20'000, 'x')));
    AwaitReplies(client, i);
    clock_.Advance(std::chrono::seconds(30));
    loop_->RunOnce(Duration(0));
    loop_->RunOnce(Duration(0));
  }
  EXPECT_FALSE(client.gone);
  EXPECT_EQ(timeouts(TimeoutKind::kIdle), 0u);
}

TEST_P(ConnectionTest, PipelinedRequestsAreAnsweredInOrder) {
  TestClient& client = Connect();
  std::string requests;
  for (int i = 0; i < 50; ++i)
    requests += Post((i % 3 == 0 ? "/wait/" : "/now/") + std::to_string(i));
  client.connection.Send(requests);
  while (handler_.targets.size() < 50 || !handler_.waiting.empty()) {
    RunUntil([&] { return !handler_.waiting.empty() || handler_.targets.size() == 50; });
    if (!handler_.waiting.empty()) handler_.Release();
  }
  AwaitReplies(client, 50);
  for (size_t i = 0; i < 50; ++i) {
    EXPECT_EQ(client.replies[i].body, (i % 3 == 0 ? "/wait/" : "/now/") + std::to_string(i));
  }
}

TEST_P(ConnectionTest, OneRequestAtATimeIsWithTheHandler) {
  TestClient& client = Connect();
  client.connection.Send(Post("/wait/1", "first") + Post("/wait/2", "second"));
  RunUntil([&] { return handler_.waiting.size() == 1; });
  client.connection.Send(Post("/wait/3", std::string(200'000, 'x')));
  for (int i = 0; i < 5; ++i) loop_->RunOnce(std::chrono::milliseconds(5));
  EXPECT_EQ(handler_.waiting.size(), 1u);
  EXPECT_EQ(stats_.in_flight.value(), 1u);
  handler_.Release();
  EXPECT_EQ(handler_.kept_bodies.back(), "first");
  RunUntil([&] { return handler_.waiting.size() == 1; });
  handler_.Release();
  RunUntil([&] { return handler_.waiting.size() == 1; });
  handler_.Release();
  EXPECT_EQ(handler_.kept_bodies.back().size(), 200'000u);
  AwaitReplies(client, 3);
}

TEST_P(ConnectionTest, ALargeBodyArrivesWhole) {
  TestClient& client = Connect();
  std::string body(4 * 1024 * 1024, 'b');
  for (size_t i = 0; i < body.size(); i += 1000) body[i] = static_cast<char>('a' + i % 26);
  client.connection.Send(Post("/now", body));
  AwaitReplies(client, 1);
  EXPECT_TRUE(handler_.last_body == body);
}

TEST_P(ConnectionTest, AChunkedBodyArrivesWhole) {
  TestClient& client = Connect();
  client.connection.Send("POST /now HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  std::string body;
  for (int i = 1; i <= 200; ++i) {
    char size[16];
    std::snprintf(size, sizeof size, "%x\r\n", i);
    body += std::string(static_cast<size_t>(i), 'c');
    client.connection.Send(size + std::string(static_cast<size_t>(i), 'c') + "\r\n");
    loop_->RunOnce(Duration(0));
  }
  client.connection.Send("0\r\n\r\n" + Post("/now/next"));
  AwaitReplies(client, 2);
  EXPECT_EQ(handler_.targets.size(), 2u);
  EXPECT_EQ(client.replies[1].body, "/now/next");
}

TEST_P(ConnectionTest, AClientThatAsksFirstIsToldToContinue) {
  TestClient& client = Connect();
  const uint64_t before = stats_.bytes_out.value();
  client.connection.Send(
      "POST /now HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  RunUntil([&] { return stats_.bytes_out.value() >= before + http::kContinue.size(); });
  EXPECT_TRUE(client.replies.empty());
  client.connection.Send("body");
  AwaitReplies(client, 1);
  EXPECT_EQ(handler_.last_body, "body");
}

TEST_P(ConnectionTest, ALargeReplyArrivesWhole) {
  handler_.reply_bytes = 3'000'000;
  TestClient& client = Connect();
  client.connection.Send(Post("/now/1") + Post("/now/2") + Post("/now/3"));
  AwaitReplies(client, 3);
  EXPECT_EQ(client.replies[2].body.size(), 3'000'006u);
  EXPECT_TRUE(client.replies[2].body.ends_with("/now/3"));
}

TEST_P(ConnectionTest, RepliesOfEverySizeAroundARecordArriveWhole) {
  TestClient& client = Connect();
  size_t count = 0;
  for (size_t size = 16 * 1024 - 300; size < 16 * 1024 + 20; size += 7) {
    handler_.reply_bytes = size;
    client.connection.Send(Post("/now"));
    AwaitReplies(client, ++count);
    ASSERT_EQ(client.replies.back().body.size(), size + 4);
  }
}

TEST_P(ConnectionTest, AReplyToHeadHasNoBody) {
  TestClient& client = Connect();
  client.connection.Send("HEAD /now HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  RunUntil([&] { return client.gone; });
  // The client did not ask by HEAD as far as it knows, so it waits for a body in vain.
  EXPECT_TRUE(client.replies.empty());
}

TEST_P(ConnectionTest, TheHandlerMayCloseAConnection) {
  TestClient& client = Connect();
  client.connection.Send(Post("/close") + Post("/now"));
  RunUntil([&] { return client.gone; });
  ASSERT_EQ(client.replies.size(), 1u);
  EXPECT_FALSE(client.replies[0].keep_alive);
  EXPECT_TRUE(client.why.ok()) << client.why.message();
  EXPECT_EQ(handler_.targets.size(), 1u);
}

TEST_P(ConnectionTest, TheClientMayAskToClose) {
  TestClient& client = Connect();
  client.connection.Send(Post("/now", "", "Connection: close\r\n"));
  RunUntil([&] { return client.gone; });
  ASSERT_EQ(client.replies.size(), 1u);
  EXPECT_TRUE(client.why.ok());
}

TEST_P(ConnectionTest, AnHttp10RequestIsAnsweredAndTheConnectionClosed) {
  TestClient& client = Connect();
  client.connection.Send("POST /now HTTP/1.0\r\n\r\n");
  RunUntil([&] { return client.gone; });
  ASSERT_EQ(client.replies.size(), 1u);
  EXPECT_FALSE(client.replies[0].keep_alive);
}

TEST_P(ConnectionTest, AHalfClosedClientStillGetsItsReplies) {
  TestClient& client = Connect();
  client.connection.Send(Post("/wait/1") + Post("/now/2"));
  client.connection.FinishSending();
  RunUntil([&] { return handler_.waiting.size() == 1; });
  for (int i = 0; i < 5; ++i) loop_->RunOnce(std::chrono::milliseconds(5));
  handler_.Release();
  RunUntil([&] { return client.gone; });
  ASSERT_EQ(client.replies.size(), 2u);
  EXPECT_TRUE(client.why.ok()) << client.why.message();
}

TEST_P(ConnectionTest, ALaterConnectionResumesTheSession) {
  TestClient& first = Connect();
  first.connection.Send(Post("/now"));
  AwaitReplies(first, 1);
  const std::shared_ptr<const tls::Session> session = first.connection.tls().session();
  ASSERT_NE(session, nullptr);
  TestClient& second = Connect(session.get());
  EXPECT_TRUE(second.connection.tls().resumed());
  EXPECT_EQ(stats_.handshakes_ok.value(), 2u);
  EXPECT_EQ(stats_.handshakes_resumed.value(), 1u);
}

TEST_P(ConnectionTest, ANewCertificateServesNewConnectionsAndLeavesOldOnesAlone) {
  TestClient& old_client = Connect();
  const auto old_trust = trusted_;
  WriteCertificate(tls::MakeTestCertificate("example.com"));
  ASSERT_TRUE(store_->Reload().ok());
  Connect();  // Trusts only the new one.
  old_client.connection.Send(Post("/now"));
  AwaitReplies(old_client, 1);
  trusted_ = old_trust;
  TestClient& distrustful = clients_.emplace_back(*loop_, trusted_);
  ASSERT_TRUE(distrustful.connection.Connect("127.0.0.1", port_, "example.com", nullptr).ok());
  RunUntil([&] { return distrustful.gone; });
  EXPECT_FALSE(distrustful.ready);
}

TEST_P(ConnectionTest, ADrainAnswersTheRequestThatIsOnItsWay) {
  TestClient& client = Connect();
  pool_->Drain();
  client.connection.Send(Post("/now"));
  RunUntil([&] { return client.gone && pool_->empty(); });
  ASSERT_EQ(client.replies.size(), 1u);
  EXPECT_FALSE(client.replies[0].keep_alive);
}

TEST_P(ConnectionTest, ADrainClosesConnectionsThatStayIdle) {
  TestClient& client = Connect();
  pool_->Drain();
  loop_->RunOnce(std::chrono::milliseconds(5));
  EXPECT_FALSE(client.gone);
  clock_.Advance(options_.times.drain);
  RunUntil([&] { return client.gone && pool_->empty(); });
  EXPECT_TRUE(client.why.ok()) << client.why.message();
  EXPECT_EQ(emptied_, 1);
}

TEST_P(ConnectionTest, ADrainLetsARequestFinishAndSaysSo) {
  TestClient& client = Connect();
  client.connection.Send(Post("/wait"));
  RunUntil([&] { return !handler_.waiting.empty(); });
  pool_->Drain();
  for (int i = 0; i < 5; ++i) loop_->RunOnce(std::chrono::milliseconds(5));
  EXPECT_FALSE(client.gone);
  handler_.Release();
  RunUntil([&] { return client.gone && pool_->empty(); });
  ASSERT_EQ(client.replies.size(), 1u);
  EXPECT_FALSE(client.replies[0].keep_alive);
}

TEST_P(ConnectionTest, ADrainLetsAHalfReceivedRequestFinish) {
  TestClient& client = Connect();
  client.connection.Send("POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo");
  const uint64_t before = stats_.bytes_in.value();
  RunUntil([&] { return stats_.bytes_in.value() > before; });
  pool_->Drain();
  client.connection.Send("dy");
  RunUntil([&] { return client.gone; });
  ASSERT_EQ(client.replies.size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Kinds, ConnectionTest,
                         ::testing::Values(net::IoKind::kUring, net::IoKind::kEpoll),
                         [](const auto& kind) {
                           return kind.param == net::IoKind::kUring ? "Uring" : "Epoll";
                         });

}  // namespace
}  // namespace mesh::connection
