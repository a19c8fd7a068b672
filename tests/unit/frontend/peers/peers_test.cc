// From a domain to its verified service: DNS, TLS and Hello together, on loopback.

#include "frontend/peers/peers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>

#include "frontend/peers/loop_peers.h"
#include "frontend/peers/peer_limits.h"
#include "tests/support/dns_responder.h"
#include "tests/unit/frontend/peers/test_host.h"
#include "tests/unit/frontend/peers/test_service.h"

namespace mesh::frontend {
namespace {

using discovery::RecordType;
using std::chrono::seconds;
using testing::DnsPacket;
using testing::DnsRequest;

constexpr char kDomain[] = "example.com";

class PeersTest : public ::testing::Test {
 protected:
  ~PeersTest() override { std::filesystem::remove(pins_file_); }

  // The zone: example.com at `host_`, behind as many hosts that are not there as a test wants.
  std::vector<std::string> Zone(const DnsRequest& request) {
    const discovery::Question& question = request.question;
    DnsPacket packet(request);
    if (question.name == "_mmm._tcp.example.com" && question.type == RecordType::kService) {
      for (int i = 0; i < dead_hosts_; ++i) packet.Service(question.name, 0, 0, 1, "a.example.net");
      packet.Service(question.name, 1, 0, host_.port(), "a.example.net");
    } else if (question.name == "a.example.net" && question.type == RecordType::kAddress4) {
      packet.Address(question.name, "127.0.0.1");
    } else {
      packet.Code(3);
    }
    return {packet.octets()};
  }

  PeerOptions Options() {
    PeerOptions options;
    options.name_servers = {dns_.address()};
    options.ca_file = host_.ca_file();
    options.allow_private = true;
    return options;
  }
  void Start(const PeerOptions& options) {
    auto peers = Peers::Start(options, clock_, registry_);
    ASSERT_TRUE(peers.ok()) << peers.status().message();
    peers_ = *std::move(peers);
  }
  PeerResult Find(const std::string& domain = kDomain) {
    std::promise<PeerResult> promise;
    peers_->Find(domain, clock_.In(seconds(60)),
                 [&](PeerResult result) { promise.set_value(std::move(result)); });
    return promise.get_future().get();
  }
  void WritePins(const std::string& udf) {
    std::ofstream(pins_file_ + ".new") << "{\"example.com\": \"" << udf << "\"}";
    std::filesystem::rename(pins_file_ + ".new", pins_file_);
  }

