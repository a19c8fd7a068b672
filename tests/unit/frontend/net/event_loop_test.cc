// What every event loop must do, shown for each kind over real loopback sockets. One
// loop plays both ends, so nothing here depends on threads or on time.

#include "frontend/net/event_loop.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "frontend/net/listen.h"
#include "tests/support/fake_clock.h"

namespace mesh::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Remembers what happened on one socket.
class Recorder final : public SocketHandler {
 public:
  void OnConnected(int error) override { connected = error; }
  void OnReceived(std::string_view octets) override {
    ++receptions;
    received.append(octets);
  }
  void OnReceiveEnd(int error) override { ended = error; }
  void OnSent(int error) override { sent = error; }
  void OnClosed() override { closed = true; }

  SocketId socket = 0;
  int connected = -1;
  int ended = -1;
  int sent = -1;
  int receptions = 0;
  bool closed = false;
  std::string received;
};

class EventLoopTest : public ::testing::TestWithParam<IoKind>, public Acceptor {
 protected:
  void SetUp() override { MakeLoop({}); }

  void MakeLoop(const EventLoopOptions& options) {
    loop_.reset();
    Result<std::unique_ptr<EventLoop>> loop = MakeEventLoop(GetParam(), options, clock_);
    if (!loop.ok()) GTEST_SKIP() << loop.status().message();
    loop_ = *std::move(loop);
    Result<Listener> listener = Listen("127.0.0.1", 0);
    ASSERT_TRUE(listener.ok()) << listener.status().message();
    port_ = listener->port;
    loop_->Accept(std::move(listener->socket), *this);
  }

  void TearDown() override {
    if (!loop_) return;
    loop_->StopAccepting();
    for (Recorder& accepted : accepted_) CloseFully(accepted);
    for (Recorder& client : clients_) CloseFully(client);
    EXPECT_EQ(loop_->open_sockets(), 0u);
  }

  void CloseFully(Recorder& recorder) {
    if (!recorder.closed) loop_->Close(recorder.socket);
    RunUntil([&] { return recorder.closed; });
  }

  SocketHandler* OnAccepted(SocketId socket, std::string client) override {
    if (turn_away_) return nullptr;
    accepted_.emplace_back().socket = socket;
    accepted_from_.push_back(std::move(client));
    loop_->StartReceive(socket);
    return &accepted_.back();
  }
  void OnRefused() override { ++refused_; }

  // Runs the loop until `done`; gives up after a time that no healthy run needs.
  template <typename Condition>
  void RunUntil(Condition done) {
    const auto give_up = std::chrono::steady_clock::now() + seconds(20);
    while (!done() && std::chrono::steady_clock::now() < give_up) {
      loop_->RunOnce(milliseconds(20));
    }
    EXPECT_TRUE(done());
  }

  Recorder& Connect() {
    Recorder& client = clients_.emplace_back();
    const Result<SocketId> socket = loop_->Connect("127.0.0.1", port_, client);
    EXPECT_TRUE(socket.ok()) << socket.status().message();
    client.socket = *socket;
    RunUntil([&] { return client.connected != -1; });
    return client;
  }

  // A client whose connection was accepted; the server's end is accepted_.back().
  Recorder& ConnectAccepted() {
    const size_t before = accepted_.size();
    Recorder& client = Connect();
    RunUntil([&] { return accepted_.size() > before; });
    return client;
  }

  void Send(Recorder& from, std::string_view octets) {
    from.sent = -1;
    loop_->Send(from.socket, octets);
  }

  FakeClock clock_;
  std::deque<Recorder> accepted_;
  std::vector<std::string> accepted_from_;
  std::deque<Recorder> clients_;
  bool turn_away_ = false;
  int refused_ = 0;
  uint16_t port_ = 0;
  std::unique_ptr<EventLoop> loop_;
};

TEST_P(EventLoopTest, SaysWhatItRunsOn) {
  EXPECT_EQ(loop_->name(), GetParam() == IoKind::kUring ? "uring" : "epoll");
}

TEST_P(EventLoopTest, OctetsTravelBothWays) {
  Recorder& client = ConnectAccepted();
  Recorder& server = accepted_.back();
  loop_->StartReceive(client.socket);
  Send(client, "question");
  RunUntil([&] { return server.received == "question" && client.sent == 0; });
  Send(server, "answer");
  RunUntil([&] { return client.received == "answer" && server.sent == 0; });
  EXPECT_EQ(loop_->open_sockets(), 2u);
}

TEST_P(EventLoopTest, EveryConnectionIsToldWhereItComesFrom) {
  for (int i = 0; i < 20; ++i) ConnectAccepted();
  EXPECT_EQ(accepted_from_, std::vector<std::string>(20, "127.0.0.1"));
}

