#include "frontend/connection/server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <utility>

#include "tests/unit/frontend/connection/harness.h"

namespace mesh::connection {
namespace {

class AlwaysOk final : public http::RequestHandler {
 public:
  void Handle(const http::Request& request, Deadline, http::ReplyCallback done) override {
    http::Response response;
    response.body = request.body;
    done(std::move(response));
  }
  http::Response Refuse(const http::Refusal& refusal) override {
    http::Response response;
    response.status = refusal.status;
    return response;
  }
};

// Has something to tell at the end, which takes as long as it takes.
class Teller final : public http::RequestHandler {
 public:
  Teller(net::EventLoop& loop, std::atomic<int>& told, bool ends)
      : loop_(loop), told_(told), ends_(ends) {}
  void Handle(const http::Request&, Deadline, http::ReplyCallback done) override { done({}); }
  http::Response Refuse(const http::Refusal&) override { return {}; }
  void LastCall(std::function<void()> done) override {
    if (!ends_) return;
    loop_.Post([this, done = std::move(done)] {
      ++told_;
      done();
    });
  }

 private:
  net::EventLoop& loop_;
  std::atomic<int>& told_;
  const bool ends_;
};

// Servers with threads of their own; the clients run on the test's loop.
class ServerTest : public ConnectionTest {
 protected:
  Result<std::unique_ptr<Server>> StartServer(ServerOptions options = {}) {
    options.io = GetParam();
    if (options.loops == 0) options.loops = 2;
    return Server::Start(
        options, store_.get(), [](net::EventLoop&) { return std::make_unique<AlwaysOk>(); },
        real_clock_);
  }

  Result<std::unique_ptr<Server>> StartTellers(std::atomic<int>& told, bool ends) {
    ServerOptions options;
    options.io = GetParam();
    options.loops = 2;
    return Server::Start(
        options, store_.get(),
        [&told, ends](net::EventLoop& loop) { return std::make_unique<Teller>(loop, told, ends); },
        real_clock_);
  }

  const SystemClock real_clock_{};
};

TEST_P(ServerTest, AllLoopsServe) {
  const auto server = StartServer();
  ASSERT_TRUE(server.ok()) << server.status().message();
  EXPECT_EQ((*server)->loops(), 2);
  EXPECT_EQ((*server)->io_name(), loop_->name());
  port_ = (*server)->port();
  for (int i = 0; i < 60; ++i) Connect().connection.Send(Post("/x", "ping"));
  for (TestClient& client : clients_) AwaitReplies(client, 1);
  uint64_t requests = 0;
  for (int i = 0; i < 2; ++i) {
    EXPECT_GT((*server)->stats(i).requests.value(), 0u);
    requests += (*server)->stats(i).requests.value();
  }
  EXPECT_EQ(requests, 60u);
}

TEST_P(ServerTest, ADrainedServerHasNoConnections) {
  const auto server = StartServer();
  ASSERT_TRUE(server.ok());
  port_ = (*server)->port();
  TestClient& client = Connect();
  // The client's own loop must run for the connection to end.
  bool drained = false;
  std::thread drainer([&] { drained = (*server)->Drain(std::chrono::seconds(20)); });
  RunUntil([&] { return client.gone; });
  drainer.join();
  EXPECT_TRUE(drained);
  EXPECT_EQ((*server)->stats(0).open.value() + (*server)->stats(1).open.value(), 0u);
}

TEST_P(ServerTest, ADrainDoesNotWaitForever) {
  const auto server = StartServer();
  ASSERT_TRUE(server.ok());
  port_ = (*server)->port();
  RudeSocket silent(port_);
  EXPECT_FALSE((*server)->Drain(std::chrono::milliseconds(1)) && !silent.ended &&
               (*server)->stats(0).accepted.value() + (*server)->stats(1).accepted.value() > 0);
}

TEST_P(ServerTest, ADrainWaitsForWhatEachLoopHasToTell) {
  std::atomic<int> told = 0;
  const auto server = StartTellers(told, true);
  ASSERT_TRUE(server.ok());
  EXPECT_TRUE((*server)->Drain(std::chrono::seconds(20)));
  EXPECT_EQ(told, 2);
}

TEST_P(ServerTest, ADrainDoesNotWaitForeverForWhatIsToBeTold) {
  std::atomic<int> told = 0;
  const auto server = StartTellers(told, false);
  ASSERT_TRUE(server.ok());
  // No connection was cut off.
  EXPECT_TRUE((*server)->Drain(std::chrono::milliseconds(100)));
  EXPECT_EQ(told, 0);
}

TEST_P(ServerTest, StoppingClosesWhatIsOpen) {
  auto server = StartServer();
  ASSERT_TRUE(server.ok());
  port_ = (*server)->port();
  TestClient& client = Connect();
  (*server)->Stop();
  RunUntil([&] { return client.gone; });
}

TEST_P(ServerTest, APortInUseIsRefusedThoughItCouldBeShared) {
  const auto first = StartServer();
  ASSERT_TRUE(first.ok());
  ServerOptions options;
  options.port = (*first)->port();
  const auto second = StartServer(options);
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.status().message().find("in use"), std::string::npos)
      << second.status().message();
}

TEST_P(ServerTest, AnAddressOfSomebodyElseIsNamed) {
  ServerOptions options;
  options.address = "192.0.2.1";
  const auto server = StartServer(options);
  ASSERT_FALSE(server.ok());
  EXPECT_EQ(server.status().code(), Code::kUnavailable);
  EXPECT_NE(server.status().message().find("192.0.2.1"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Kinds, ServerTest,
                         ::testing::Values(net::IoKind::kUring, net::IoKind::kEpoll),
                         [](const auto& kind) {
                           return kind.param == net::IoKind::kUring ? "Uring" : "Epoll";
                         });

}  // namespace
}  // namespace mesh::connection
