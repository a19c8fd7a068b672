// A server's connections and their clients on one event loop and one thread, with a
// clock that stands still: stories about connections that do not depend on time.

#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <deque>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "frontend/connection/client_connection.h"
#include "frontend/connection/pool.h"
#include "frontend/net/event_loop.h"
#include "frontend/net/listen.h"
#include "frontend/tls/certificate_store.h"
#include "tests/support/fake_clock.h"
#include "tests/unit/frontend/tls/test_certificates.h"

namespace mesh::connection {

// Answers "/now" paths at once and keeps the others until Release.
class TestHandler final : public http::RequestHandler {
 public:
  void Handle(const http::Request& request, Deadline deadline, http::ReplyCallback done) override {
    targets.emplace_back(request.target);
    last_body = request.body;
    last_deadline = deadline;
    http::Response response;
    response.body = std::string(reply_bytes, 'r') + std::string(request.target);
    response.close = request.target == "/close";
    if (request.target.starts_with("/wait")) {
      waiting.emplace_back([this, &request, done = std::move(done), response]() mutable {
        kept_bodies.emplace_back(request.body);  // The request's octets must still be there.
        done(std::move(response));
      });
    } else {
      done(std::move(response));
    }
  }

  http::Response Refuse(const http::Refusal& refusal) override {
    http::Response response;
    response.status = refusal.status;
    response.body = "refused: " + std::string(refusal.reason);
    return response;
  }

  // Answers the request that has waited longest.
  void Release() {
    auto answer = std::move(waiting.front());
    waiting.pop_front();
    answer();
  }

  std::vector<std::string> targets;
  std::string last_body;
  std::vector<std::string> kept_bodies;  // Of the requests that waited, when released.
  Deadline last_deadline;
  size_t reply_bytes = 0;
  std::deque<std::function<void()>> waiting;
};

struct Reply {
  int status;
  std::string body;
  bool keep_alive;
};

// A client that remembers what it was told.
class TestClient final : public ClientObserver {
 public:
  TestClient(net::EventLoop& loop, std::shared_ptr<const tls::TlsContext> context)
      : connection(loop, std::move(context), *this) {}

  void OnReady() override { ready = true; }
  void OnResponse(const http::ResponseView& response) override {
    replies.push_back({response.status, std::string(response.body), response.keep_alive});
  }
  void OnGone(const Status& status) override {
    gone = true;
    why = status;
  }

  bool ready = false;
  bool gone = false;
  Status why;
  std::vector<Reply> replies;
  ClientConnection connection;
};

// A blocking socket for what a well-behaved client would never do.
class RudeSocket {
 public:
  explicit RudeSocket(uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd_.get(), reinterpret_cast<sockaddr*>(&where), sizeof where), 0);
  }

  void Send(std::string_view octets) {
    EXPECT_EQ(send(fd_.get(), octets.data(), octets.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(octets.size()));
  }
  // What has arrived so far.
  std::string Receive() {
    std::string all;
    char buffer[4096];
    ssize_t size = 0;
    while ((size = recv(fd_.get(), buffer, sizeof buffer, MSG_DONTWAIT)) > 0) {
      all.append(buffer, static_cast<size_t>(size));
    }
    ended = ended || size == 0 || (size < 0 && errno != EAGAIN);
    return all;
  }
  void Reset() {
    const linger reset{1, 0};
    setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    fd_.Reset();
  }

  bool ended = false;

 private:
  UniqueFd fd_;
};

class ConnectionTest : public ::testing::TestWithParam<net::IoKind> {
 protected:
  ConnectionTest() {
    std::filesystem::create_directories(folder_);
    WriteCertificate(tls::MakeTestCertificate("example.com"));
  }
  ~ConnectionTest() override { std::filesystem::remove_all(folder_); }

  void SetUp() override {
    auto loop = net::MakeEventLoop(GetParam(), {}, clock_);
    if (!loop.ok()) GTEST_SKIP() << loop.status().message();
    loop_ = *std::move(loop);
    store_ = *tls::CertificateStore::Open({folder_ + "/certificate", folder_ + "/key", "", {}});
    Listen(store_.get());
  }

  // Without certificates its connections have no TLS.
  void Listen(const tls::CertificateStore* certificates) {
    pool_ = std::make_unique<ConnectionPool>(*loop_, handler_, certificates, options_, stats_,
                                             [this] { ++emptied_; });
    Result<net::Listener> listener = net::Listen("127.0.0.1", 0);
    ASSERT_TRUE(listener.ok());
    port_ = pool_port_ = listener->port;
    loop_->Accept(std::move(listener->socket), *pool_);
  }

  void TearDown() override {
    if (!loop_) return;
    loop_->StopAccepting();
    pool_->Abort();
    while (!handler_.waiting.empty()) handler_.Release();
    for (TestClient& client : clients_) client.connection.Close();
    RunUntil([&] { return loop_->open_sockets() == 0 && pool_->empty(); });
    EXPECT_EQ(stats_.open.value(), 0u);
    EXPECT_EQ(stats_.in_flight.value(), 0u);
  }

  void WriteCertificate(const tls::TestCertificate& pair) {
    std::ofstream(folder_ + "/certificate") << pair.certificate_pem;
    std::ofstream(folder_ + "/key") << pair.key_pem;
    trusted_ = *tls::TlsContext::ForClient(pair.certificate_pem);
  }

  // Runs the loop until `done`; gives up after a time that no healthy run needs.
  template <typename Condition>
  void RunUntil(Condition done) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!done() && std::chrono::steady_clock::now() < give_up) {
      loop_->RunOnce(std::chrono::milliseconds(10));
    }
    ASSERT_TRUE(done());
  }

  TestClient& Connect(const tls::Session* session = nullptr) {
    ++connects_;
    TestClient& client = clients_.emplace_back(*loop_, trusted_);
    EXPECT_TRUE(client.connection.Connect("127.0.0.1", port_, "example.com", session).ok());
    RunUntil([&] { return client.ready || client.gone; });
    EXPECT_TRUE(client.ready) << client.why.message();
    // The server is done a little later than the client.
    if (port_ == pool_port_) RunUntil([&] { return stats_.handshakes_ok.value() >= connects_; });
    return client;
  }

  // Runs until `client` has `count` replies in all.
  void AwaitReplies(TestClient& client, size_t count) {
    RunUntil([&] { return client.replies.size() >= count || client.gone; });
    ASSERT_EQ(client.replies.size(), count) << client.why.message();
  }

  static std::string Post(const std::string& target, const std::string& body = "",
                          const std::string& fields = "") {
    return "POST " + target + " HTTP/1.1\r\nHost: example.com\r\n" + fields +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  uint64_t timeouts(TimeoutKind kind) const {
    return stats_.timeouts[static_cast<size_t>(kind)].value();
  }

  const std::string folder_ = ::testing::TempDir() + "connection-" + std::to_string(getpid());
  std::shared_ptr<const tls::TlsContext> trusted_;
  FakeClock clock_;
  ConnectionOptions options_;
  ConnectionStats stats_;
  TestHandler handler_;
  std::unique_ptr<net::EventLoop> loop_;
  std::unique_ptr<tls::CertificateStore> store_;
  std::unique_ptr<ConnectionPool> pool_;
  std::deque<TestClient> clients_;
  uint16_t port_ = 0;       // Where Connect goes:
  uint16_t pool_port_ = 0;  // to pool_, unless a test says otherwise.
  uint64_t connects_ = 0;
  int emptied_ = 0;
};

}  // namespace mesh::connection
