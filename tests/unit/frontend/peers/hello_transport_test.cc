// Asking a real host over TLS on loopback.

#include "frontend/peers/hello_transport.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdlib>
#include <optional>
#include <thread>
#include <utility>

#include "common/base/unique_fd.h"
#include "frontend/peers/peer_limits.h"
#include "tests/unit/frontend/peers/test_host.h"

namespace mesh::frontend {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr char kName[] = "mmm.example.com";

class HelloTransportTest : public ::testing::Test {
 protected:
  discovery::ServiceTarget Target(const std::string& path = "/service") const {
    return {"host.example.net", host_.port(), {"127.0.0.1"}, path};
  }
  HelloTransportOptions Options() const { return {host_.ca_file(), true}; }

  Result<std::string> Post(const HelloTransportOptions& options, const std::string& name,
                           const discovery::ServiceTarget& target, Duration time = seconds(30)) {
    HelloTransport transport(options);
    std::optional<Result<std::string>> body;
    transport.Post(name, target, time, [&](Result<std::string> result) { body = result; });
    while (!body) transport.Wait(seconds(1));
    return *body;
  }
  Result<std::string> Post() { return Post(Options(), kName, Target()); }
  Code CodeOf(const HelloTransportOptions& options, const std::string& name,
              const discovery::ServiceTarget& target) {
    return Post(options, name, target).status().code();
  }

