#include "common/process/admin_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>

#include "common/process/build_info.h"
#include "common/process/listen_address.h"

namespace mesh {
namespace {

class AdminServerTest : public testing::Test {
 protected:
  void SetUp() override {
    auto started = AdminServer::Start("127.0.0.1:0", registry_);
    ASSERT_TRUE(started.ok()) << started.status().message();
    server_ = *std::move(started);
  }

  // The whole answer to `request`.
  std::string Exchange(const std::string& request) {
    const UniqueFd fd(::socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(server_->port()));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ::send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL);
    std::string answer;
    char piece[4096];
    for (ssize_t got = 0; (got = ::recv(fd.get(), piece, sizeof piece, 0)) > 0;) {
      answer.append(piece, static_cast<size_t>(got));
    }
    return answer;
  }
  std::string Get(const std::string& path) {
    return Exchange("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  std::string StatusOf(const std::string& path) { return Get(path).substr(9, 3); }

  Registry registry_;
  std::unique_ptr<AdminServer> server_;
};

TEST_F(AdminServerTest, SaysWhereTheProcessIsInItsLife) {
  EXPECT_EQ(StatusOf("/livez"), "200");
  EXPECT_EQ(StatusOf("/startupz"), "503");
  EXPECT_EQ(StatusOf("/readyz"), "503");
  server_->SetStarted();
  server_->SetReady(true);
  EXPECT_EQ(StatusOf("/startupz"), "200");
  EXPECT_EQ(StatusOf("/readyz"), "200");
  server_->SetReady(false);
  EXPECT_EQ(StatusOf("/readyz"), "503");
}

TEST_F(AdminServerTest, SaysWhyItIsNotReadyThoughItsLifeGoesOn) {
  server_->SetStarted();
  server_->SetReady(true);
  std::atomic<bool> serves{false};
  server_->SetReadiness([&] { return serves ? "" : "the lease is over"; });
  EXPECT_EQ(StatusOf("/readyz"), "503");
  EXPECT_NE(Get("/readyz").find("\r\n\r\nnot ready: the lease is over\n"), std::string::npos);
  EXPECT_NE(Get("/metrics").find("mesh_ready 0"), std::string::npos);
  EXPECT_EQ(StatusOf("/livez"), "200");
  EXPECT_EQ(StatusOf("/startupz"), "200");
  serves = true;
  EXPECT_NE(Get("/metrics").find("mesh_ready 1"), std::string::npos);
  EXPECT_EQ(StatusOf("/readyz"), "200");
  server_->SetReady(false);
  EXPECT_EQ(StatusOf("/readyz"), "503");
}

TEST_F(AdminServerTest, IsNotAliveWhenTheProcessIsStuck) {
  server_->SetLiveness([] { return false; });
  EXPECT_EQ(StatusOf("/livez"), "503");
}

TEST_F(AdminServerTest, ShowsTheMetrics) {
  registry_.GetCounter("mesh_test_total", "A test.").Add(3);
  ExportBuildInfo("test", registry_);
  const std::string answer = Get("/metrics?name=x");
  EXPECT_NE(answer.find("mesh_test_total 3"), std::string::npos);
  EXPECT_NE(answer.find("mesh_build_info{program=\"test\""), std::string::npos);
}

TEST_F(AdminServerTest, ReadinessIsAMetricToo) {
  EXPECT_NE(Get("/metrics").find("mesh_ready 0"), std::string::npos);
  server_->SetReady(true);
  EXPECT_NE(Get("/metrics").find("mesh_ready 1"), std::string::npos);
  server_->SetReady(false);
  EXPECT_NE(Get("/metrics").find("mesh_ready 0"), std::string::npos);
}

TEST_F(AdminServerTest, RefusesEverythingElse) {
  EXPECT_EQ(StatusOf("/"), "404");
  EXPECT_EQ(Exchange("POST /readyz HTTP/1.1\r\n\r\n").substr(9, 3), "405");
  EXPECT_EQ(Exchange("\r\n\r\n").substr(9, 3), "405");
  EXPECT_EQ(StatusOf("/livez"), "200");
}

TEST(ListenAddressTest, ReadsAddressesAndRefusesNames) {
  EXPECT_TRUE(ParseSocketAddress("127.0.0.1:9101").ok());
  EXPECT_TRUE(ParseSocketAddress("[::1]:0").ok());
  for (const char* wrong : {"", "9101", "localhost:9101", "127.0.0.1:", "127.0.0.1:x",
                            "127.0.0.1:99999", "[::1:9101", "::1:9101", "127.0.0.1:1 "}) {
    EXPECT_EQ(ParseSocketAddress(wrong).status().code(), Code::kInvalidArgument) << wrong;
  }
}

TEST(ListenAddressTest, SaysWhenThePortIsTaken) {
  const Result<UniqueFd> first = ListenOn("127.0.0.1:0", 1);
  ASSERT_TRUE(first.ok());
  const Result<UniqueFd> second = ListenOn("127.0.0.1:" + std::to_string(PortOf(first->get())), 1);
  EXPECT_EQ(second.status().code(), Code::kUnavailable);
}

}  // namespace
}  // namespace mesh
