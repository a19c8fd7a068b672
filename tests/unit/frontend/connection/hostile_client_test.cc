// Stories of slow, broken and hostile clients, over both event loops.

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/frontend/connection/harness.h"

namespace mesh::connection {
namespace {

using std::chrono::seconds;

class HostileClientTest : public ConnectionTest {
 protected:
  // A TLS client of which the test moves every octet by hand.
  class Puppet {
   public:
    explicit Puppet(HostileClientTest& test)
        : test_(test), socket_(test.port_), tls_(test.trusted_) {
      tls_.SetServer("example.com", nullptr);
      std::string out;
      (void)tls_.Handshake(out);
      socket_.Send(out);
      test_.RunUntil([this] { return AdvanceHandshake(); });
    }
    void Send(std::string_view plain) {
      std::string out;
      EXPECT_EQ(tls_.Write(plain, out), tls::TlsEngine::Outcome::kDone);
      socket_.Send(out);
    }
    RudeSocket& socket() { return socket_; }

   private:
    bool AdvanceHandshake() {
      if (tls_.handshake_done()) return true;
      const std::string arrived = socket_.Receive();
      tls_.Feed(arrived);
      std::string out;
      (void)tls_.Handshake(out);
      if (!out.empty()) socket_.Send(out);
      return tls_.handshake_done();
    }

    HostileClientTest& test_;
    RudeSocket socket_;
    tls::TlsEngine tls_;
  };

  // Lets `time` pass and the loop notice.
  void Pass(Duration time) {
    clock_.Advance(time + net::TimerWheel::kTick);
    loop_->RunOnce(Duration(0));
    loop_->RunOnce(Duration(0));
  }

  // Runs until the kernel takes nothing more of what the server sends.
  void AwaitStandstill() {
    int still = 0;
    uint64_t sent = 0;
    RunUntil([&] {
      still = stats_.bytes_out.value() == sent ? still + 1 : 0;
      sent = stats_.bytes_out.value();
      return still > 10;
    });
  }

