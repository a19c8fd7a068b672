// Where mesh goes when it knows no more than a domain.

#include "tools/mesh/found_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "tests/support/dns_responder.h"
#include "tests/unit/frontend/peers/test_host.h"

namespace mesh::tool {
namespace {

using discovery::RecordType;
using std::chrono::seconds;
using testing::DnsPacket;
using testing::DnsRequest;
using ::testing::HasSubstr;

class FoundTransportTest : public ::testing::Test {
 protected:
  // example.com is at host_, behind `dead_hosts_` that nobody listens at.
  std::vector<std::string> Zone(const DnsRequest& request) {
    const discovery::Question& question = request.question;
    DnsPacket packet(request);
    if (question.name == "_mmm._tcp.example.com" && question.type == RecordType::kService) {
      for (int i = 0; i < dead_hosts_; ++i) packet.Service(question.name, 0, 0, 1, "a.example.net");
      packet.Service(question.name, 1, 0, host_.port(), "a.example.net");
    } else if (question.name == "_mmm._tcp.example.com") {
      if (has_path_) packet.Text(question.name, {"path=/service"});
    } else if (hosts_.contains(question.name) && question.type == RecordType::kAddress4) {
      packet.Address(question.name, "127.0.0.1");
    } else {
      packet.Code(3);
    }
    return {packet.octets()};
  }

  client::ServiceAddress Address(const std::string& url, const std::string& connect = "") {
    return {url, connect, host_.ca_file()};
  }
  Result<client::HttpReply> Post(const client::ServiceAddress& address) {
    FoundTransport transport(address, {dns_.address()}, clock_, out_);
    return transport.Post("/asked", {}, "{}", clock_.In(seconds(60)));
  }

  const SystemClock clock_{};
  std::ostringstream stream_;
  Output out_{"mesh", stream_, stream_, false};
  frontend::TestHost host_{::testing::TempDir() + "/found_transport_test", "mmm.example.com"};
  // What the name server knows to be on loopback, and this machine's does not.
  const std::set<std::string> hosts_ = {"a.example.net", "b1.example.net"};
  std::atomic<int> dead_hosts_ = 0;
  std::atomic<bool> has_path_ = false;
  testing::DnsResponder dns_{[this](const DnsRequest& request) { return Zone(request); }};
};

TEST_F(FoundTransportTest, GoesWhereTheRecordsOfTheDomainSay) {
  const auto reply = Post(Address(UrlOfDomain("example.com")));
  ASSERT_TRUE(reply.ok()) << reply.status().message();
  EXPECT_EQ(host_.last_host(), "mmm.example.com");
  EXPECT_EQ(host_.last_target(), "/asked");
}

TEST_F(FoundTransportTest, UsesThePathOfTheService) {
  has_path_ = true;
  ASSERT_TRUE(Post(Address(UrlOfDomain("example.com"))).ok());
  EXPECT_EQ(host_.last_target(), "/service");
}

TEST_F(FoundTransportTest, GoesOnToTheNextHostAndStaysThere) {
  dead_hosts_ = 2;
  FoundTransport transport(Address(UrlOfDomain("example.com")), {dns_.address()}, clock_, out_);
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(transport.Post("/", {}, "{}", clock_.In(seconds(60))).ok());
  }
  EXPECT_EQ(host_.asked(), 2);
}

TEST_F(FoundTransportTest, ACertificateForTheHostAloneIsNotTrusted) {
  const frontend::TestHost other(::testing::TempDir() + "/found_transport_other", "a.example.net");
  client::ServiceAddress address = Address(UrlOfDomain("example.com"));
  address.ca_file = other.ca_file();
  EXPECT_EQ(Post(address).status().code(), Code::kUnauthenticated);
}

TEST_F(FoundTransportTest, SaysWhenTheDomainHasNoService) {
  const auto reply = Post(Address(UrlOfDomain("none.example")));
  EXPECT_EQ(reply.status().code(), Code::kUnavailable);
  EXPECT_THAT(reply.status().message(), HasSubstr("no Mesh Service of none.example"));
}

TEST_F(FoundTransportTest, AsksNoDnsWhereTheUserSaidWhere) {
  const std::string here = "127.0.0.1:" + std::to_string(host_.port());
  EXPECT_TRUE(Post(Address(UrlOfDomain("example.com"), here)).ok());
  const std::string with_port = UrlOfDomain("example.com") + ":" + std::to_string(host_.port());
  EXPECT_TRUE(Post(Address(with_port, here)).ok());
  EXPECT_FALSE(Post(Address("https://localhost:1")).ok());
  EXPECT_TRUE(dns_.asked().empty());
}

// example.com has a back end that serves its accounts directly, on loopback.
class DirectTransportTest : public FoundTransportTest {
 protected:
  DirectTransportTest() {
    std::ofstream(authorities_) << Text(host_.ca_file()) << Text(direct_.ca_file());
  }
  ~DirectTransportTest() override { std::filesystem::remove(authorities_); }

  static std::string Text(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::string DirectHost() const { return "b1.example.net:" + std::to_string(direct_.port()); }
  Result<client::HttpReply> Post(FoundTransport& transport) {
    return transport.Post("/asked", {}, "{}", clock_.In(seconds(60)));
  }

  frontend::TestHost direct_{::testing::TempDir() + "/direct_transport_test", "b1.example.net"};
  const std::string authorities_ = direct_.ca_file() + ".both";
  FoundTransport transport_{
      {UrlOfDomain("example.com"), "", authorities_}, {dns_.address()}, clock_, out_};
};

TEST_F(DirectTransportTest, GoesToTheHostOfTheAccount) {
  transport_.UseDirect(DirectHost());
  ASSERT_TRUE(Post(transport_).ok());
  EXPECT_EQ(direct_.asked(), 1);
  EXPECT_EQ(transport_.direct(), DirectHost());
}

TEST_F(DirectTransportTest, ComesBackWhenNobodyAnswersThere) {
  transport_.UseDirect("b1.example.net:1");
  ASSERT_TRUE(Post(transport_).ok());
  EXPECT_EQ(host_.asked(), 1);
  EXPECT_EQ(transport_.direct(), "");
}

TEST_F(DirectTransportTest, ComesBackWhenTheHostDoesNotServeTheName) {
  direct_.Answer(421, "{}");
  transport_.UseDirect(DirectHost());
  ASSERT_TRUE(Post(transport_).ok());
  EXPECT_EQ(host_.asked(), 1);
}

TEST_F(DirectTransportTest, AHostWithoutATrustedCertificateGetsNothing) {
  FoundTransport transport(Address(UrlOfDomain("example.com")), {dns_.address()}, clock_, out_);
  transport.UseDirect(DirectHost());
  ASSERT_TRUE(Post(transport).ok());
  EXPECT_EQ(direct_.asked(), 0);
  EXPECT_EQ(host_.asked(), 1);
}

TEST_F(DirectTransportTest, ANameThatIsNoneIsNotUsed) {
  transport_.UseDirect("local host/");
  ASSERT_TRUE(Post(transport_).ok());
  EXPECT_EQ(host_.asked(), 1);
}

TEST_F(DirectTransportTest, WhoWasToldWhereToGoStaysThere) {
  FoundTransport transport(
      Address(UrlOfDomain("example.com"), "127.0.0.1:" + std::to_string(host_.port())), {}, clock_,
      out_);
  transport.UseDirect(DirectHost());
  ASSERT_TRUE(Post(transport).ok());
  EXPECT_EQ(direct_.asked(), 0);
}

}  // namespace
}  // namespace mesh::tool