TEST_P(EventLoopTest, AllOfALargeSendArrives) {
  Recorder& client = ConnectAccepted();
  Recorder& server = accepted_.back();
  const std::string text(8'000'000, 'x');
  Send(client, text);
  RunUntil([&] { return client.sent == 0 && server.received.size() == text.size(); });
  EXPECT_EQ(server.received, text);
}

TEST_P(EventLoopTest, APausedSocketHearsNothingAndMissesNothing) {
  Recorder& client = ConnectAccepted();
  Recorder& server = accepted_.back();
  loop_->PauseReceive(server.socket);
  Send(client, "first");
  RunUntil([&] { return client.sent == 0; });
  Send(client, "second");
  RunUntil([&] { return client.sent == 0; });
  for (int i = 0; i < 5; ++i) loop_->RunOnce(milliseconds(5));
  EXPECT_EQ(server.received, "");
  loop_->StartReceive(server.socket);
  RunUntil([&] { return server.received == "firstsecond"; });
  loop_->ShutdownSend(client.socket);
  RunUntil([&] { return server.ended == 0; });
}

TEST_P(EventLoopTest, AnEndThatComesWhilePausedIsToldAfterwards) {
  Recorder& client = ConnectAccepted();
  Recorder& server = accepted_.back();
  loop_->PauseReceive(server.socket);
  Send(client, "last words");
  RunUntil([&] { return client.sent == 0; });
  loop_->ShutdownSend(client.socket);
  for (int i = 0; i < 5; ++i) loop_->RunOnce(milliseconds(5));
  EXPECT_EQ(server.ended, -1);
  loop_->StartReceive(server.socket);
  RunUntil([&] { return server.ended == 0; });
  EXPECT_EQ(server.received, "last words");
}

TEST_P(EventLoopTest, PausingAndGoingOnAtOnceChangesNothing) {
  Recorder& client = ConnectAccepted();
  Recorder& server = accepted_.back();
  for (int i = 0; i < 3; ++i) {
    loop_->PauseReceive(server.socket);
    loop_->StartReceive(server.socket);
  }
  Send(client, "text");
  RunUntil([&] { return server.received == "text"; });
}

TEST_P(EventLoopTest, AHalfClosedSocketCanStillBeAnswered) {
  Recorder& client = ConnectAccepted();
  Recorder& server = accepted_.back();
  loop_->StartReceive(client.socket);
  loop_->ShutdownSend(client.socket);
  RunUntil([&] { return server.ended == 0; });
  Send(server, "still here");
  RunUntil([&] { return client.received == "still here"; });
}

TEST_P(EventLoopTest, AClosedSocketEndsTheOtherSide) {
  Recorder& client = ConnectAccepted();
  Recorder& server = accepted_.back();
  loop_->Close(client.socket);
  RunUntil([&] { return client.closed && server.ended == 0; });
}

TEST_P(EventLoopTest, AResetIsAnError) {
  // A plain blocking socket, because only it can be told to reset.
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port_);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&where), sizeof where), 0);
  RunUntil([&] { return !accepted_.empty(); });
  const linger reset{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  close(fd);
  RunUntil([&] { return accepted_.back().ended == ECONNRESET; });
}

TEST_P(EventLoopTest, SendingToAClosedPeerFails) {
  Recorder& client = ConnectAccepted();
  Recorder& server = accepted_.back();
  const std::string text(10'000'000, 'x');
  Send(server, text);
  loop_->Close(client.socket);
  RunUntil([&] { return server.sent > 0; });
}

TEST_P(EventLoopTest, ClosingWithASendUnderWayEndsCleanly) {
  ConnectAccepted();
  Recorder& server = accepted_.back();
  const std::string text(10'000'000, 'x');
  Send(server, text);
  loop_->Close(server.socket);
  loop_->Close(server.socket);  // Once is enough; twice does no harm.
  RunUntil([&] { return server.closed; });
  EXPECT_EQ(server.sent, -1);
}

TEST_P(EventLoopTest, NobodyListensIsAnError) {
  const Result<Listener> other = Listen("127.0.0.1", 0);
  ASSERT_TRUE(other.ok());
  const uint16_t free_port = other->port;
  {
    const UniqueFd closed = UniqueFd(dup(other->socket.get()));
    shutdown(closed.get(), SHUT_RDWR);
  }
  Recorder& client = clients_.emplace_back();
  const Result<SocketId> socket = loop_->Connect("127.0.0.1", free_port, client);
  ASSERT_TRUE(socket.ok());
  client.socket = *socket;
  RunUntil([&] { return client.connected == ECONNREFUSED; });
}