  const SystemClock clock_{};
  Registry registry_;
  const TestService service_{};
  TestHost host_{::testing::TempDir() + "/peers_test", "mmm.example.com"};
  std::atomic<int> dead_hosts_ = 0;
  testing::DnsResponder dns_{[this](const DnsRequest& request) { return Zone(request); }};
  const std::string pins_file_ = ::testing::TempDir() + "/peers_test_pins.json";
  std::unique_ptr<Peers> peers_;
};

TEST_F(PeersTest, FindTheServiceOfADomain) {
  host_.Answer(201, service_.HelloBody(clock_.WallNow()));
  Start(Options());
  const PeerResult found = Find();
  ASSERT_TRUE(found.ok()) << found.status().message();
  EXPECT_EQ((*found)->udf(), service_.udf());
  EXPECT_EQ((*found)->connection.key_authentication, service_.authentication);
  ASSERT_EQ((*found)->targets.size(), 1u);
  EXPECT_EQ((*found)->targets[0].host, "a.example.net");
  EXPECT_EQ(host_.last_host(), "mmm.example.com");
  EXPECT_TRUE(Find().ok());
  EXPECT_EQ(host_.asked(), 1);
}

TEST_F(PeersTest, TryTheNextHost) {
  dead_hosts_ = 2;
  host_.Answer(201, service_.HelloBody(clock_.WallNow()));
  Start(Options());
  EXPECT_TRUE(Find().ok());
}

TEST_F(PeersTest, TryOnlyAFewHosts) {
  dead_hosts_ = static_cast<int>(kAttemptsMax);
  Start(Options());
  EXPECT_EQ(Find().status().code(), Code::kUnavailable);
  EXPECT_EQ(host_.asked(), 0);
}

TEST_F(PeersTest, DoNotConnectToAddressesThatAreNotPublic) {
  host_.Answer(201, service_.HelloBody(clock_.WallNow()));
  PeerOptions options = Options();
  options.allow_private = false;
  Start(options);
  EXPECT_EQ(Find().status().code(), Code::kFailedPrecondition);
  EXPECT_EQ(host_.asked(), 0);
}

TEST_F(PeersTest, SayWhyThereIsNoService) {
  Start(Options());
  EXPECT_EQ(Find("none.example").status().code(), Code::kNotFound);
  EXPECT_EQ(Find("127.0.0.1").status().code(), Code::kInvalidArgument);
  host_.Answer(201, "nonsense");
  EXPECT_EQ(Find().status().code(), Code::kDataLoss);
}

TEST_F(PeersTest, KeepToThePinsThatAreInForce) {
  host_.Answer(201, service_.HelloBody(clock_.WallNow()));
  PeerOptions options = Options();
  options.pins_file = pins_file_;
  WritePins(TestService().udf());
  Start(options);
  EXPECT_EQ(Find().status().code(), Code::kPermissionDenied);
  WritePins(service_.udf());
  ASSERT_TRUE(peers_->ReloadPins(false).ok());
  EXPECT_TRUE(Find().ok());
  std::ofstream(pins_file_) << "nonsense";
  EXPECT_FALSE(peers_->ReloadPins(true).ok());
  EXPECT_TRUE(Find().ok());
}

TEST_F(PeersTest, DoNotStartWithBrokenPins) {
  PeerOptions options = Options();
  options.pins_file = pins_file_;
  EXPECT_EQ(Peers::Start(options, clock_, registry_).status().code(), Code::kUnavailable);
}

TEST_F(PeersTest, AnswerThoseWhoWaitWhenTheyEnd) {
  Start(Options());
  std::vector<std::promise<PeerResult>> all(100);
  for (size_t i = 0; i < all.size(); ++i) {
    peers_->Find(std::to_string(i) + ".example", clock_.In(seconds(60)),
                 [&all, i](PeerResult result) { all[i].set_value(std::move(result)); });
  }
  peers_.reset();
  for (auto& one : all) EXPECT_FALSE(one.get_future().get().ok());
}

TEST_F(PeersTest, AnswerOnTheThreadOfTheLoopThatAsks) {
  host_.Answer(201, service_.HelloBody(clock_.WallNow()));
  Start(Options());
  const auto loop = *net::MakeEventLoop(net::IoKind::kAuto, {}, clock_);
  const auto directory = MakeLoopPeers(*peers_, *loop);
  std::vector<std::pair<std::thread::id, Result<std::string>>> answers;
  for (const char* domain : {kDomain, "none.example"}) {
    directory->Resolve(domain, clock_.In(seconds(60)), [&](const Result<std::string>& udf) {
      answers.emplace_back(std::this_thread::get_id(), udf);
    });
  }
  while (answers.size() < 2) loop->RunOnce(seconds(1));
  for (const auto& [thread, udf] : answers) {
    EXPECT_EQ(thread, std::this_thread::get_id());
    EXPECT_EQ(udf.ok() ? *udf : udf.status().message(),
              udf.ok() ? service_.udf() : "it has no service in DNS");
  }
}

TEST_F(PeersTest, RefuseWhenTooMuchIsAskedAtATime) {
  Start(Options());
  std::vector<std::promise<PeerResult>> all(3 * kPeerWaitingMax);
  for (auto& one : all) {
    peers_->Find(kDomain, clock_.In(seconds(60)),
                 [&](PeerResult result) { one.set_value(std::move(result)); });
  }
  for (auto& one : all) (void)one.get_future().get();  // Each is told, whatever it is.
}

}  // namespace
}  // namespace mesh::frontend