  TestHost host_{::testing::TempDir() + "/hello_transport_test", kName};
};

TEST_F(HelloTransportTest, AsksTheTargetByTheNameOfTheService) {
  host_.Answer(201, "hello");
  const auto body = Post();
  ASSERT_TRUE(body.ok()) << body.status().message();
  EXPECT_EQ(*body, "hello");
  EXPECT_EQ(host_.last_host(), kName);
  EXPECT_EQ(host_.last_target(), "/service");
}

TEST_F(HelloTransportTest, ACertificateForAnotherNameIsNotTrusted) {
  EXPECT_EQ(CodeOf(Options(), "mmm.example.org", Target()), Code::kUnauthenticated);
  EXPECT_EQ(CodeOf(Options(), "host.example.net", Target()), Code::kUnauthenticated);
  EXPECT_EQ(CodeOf(Options(), "example.com", Target()), Code::kUnauthenticated);
  EXPECT_EQ(host_.asked(), 0);
}

TEST_F(HelloTransportTest, ACertificateOfAnUnknownIssuerIsNotTrusted) {
  EXPECT_EQ(CodeOf({"", true}, kName, Target()), Code::kUnauthenticated);
  const TestHost other(::testing::TempDir() + "/hello_transport_other", kName);
  EXPECT_EQ(CodeOf({other.ca_file(), true}, kName, Target()), Code::kUnauthenticated);
  EXPECT_EQ(CodeOf({"/no/such/file", true}, kName, Target()), Code::kUnauthenticated);
}

TEST_F(HelloTransportTest, AddressesThatAreNotPublicAreNotConnectedTo) {
  EXPECT_EQ(CodeOf({host_.ca_file(), false}, kName, Target()), Code::kUnavailable);
  EXPECT_EQ(host_.asked(), 0);
}

TEST_F(HelloTransportTest, ARedirectIsNotFollowed) {
  host_.Answer(307, "", {{"Location", "https://mmm.example.com/elsewhere"}});
  EXPECT_EQ(Post().status().code(), Code::kUnavailable);
  EXPECT_EQ(host_.asked(), 1);
}

TEST_F(HelloTransportTest, AnErrorOfHttpIsNoAnswer) {
  for (const int status : {400, 404, 500, 503}) {
    host_.Answer(status, "x");
    EXPECT_EQ(Post().status().code(), Code::kUnavailable) << status;
  }
}

TEST_F(HelloTransportTest, AProxyOfTheEnvironmentIsNotUsed) {
  ::setenv("https_proxy", "http://127.0.0.1:1", 1);
  host_.Answer(200, "hello");
  EXPECT_TRUE(Post().ok());
  ::unsetenv("https_proxy");
}

TEST_F(HelloTransportTest, ALongAnswerIsCutOff) {
  host_.Answer(200, std::string(kHelloBytesMax, 'x'));
  EXPECT_TRUE(Post().ok());
  host_.Answer(200, std::string(kHelloBytesMax + 1, 'x'));
  EXPECT_EQ(Post().status().code(), Code::kResourceExhausted);
  host_.Answer(200, "x", {{"Long", std::string(kHelloHeaderBytesMax, 'x')}});
  EXPECT_FALSE(Post().ok());
}

// A socket that listens on loopback, and its port.
std::pair<UniqueFd, uint16_t> Listen() {
  UniqueFd listening(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  MESH_CHECK(::bind(listening.get(), generic, length) == 0);
  MESH_CHECK(::listen(listening.get(), 8) == 0);
  MESH_CHECK(::getsockname(listening.get(), generic, &length) == 0);
  return {std::move(listening), ntohs(address.sin_port)};
}

// It may be away for a moment: nothing was seen of its certificate.
TEST_F(HelloTransportTest, AHostThatBreaksOffTheHandshakeIsUnavailable) {
  const auto [listening, port] = Listen();
  discovery::ServiceTarget target = Target();
  target.port = port;
  std::thread host([&listening = listening] {
    const UniqueFd connection(::accept(listening.get(), nullptr, nullptr));
    char octet = 0;
    ::recv(connection.get(), &octet, 1, 0);
  });
  EXPECT_EQ(CodeOf(Options(), kName, target), Code::kUnavailable);
  host.join();
}

TEST_F(HelloTransportTest, AHostThatIsSilentHoldsUpNobodyElse) {
  const auto [silent, port] = Listen();
  HelloTransport transport(Options());
  discovery::ServiceTarget quiet = Target();
  quiet.port = port;
  std::optional<Result<std::string>> from_silent, from_host;
  transport.Post("mmm.quiet.example", quiet, milliseconds(200),
                 [&](Result<std::string> result) { from_silent = result; });
  host_.Answer(200, "hello");
  transport.Post(kName, Target(), seconds(30),
                 [&](Result<std::string> result) { from_host = result; });
  while (!from_silent || !from_host) transport.Wait(seconds(1));
  EXPECT_TRUE(from_host->ok());
  EXPECT_EQ(from_silent->status().code(), Code::kDeadlineExceeded);
}

TEST_F(HelloTransportTest, APortWhereNobodyListensIsUnavailable) {
  discovery::ServiceTarget target = Target();
  target.port = 1;
  EXPECT_EQ(CodeOf(Options(), kName, target), Code::kUnavailable);
}

TEST_F(HelloTransportTest, TheNextAddressOfAHostIsTried) {
  host_.Answer(200, "hello");
  discovery::ServiceTarget target = Target();
  target.addresses = {"::1", "127.0.0.1"};
  EXPECT_TRUE(Post(Options(), kName, target).ok());
}

TEST_F(HelloTransportTest, AnotherAddressLaterIsUsed) {
  HelloTransport transport(Options());
  const auto post = [&](const std::string& address) {
    discovery::ServiceTarget target = Target();
    target.addresses = {address};
    std::optional<Result<std::string>> body;
    transport.Post(kName, target, seconds(30), [&](Result<std::string> result) { body = result; });
    while (!body) transport.Wait(seconds(1));
    return body->ok();
  };
  host_.Answer(200, "hello");
  EXPECT_FALSE(post("127.0.0.2"));
  EXPECT_TRUE(post("127.0.0.1"));
}

TEST_F(HelloTransportTest, WhatIsUnderWayCanBeGivenUp) {
  HelloTransport transport(Options());
  transport.Post(kName, Target(), seconds(30), [](const Result<std::string>&) { FAIL(); });
}

}  // namespace
}  // namespace mesh::frontend