  void AwaitHalfRequest(TestClient& client, const std::string& half) {
    const uint64_t before = stats_.bytes_in.value();
    client.connection.Send(half);
    RunUntil([&] { return stats_.bytes_in.value() > before; });
  }
};

TEST_P(HostileClientTest, SilenceInsteadOfAHandshakeIsCutOff) {
  RudeSocket socket(port_);
  RunUntil([&] { return stats_.open.value() == 1; });
  Pass(options_.times.handshake - seconds(1));
  EXPECT_EQ(stats_.open.value(), 1u);
  Pass(seconds(1));
  RunUntil([&] { return pool_->empty(); });
  EXPECT_EQ(timeouts(TimeoutKind::kHandshake), 1u);
  EXPECT_EQ(stats_.handshakes_failed.value(), 1u);
}

TEST_P(HostileClientTest, PlainHttpOnTheTlsPortIsAFailedHandshake) {
  RudeSocket socket(port_);
  socket.Send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  RunUntil([&] { return !socket.Receive().empty() || socket.ended; });
  EXPECT_EQ(stats_.handshakes_failed.value(), 1u);
  EXPECT_TRUE(handler_.targets.empty());
}

TEST_P(HostileClientTest, GoneBeforeTheHandshakeIsAFailedHandshake) {
  {
    RudeSocket socket(port_);
    RunUntil([&] { return stats_.open.value() == 1; });
  }
  RunUntil([&] { return pool_->empty(); });
  EXPECT_EQ(stats_.handshakes_failed.value(), 1u);
}

TEST_P(HostileClientTest, AHeaderThatDripsIsRefusedInTime) {
  TestClient& client = Connect();
  AwaitHalfRequest(client, "POST /now HT");
  for (int i = 0; i < 9; ++i) {
    Pass(seconds(1));
    AwaitHalfRequest(client, "T");  // Each octet would buy more time from a naive server.
  }
  EXPECT_FALSE(client.gone);
  Pass(seconds(2));
  RunUntil([&] { return client.gone; });
  ASSERT_EQ(client.replies.size(), 1u);
  EXPECT_EQ(client.replies[0].status, 408);
  EXPECT_TRUE(client.replies[0].body.starts_with("refused:"));
  EXPECT_EQ(timeouts(TimeoutKind::kHeader), 1u);
}

TEST_P(HostileClientTest, BodiesThatDoNotEndAreHeldUpToABound) {
  options_.buffered_bytes_max = 250'000;
  const std::string most =
      "POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 240000\r\n\r\n" + std::string(200'000, 'x');
  TestClient& first = Connect();
  first.connection.Send(most);
  RunUntil([&] { return stats_.bytes_in.value() > 200'000; });
  for (int i = 0; i < 2; ++i) {
    TestClient& late = Connect();
    late.connection.Send(most);
    RunUntil([&] { return late.gone; });
    ASSERT_EQ(late.replies.size(), 1u);
    EXPECT_EQ(late.replies[0].status, 503);
  }
  first.connection.Send(std::string(40'000, 'x'));
  RunUntil([&] { return !first.replies.empty(); });
  EXPECT_EQ(first.replies[0].status, 200);
}

TEST_P(HostileClientTest, ABodyThatDoesNotComeIsRefusedInTime) {
  TestClient& client = Connect();
  AwaitHalfRequest(client, "POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nbo");
  Pass(options_.times.header + seconds(1));
  EXPECT_TRUE(client.replies.empty());
  Pass(options_.times.body);
  RunUntil([&] { return client.gone; });
  ASSERT_EQ(client.replies.size(), 1u);
  EXPECT_EQ(client.replies[0].status, 408);
  EXPECT_EQ(timeouts(TimeoutKind::kBody), 1u);
}

TEST_P(HostileClientTest, AnIdleConnectionIsClosedWithoutAWord) {
  TestClient& client = Connect();
  client.connection.Send(Post("/now"));
  AwaitReplies(client, 1);
  Pass(options_.times.idle / 2);
  EXPECT_FALSE(client.gone);
  Pass(options_.times.idle);
  RunUntil([&] { return client.gone; });
  EXPECT_TRUE(client.why.ok()) << client.why.message();
  EXPECT_EQ(client.replies.size(), 1u);
  EXPECT_EQ(timeouts(TimeoutKind::kIdle), 1u);
}

TEST_P(HostileClientTest, ASlowHandlerIsNoIdleClient) {
  TestClient& client = Connect();
  client.connection.Send(Post("/wait"));
  RunUntil([&] { return !handler_.waiting.empty(); });
  Pass(options_.times.idle * 2);
  EXPECT_FALSE(client.gone);
  handler_.Release();
  AwaitReplies(client, 1);
}

TEST_P(HostileClientTest, AClientThatDoesNotReadIsCutOffAndCostsLittle) {
  handler_.reply_bytes = 100'000'000;
  Puppet puppet(*this);
  puppet.Send(Post("/now"));
  RunUntil([&] { return stats_.requests.value() == 1; });
  AwaitStandstill();
  EXPECT_LT(stats_.bytes_out.value(), 50'000'000u);  // The kernel's buffers, and no more.
  Pass(options_.times.write);
  RunUntil([&] { return pool_->empty(); });
  EXPECT_EQ(timeouts(TimeoutKind::kWrite), 1u);
}

TEST_P(HostileClientTest, AResetWhileTheHandlerWorksWaitsForTheHandler) {
  Puppet puppet(*this);
  puppet.Send(Post("/wait", "precious"));
  RunUntil([&] { return !handler_.waiting.empty(); });
  puppet.socket().Reset();
  RunUntil([&] { return stats_.broken.value() == 1; });
  RunUntil([&] { return loop_->open_sockets() == 0; });
  EXPECT_FALSE(pool_->empty());
  handler_.Release();
  EXPECT_EQ(handler_.kept_bodies.back(), "precious");
  EXPECT_TRUE(pool_->empty());
}

TEST_P(HostileClientTest, ARequestThatBreaksOffIsNotServed) {
  TestClient& client = Connect();
  AwaitHalfRequest(client, "POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nbo");
  client.connection.FinishSending();
  RunUntil([&] { return client.gone; });
  EXPECT_TRUE(handler_.targets.empty());
}

TEST_P(HostileClientTest, AHiddenRequestIsNotServed) {
  TestClient& client = Connect();
  client.connection.Send(
      "POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 40\r\nTransfer-Encoding: chunked\r\n\r\n"
      "0\r\n\r\n" +
      Post("/now/hidden"));
  RunUntil([&] { return client.gone; });
  ASSERT_EQ(client.replies.size(), 1u);
  EXPECT_EQ(client.replies[0].status, 400);
  EXPECT_FALSE(client.replies[0].keep_alive);
  EXPECT_TRUE(handler_.targets.empty());
  EXPECT_EQ(stats_.refusals[0].value(), 1u);
}

TEST_P(HostileClientTest, RequestsBeforeARefusedOneAreStillAnswered) {
  TestClient& client = Connect();
  client.connection.Send(Post("/now/1") + Post("/now/2") + "garbage\r\n\r\n" + Post("/now/3"));
  RunUntil([&] { return client.gone; });
  ASSERT_EQ(client.replies.size(), 3u);
  EXPECT_EQ(client.replies[1].body, "/now/2");
  EXPECT_EQ(client.replies[2].status, 400);
}

TEST_P(HostileClientTest, TooLargeABodyIsRefusedAndTheRefusalArrives) {
  TestClient& client = Connect();
  // The client goes on sending: the refusal must survive that.
  client.connection.Send(Post("/now", std::string(5 * 1024 * 1024, 'x')));
  RunUntil([&] { return client.gone; });
  ASSERT_EQ(client.replies.size(), 1u) << client.why.message();
  EXPECT_EQ(client.replies[0].status, 413);
}

TEST_P(HostileClientTest, AClientThatLingersAfterARefusalIsClosed) {
  Puppet puppet(*this);
  puppet.Send("garbage\r\n\r\n");
  RunUntil([&] { return stats_.refusals[0].value() == 1; });
  for (int i = 0; i < 5; ++i) loop_->RunOnce(std::chrono::milliseconds(5));
  EXPECT_FALSE(pool_->empty());
  Pass(options_.times.linger);
  RunUntil([&] { return pool_->empty(); });
  EXPECT_EQ(timeouts(TimeoutKind::kLinger), 1u);
}

TEST_P(HostileClientTest, AnAlteredRecordBreaksTheConnection) {
  Puppet puppet(*this);
  puppet.socket().Send(std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x'));
  RunUntil([&] { return stats_.broken.value() == 1; });
  EXPECT_TRUE(handler_.targets.empty());
}

TEST_P(HostileClientTest, ManyRequestsWithoutReadingAreHeldBack) {
  handler_.reply_bytes = 60'000;
  Puppet puppet(*this);
  std::string requests;
  for (int i = 0; i < 2000; ++i) requests += Post("/now");
  puppet.Send(requests);
  AwaitStandstill();
  EXPECT_LT(handler_.targets.size(), 1000u);
  EXPECT_GE(handler_.targets.size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Kinds, HostileClientTest,
                         ::testing::Values(net::IoKind::kUring, net::IoKind::kEpoll),
                         [](const auto& kind) {
                           return kind.param == net::IoKind::kUring ? "Uring" : "Epoll";
                         });

}  // namespace
}  // namespace mesh::connection
