// Asking a real host over TLS on loopback.

#include "frontend/peers/peer_transport.h"

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
constexpr size_t kReplyBytesMax = 64 * 1024;

class PeerTransportTest : public ::testing::Test {
 protected:
  discovery::ServiceTarget Target(const std::string& path = "/service") const {
    return {"host.example.net", host_.port(), {"127.0.0.1"}, path};
  }
  PeerTransportOptions Options() const { return {host_.ca_file(), true}; }

  static PeerPost ToPost(const std::string& name, const discovery::ServiceTarget& target) {
    return {name,       target,         {{"Content-Type", "text/plain"}},
            "question", kReplyBytesMax, seconds(30)};
  }
  static Result<client::HttpReply> Post(PeerTransport& transport, PeerPost post) {
    std::optional<Result<client::HttpReply>> reply;
    transport.Post(std::move(post), [&](const auto& result) { reply = result; });
    while (!reply) transport.Wait(seconds(1));
    return *reply;
  }
  Result<client::HttpReply> Post(const PeerTransportOptions& options, const std::string& name,
                                 const discovery::ServiceTarget& target) {
    PeerTransport transport(options);
    return Post(transport, ToPost(name, target));
  }
  Result<client::HttpReply> Post() { return Post(Options(), kName, Target()); }
  Code CodeOf(const PeerTransportOptions& options, const std::string& name,
              const discovery::ServiceTarget& target) {
    return Post(options, name, target).status().code();
  }

  TestHost host_{::testing::TempDir() + "/peer_transport_test", kName};
};

TEST_F(PeerTransportTest, AsksTheTargetByTheNameOfTheService) {
  host_.Answer(201, "hello");
  const auto reply = Post();
  ASSERT_TRUE(reply.ok()) << reply.status().message();
  EXPECT_EQ(reply->status, 201);
  EXPECT_EQ(reply->body, "hello");
  EXPECT_EQ(host_.last_body(), "question");
  EXPECT_EQ(host_.last_host(), kName);
  EXPECT_EQ(host_.last_target(), "/service");
}

TEST_F(PeerTransportTest, ACertificateForAnotherNameIsNotTrusted) {
  EXPECT_EQ(CodeOf(Options(), "mmm.example.org", Target()), Code::kUnauthenticated);
  EXPECT_EQ(CodeOf(Options(), "host.example.net", Target()), Code::kUnauthenticated);
  EXPECT_EQ(CodeOf(Options(), "example.com", Target()), Code::kUnauthenticated);
  EXPECT_EQ(host_.asked(), 0);
}

TEST_F(PeerTransportTest, ACertificateOfAnUnknownIssuerIsNotTrusted) {
  EXPECT_EQ(CodeOf({"", true}, kName, Target()), Code::kUnauthenticated);
  const TestHost other(::testing::TempDir() + "/peer_transport_other", kName);
  EXPECT_EQ(CodeOf({other.ca_file(), true}, kName, Target()), Code::kUnauthenticated);
  EXPECT_EQ(CodeOf({"/no/such/file", true}, kName, Target()), Code::kUnauthenticated);
}

TEST_F(PeerTransportTest, AddressesThatAreNotPublicAreNotConnectedTo) {
  EXPECT_EQ(CodeOf({host_.ca_file(), false}, kName, Target()), Code::kUnavailable);
  EXPECT_EQ(host_.asked(), 0);
}

TEST_F(PeerTransportTest, ARedirectIsNotFollowed) {
  host_.Answer(307, "", {{"Location", "https://mmm.example.com/elsewhere"}});
  EXPECT_EQ(Post()->status, 307);
  EXPECT_EQ(host_.asked(), 1);
}

TEST_F(PeerTransportTest, AnErrorOfHttpIsAReply) {
  for (const int status : {400, 404, 500, 503}) {
    host_.Answer(status, "x");
    EXPECT_EQ(Post()->status, status);
    EXPECT_EQ(Post()->body, "x");
  }
}

TEST_F(PeerTransportTest, AConnectionIsUsedAgainIfThatIsWanted) {
  host_.Answer(200, "hello");
  for (const bool keep : {false, true}) {
    const auto before = host_.connections();
    PeerTransport transport({host_.ca_file(), true, keep});
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(Post(transport, ToPost(kName, Target())).ok());
    EXPECT_EQ(host_.connections() - before, keep ? 1u : 3u);
  }
}

TEST_F(PeerTransportTest, AProxyOfTheEnvironmentIsNotUsed) {
  ::setenv("https_proxy", "http://127.0.0.1:1", 1);
  host_.Answer(200, "hello");
  EXPECT_TRUE(Post().ok());
  ::unsetenv("https_proxy");
}

TEST_F(PeerTransportTest, ALongAnswerIsCutOff) {
  host_.Answer(200, std::string(kReplyBytesMax, 'x'));
  EXPECT_TRUE(Post().ok());
  host_.Answer(200, std::string(kReplyBytesMax + 1, 'x'));
  EXPECT_EQ(Post().status().code(), Code::kResourceExhausted);
  host_.Answer(200, "x", {{"Long", std::string(kPeerHeaderBytesMax, 'x')}});
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
TEST_F(PeerTransportTest, AHostThatBreaksOffTheHandshakeIsUnavailable) {
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

TEST_F(PeerTransportTest, AHostThatIsSilentHoldsUpNobodyElse) {
  const auto [silent, port] = Listen();
  PeerTransport transport(Options());
  discovery::ServiceTarget quiet = Target();
  quiet.port = port;
  std::optional<Result<client::HttpReply>> from_silent, from_host;
  PeerPost to_silent = ToPost("mmm.quiet.example", quiet);
  to_silent.time = milliseconds(200);
  transport.Post(std::move(to_silent), [&](const auto& result) { from_silent = result; });
  host_.Answer(200, "hello");
  transport.Post(ToPost(kName, Target()), [&](const auto& result) { from_host = result; });
  while (!from_silent || !from_host) transport.Wait(seconds(1));
  EXPECT_TRUE(from_host->ok());
  EXPECT_EQ(from_silent->status().code(), Code::kDeadlineExceeded);
}

TEST_F(PeerTransportTest, APortWhereNobodyListensIsUnavailable) {
  discovery::ServiceTarget target = Target();
  target.port = 1;
  EXPECT_EQ(CodeOf(Options(), kName, target), Code::kUnavailable);
}

TEST_F(PeerTransportTest, TheNextAddressOfAHostIsTried) {
  host_.Answer(200, "hello");
  discovery::ServiceTarget target = Target();
  target.addresses = {"::1", "127.0.0.1"};
  EXPECT_TRUE(Post(Options(), kName, target).ok());
}

TEST_F(PeerTransportTest, AnotherAddressLaterIsUsed) {
  PeerTransport transport(Options());
  const auto post = [&](const std::string& address) {
    discovery::ServiceTarget target = Target();
    target.addresses = {address};
    return Post(transport, ToPost(kName, target)).ok();
  };
  host_.Answer(200, "hello");
  EXPECT_FALSE(post("127.0.0.2"));
  EXPECT_TRUE(post("127.0.0.1"));
}

TEST_F(PeerTransportTest, WhatIsUnderWayCanBeGivenUp) {
  PeerTransport transport(Options());
  transport.Post(ToPost(kName, Target()), [](const auto&) { FAIL(); });
}

}  // namespace
}  // namespace mesh::frontend