TEST_P(EventLoopTest, ANameIsNoAddress) {
  Recorder& client = clients_.emplace_back();
  client.closed = true;
  EXPECT_EQ(loop_->Connect("localhost", port_, client).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(Listen("localhost", 0).status().code(), Code::kInvalidArgument);
}

TEST_P(EventLoopTest, AnAcceptorMayTurnAConnectionAway) {
  turn_away_ = true;
  Recorder& client = Connect();
  loop_->StartReceive(client.socket);
  RunUntil([&] { return client.ended != -1; });
  EXPECT_TRUE(accepted_.empty());
}

TEST_P(EventLoopTest, AFullLoopTurnsFurtherConnectionsAway) {
  MakeLoop({.sockets_max = 4});
  ConnectAccepted();
  ConnectAccepted();
  // The loop is full now, so the next one comes from outside.
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port_);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&where), sizeof where), 0);
  RunUntil([&] { return refused_ == 1; });
  RunUntil([&] { return loop_->open_sockets() == 4; });
  const timeval patience{10, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  char octet = 0;
  EXPECT_LE(recv(fd, &octet, 1, 0), 0);
  close(fd);
  // Room again: the next one is served.
  CloseFully(clients_.front());
  CloseFully(accepted_.front());
  ConnectAccepted();
  EXPECT_EQ(refused_, 1);
}

TEST_P(EventLoopTest, IdsAreUsedAgainWithoutMixingSocketsUp) {
  for (int i = 0; i < 100; ++i) {
    Recorder& client = ConnectAccepted();
    Recorder& server = accepted_.back();
    const std::string text = "number " + std::to_string(i);
    Send(client, text);
    RunUntil([&] { return server.received == text; });
    CloseFully(client);
    CloseFully(server);
  }
  EXPECT_EQ(loop_->open_sockets(), 0u);
}

TEST_P(EventLoopTest, ManySocketsAtOnce) {
  loop_->RunOnce(Duration(0));
  for (int i = 0; i < 200; ++i) ConnectAccepted();
  for (Recorder& client : clients_) Send(client, "hello");
  RunUntil([&] {
    return std::all_of(accepted_.begin(), accepted_.end(),
                       [](const Recorder& server) { return server.received == "hello"; });
  });
}

TEST_P(EventLoopTest, PostedWorkRunsInOrder) {
  std::string order;
  loop_->Post([&] { order += "a"; });
  loop_->Post([&] {
    order += "b";
    loop_->Post([&] { order += "c"; });
  });
  RunUntil([&] { return order == "abc"; });
}

TEST_P(EventLoopTest, WorkPostedByOtherThreadsWakesTheLoop) {
  int done = 0;
  std::thread poster([&] {
    for (int i = 0; i < 1000; ++i) {
      loop_->Post([&] {
        if (++done == 1000) loop_->Stop();
      });
    }
  });
  loop_->Run();
  poster.join();
  EXPECT_EQ(done, 1000);
}

TEST_P(EventLoopTest, AStopBeforeRunEndsRunAtOnce) {
  loop_->Stop();
  loop_->Run();
}

TEST_P(EventLoopTest, TimersFollowTheInjectedClock) {
  int fired = 0;
  Timer timer([&] { ++fired; });
  loop_->Arm(timer, loop_->now() + seconds(60));
  loop_->RunOnce(Duration(0));
  EXPECT_EQ(fired, 0);
  clock_.Advance(seconds(61));
  RunUntil([&] { return fired == 1; });
}

INSTANTIATE_TEST_SUITE_P(Kinds, EventLoopTest, ::testing::Values(IoKind::kUring, IoKind::kEpoll),
                         [](const auto& kind) {
                           return kind.param == IoKind::kUring ? "Uring" : "Epoll";
                         });

TEST(IoKindTest, NamesAreUnderstoodOrRefused) {
  EXPECT_EQ(*ParseIoKind("auto"), IoKind::kAuto);
  EXPECT_EQ(*ParseIoKind("uring"), IoKind::kUring);
  EXPECT_EQ(*ParseIoKind("epoll"), IoKind::kEpoll);
  EXPECT_FALSE(ParseIoKind("kqueue").ok());
}

TEST(IoKindTest, AutoAlwaysFindsOne) {
  const SystemClock clock;
  EXPECT_TRUE(MakeEventLoop(IoKind::kAuto, {}, clock).ok());
}

TEST(ListenTest, SeveralSocketsShareAPort) {
  const Result<Listener> first = Listen("::1", 0);
  if (!first.ok()) GTEST_SKIP() << first.status().message();
  const Result<Listener> second = Listen("::1", first->port);
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->port, first->port);
}

}  // namespace
}  // namespace mesh::net
