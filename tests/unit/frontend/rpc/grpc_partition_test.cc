// The hop against a real gRPC server in this process.

#include "frontend/rpc/grpc_partition.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "common/base/check.h"
#include "proto/partition.grpc.pb.h"
#include "tests/unit/frontend/tls/test_certificates.h"

namespace mesh::frontend {
namespace {

using namespace std::chrono_literals;

// Says what to answer to one message; runs on a thread of its own for each stream.
using Behaviour = std::function<proto::PartitionReplies(const proto::PartitionRequests&)>;

// What a back end does with a new stream.
enum class Welcome { kTake, kRefuse, kIgnore };

class TestService final : public proto::PartitionService::Service {
 public:
  // The first stream gets `first`, all others are taken.
  TestService(Behaviour behaviour, Welcome first)
      : behaviour_(std::move(behaviour)), welcome_(first) {}

  grpc::Status Exchange(grpc::ServerContext*,
                        grpc::ServerReaderWriter<proto::PartitionReplies, proto::PartitionRequests>*
                            stream) override {
    ++streams_;
    const Welcome welcome = welcome_.exchange(Welcome::kTake);
    if (welcome == Welcome::kRefuse) return {grpc::StatusCode::UNAVAILABLE, "draining"};
    if (welcome == Welcome::kTake) stream->SendInitialMetadata();
    proto::PartitionRequests requests;
    while (stream->Read(&requests)) {
      ++messages_;
      requests_ += requests.requests_size();
      const proto::PartitionReplies replies = behaviour_(requests);
      if (replies.replies_size() > 0 || replies.draining()) stream->Write(replies);
    }
    ++half_closed_;
    while (holds_ends_) std::this_thread::yield();
    return grpc::Status::OK;
  }

  // Streams that front ends have closed stay open on our side while this is so.
  void HoldEnds(bool hold) { holds_ends_ = hold; }
  int half_closed() const { return half_closed_; }

  int streams() const { return streams_; }
  int messages() const { return messages_; }
  int requests() const { return requests_; }

 private:
  const Behaviour behaviour_;
  std::atomic<Welcome> welcome_;
  std::atomic<int> streams_{0};
  std::atomic<int> messages_{0};
  std::atomic<int> requests_{0};
  std::atomic<int> half_closed_{0};
  std::atomic<bool> holds_ends_{false};
};

// Answers everything with the account in the message, newest first.
proto::PartitionReplies Echo(const proto::PartitionRequests& requests) {
  proto::PartitionReplies replies;
  for (int i = requests.requests_size() - 1; i >= 0; --i) {
    proto::PartitionReply* reply = replies.add_replies();
    reply->set_call_id(requests.requests(i).call_id());
    reply->set_message(requests.requests(i).account());
  }
  return replies;
}

class HopTest : public ::testing::Test {
 protected:
  // Starts a back end, on the port it had before if it had one.
  void StartServer(Behaviour behaviour = Echo, Welcome first = Welcome::kTake) {
    service_ = std::make_unique<TestService>(std::move(behaviour), first);
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:" + std::to_string(port_), credentials_, &port);
    builder.RegisterService(service_.get());
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
    port_ = port;
  }

  void StopServer() {
    server_->Shutdown(std::chrono::system_clock::now());
    server_.reset();
  }

  // Leaves an address at which nobody listens, until StartServer.
  void ChooseAddress() {
    StartServer();
    StopServer();
  }

  void StartHop(size_t in_flight_max = 100) {
    HopOptions options;
    options.name = "b1";
    options.address = "127.0.0.1:" + std::to_string(port_);
    options.in_flight_max = in_flight_max;
    options.tls = [this] { return tls_; };
    hop_ = MakeGrpcPartition(options, *loop_, clock_, metrics_);
  }

  void Call(const std::string& account, Duration time = 10s) {
    auto request = std::make_unique<proto::PartitionRequest>();
    request->set_account(account);
    hop_->Call(std::move(request), clock_.In(time), [this](auto reply) {
      EXPECT_EQ(std::this_thread::get_id(), thread_);
      replies_.push_back(*reply);
    });
  }

  void Await(const std::function<bool()>& condition) {
    const Deadline limit = clock_.In(30s);
    while (!condition()) {
      ASSERT_LT(clock_.Now(), limit);
      loop_->RunOnce(10ms);
    }
  }
  void AwaitReplies(size_t count) {
    Await([this, count] { return replies_.size() >= count; });
  }
  // Until the stream stands.
  void AwaitBackEnd() {
    Call("are you there?");
    AwaitReplies(1);
    replies_.clear();
  }

  int code(size_t reply) const { return replies_[reply].code(); }

  void TearDown() override {
    hop_.reset();
    if (server_) StopServer();
  }

  // Both sides trust the other's certificate, and `shown` is what the front end shows.
  void UseTls(const tls::TestCertificate& trusted, const tls::TestCertificate& shown) {
    const tls::TestCertificate server = tls::MakeTestCertificate("backend");
    grpc::SslServerCredentialsOptions options(
        GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    options.pem_root_certs = trusted.certificate_pem;
    options.pem_key_cert_pairs.push_back({server.key_pem, server.certificate_pem});
    credentials_ = grpc::SslServerCredentials(options);
    tls_ = {server.certificate_pem, shown.certificate_pem, shown.key_pem, "backend"};
  }

  SystemClock clock_;
  Registry registry_;
  HopMetrics metrics_{registry_};
  std::shared_ptr<grpc::ServerCredentials> credentials_ = grpc::InsecureServerCredentials();
  HopTls tls_;
  const std::thread::id thread_ = std::this_thread::get_id();
  std::unique_ptr<net::EventLoop> loop_ = *net::MakeEventLoop(net::IoKind::kEpoll, {}, clock_);
  std::unique_ptr<TestService> service_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
  std::unique_ptr<Partition> hop_;
  std::vector<proto::PartitionReply> replies_;
};

TEST_F(HopTest, EveryRequestGetsItsReply) {
  StartServer();
  StartHop();
  std::vector<std::string> expected;
  for (int i = 0; i < 50; ++i) {
    expected.push_back("a" + std::to_string(i));
    Call(expected.back());
  }
  AwaitReplies(50);
  std::vector<std::string> got;
  for (const auto& reply : replies_) got.push_back(reply.message());
  std::sort(expected.begin(), expected.end());
  std::sort(got.begin(), got.end());
  EXPECT_EQ(got, expected);
  EXPECT_EQ(metrics_.in_flight.Value(), 0);
}

TEST_F(HopTest, WhatWaitsTravelsTogether) {
  StartServer();
  StartHop();
  for (int i = 0; i < 50; ++i) Call("a");
  AwaitReplies(50);
  EXPECT_EQ(metrics_.requests.Value(), 50u);
  EXPECT_EQ(service_->messages(), 1);
}

TEST_F(HopTest, TheRestOfTheDeadlineGoesAlong) {
  std::atomic<uint64_t> left{0};
  StartServer([&](const proto::PartitionRequests& requests) {
    left = requests.requests(0).deadline_us();
    return Echo(requests);
  });
  StartHop();
  Call("a", 10s);
  AwaitReplies(1);
  EXPECT_GT(left, 0u);
  EXPECT_LE(left, 10'000'000u);
}

TEST_F(HopTest, AnAnswerThatDoesNotComeIsGivenHere) {
  std::atomic<bool> silent{false};
  StartServer([&](const proto::PartitionRequests& requests) {
    return silent ? proto::PartitionReplies() : Echo(requests);
  });
  StartHop();
  AwaitBackEnd();
  silent = true;
  Call("a", 50ms);
  AwaitReplies(1);
  EXPECT_EQ(code(0), static_cast<int>(Code::kDeadlineExceeded));
  EXPECT_EQ(metrics_.expired.Value(), 1u);
}

TEST_F(HopTest, TooManyAreRefusedAtOnce) {
  StartServer([](const proto::PartitionRequests&) { return proto::PartitionReplies(); });
  StartHop(2);
  for (int i = 0; i < 3; ++i) Call("a");
  ASSERT_EQ(replies_.size(), 1u);
  EXPECT_EQ(code(0), static_cast<int>(Code::kResourceExhausted));
}

TEST_F(HopTest, ARequestWaitsForABackEndThatIsAway) {
  ChooseAddress();
  StartHop();
  Call("early", 30s);
  Await([this] { return metrics_.reconnects.Value() >= 5; });
  EXPECT_EQ(metrics_.parked.Value(), 1);
  EXPECT_EQ(metrics_.in_flight.Value(), 0);
  StartServer();
  AwaitReplies(1);
  EXPECT_EQ(replies_[0].message(), "early");
  EXPECT_EQ(metrics_.parked.Value(), 0);
  EXPECT_EQ(metrics_.in_flight.Value(), 0);
}

TEST_F(HopTest, ARequestThatWaitedInVainIsUnavailableAndWasNeverSent) {
  ChooseAddress();
  StartHop();
  Call("late", 200ms);
  AwaitReplies(1);
  EXPECT_EQ(code(0), static_cast<int>(Code::kUnavailable));
  EXPECT_EQ(replies_[0].message(),
            "the account's back end cannot be reached now; the request was not applied");
  EXPECT_EQ(metrics_.expired.Value(), 1u);
  EXPECT_EQ(metrics_.parked.Value(), 0);
  StartServer();
  Call("next");
  AwaitReplies(2);
  EXPECT_EQ(replies_[1].message(), "next");
  EXPECT_EQ(service_->requests(), 1);
}

TEST_F(HopTest, MoreThanMayWaitAreUnavailableAtOnce) {
  ChooseAddress();
  StartHop(2 * kHopParkedMax);
  for (size_t i = 0; i < kHopParkedMax; ++i) Call("a", 30s);
  ASSERT_TRUE(replies_.empty());
  EXPECT_EQ(metrics_.parked.Value(), static_cast<int64_t>(kHopParkedMax));
  Call("one too many");
  ASSERT_EQ(replies_.size(), 1u);
  EXPECT_EQ(code(0), static_cast<int>(Code::kUnavailable));
  EXPECT_EQ(metrics_.refused.Value(), 1u);
  StartServer();
  AwaitReplies(1 + kHopParkedMax);
  EXPECT_EQ(service_->requests(), static_cast<int>(kHopParkedMax));
}

TEST_F(HopTest, MoreOctetsThanMayWaitAreUnavailableAtOnce) {
  ChooseAddress();
  StartHop();
  Call(std::string(kHopParkedBytesMax, 'x'));
  ASSERT_EQ(replies_.size(), 1u);
  EXPECT_EQ(code(0), static_cast<int>(Code::kUnavailable));
  EXPECT_EQ(metrics_.parked.Value(), 0);
}

TEST_F(HopTest, OctetsThatHaveExpiredLeaveRoom) {
  ChooseAddress();
  StartHop();
  const std::string half(kHopParkedBytesMax / 2, 'x');
  Call(half, 10ms);
  AwaitReplies(1);
  Call(half, 20ms);
  EXPECT_EQ(replies_.size(), 1u);
  AwaitReplies(2);
  EXPECT_EQ(metrics_.refused.Value(), 0u);
}

TEST_F(HopTest, ABackEndThatDoesNotTakeTheStreamLosesNothing) {
  StartServer(Echo, Welcome::kRefuse);
  StartHop();
  Call("a");
  AwaitReplies(1);
  EXPECT_EQ(replies_[0].message(), "a");
  EXPECT_EQ(service_->requests(), 1);
  EXPECT_EQ(metrics_.reconnects.Value(), 1u);
}

TEST_F(HopTest, ABackEndThatIgnoresTheStreamIsAskedAgain) {
  StartServer(Echo, Welcome::kIgnore);
  StartHop();
  Await([this] { return service_->streams() == 1; });
  Call("ignored", 50ms);
  AwaitReplies(1);
  EXPECT_EQ(code(0), static_cast<int>(Code::kUnavailable));
  Call("heard");
  AwaitReplies(2);
  EXPECT_EQ(replies_[1].message(), "heard");
  EXPECT_EQ(service_->streams(), 2);
  EXPECT_EQ(service_->requests(), 1);
}

TEST_F(HopTest, WhatWasSentOnAStreamThatBrokeHasAnUnknownOutcomeAndIsNotSentAgain) {
  StartServer([](const proto::PartitionRequests&) { return proto::PartitionReplies(); });
  StartHop();
  Call("lost", 30s);
  Await([&] { return service_->messages() == 1; });
  EXPECT_EQ(metrics_.in_flight.Value(), 1);
  StopServer();
  AwaitReplies(1);
  EXPECT_EQ(code(0), static_cast<int>(Code::kDeadlineExceeded));
  EXPECT_EQ(replies_[0].message(),
            "the connection to the account's back end was lost; whether the request was applied is "
            "not known");
  StartServer();
  Call("next");
  AwaitReplies(2);
  EXPECT_EQ(replies_[1].message(), "next");
  EXPECT_EQ(service_->requests(), 1);
  EXPECT_EQ(metrics_.in_flight.Value(), 0);
}

// A back end that ends after its first answer.
proto::PartitionReplies EchoOnce(const proto::PartitionRequests& requests) {
  proto::PartitionReplies replies = Echo(requests);
  replies.set_draining(requests.requests(0).account() == "last");
  return replies;
}

TEST_F(HopTest, ABackEndThatEndsInOrderLosesNothing) {
  StartServer(EchoOnce);
  StartHop();
  Call("last");
  Call("last");
  AwaitReplies(2);
  Await([this] { return metrics_.drains.Value() == 1; });
  Call("next");
  AwaitReplies(3);
  EXPECT_EQ(replies_[2].message(), "next");
  EXPECT_EQ(service_->streams(), 2);
  EXPECT_EQ(metrics_.reconnects.Value(), 0u);
}

TEST_F(HopTest, WhatComesWhileABackEndEndsWaitsForTheNextStream) {
  StartServer([](const proto::PartitionRequests& requests) {
    if (requests.requests(0).account() != "never answered") return Echo(requests);
    proto::PartitionReplies replies;
    replies.set_draining(true);
    return replies;
  });
  service_->HoldEnds(true);
  StartHop();
  Call("never answered");
  Await([this] { return service_->half_closed() == 1; });
  Call("parked");
  EXPECT_EQ(metrics_.parked.Value(), 1);
  EXPECT_EQ(metrics_.in_flight.Value(), 1);
  service_->HoldEnds(false);
  AwaitReplies(2);
  EXPECT_EQ(code(0), static_cast<int>(Code::kDeadlineExceeded));
  EXPECT_EQ(replies_[1].message(), "parked");
  EXPECT_EQ(service_->requests(), 2);
  EXPECT_EQ(metrics_.parked.Value(), 0);
  EXPECT_EQ(metrics_.in_flight.Value(), 0);
}

// Each code's text says whether the request was applied; none has the back end's words.
TEST_F(HopTest, WhatABackEndSaysOfItselfIsNotForClients) {
  const std::pair<Code, const char*> texts[] = {
      {Code::kAborted, "the account's owner is just changing; the request was not applied"},
      {Code::kDeadlineExceeded,
       "the account's back end did not come to it in time; the request was not applied"},
      {Code::kResourceExhausted,
       "the account's back end takes on no more now; the request was not applied"},
      {Code::kUnavailable,
       "the account's back end failed; whether the request was applied is not known"}};
  std::atomic<Code> failure;
  StartServer([&](const proto::PartitionRequests& requests) {
    proto::PartitionReplies replies = Echo(requests);
    replies.mutable_replies(0)->set_code(static_cast<int>(failure.load()));
    return replies;
  });
  StartHop();
  for (const auto& [code, text] : texts) {
    failure = code;
    Call("/var/lib/mesh: disk error");
    AwaitReplies(replies_.size() + 1);
    EXPECT_EQ(replies_.back().code(), static_cast<int>(code));
    EXPECT_EQ(replies_.back().message(), text);
  }
}

// What keeps an owner from it is said as it is: clients may hope, or not.
TEST_F(HopTest, WhyAnOwnerTakesNothingIsTold) {
  const std::pair<proto::Obstacle, const char*> texts[] = {
      {proto::OBSTACLE_NONE, "the account is being moved; the request was not applied"},
      {proto::OBSTACLE_MOVING, "the account is being moved; the request was not applied"},
      {proto::OBSTACLE_OPENING,
       "the account's back end is just opening its partition; the request was not applied"},
      {proto::OBSTACLE_UNPROVEN,
       "the account's owner cannot prove its lease now, and may come back; the request was not "
       "applied"},
      {proto::OBSTACLE_DRAINING,
       "the account's back end is ending, and another will take its place; the request was not "
       "applied"}};
  std::atomic<proto::Obstacle> obstacle;
  StartServer([&](const proto::PartitionRequests& requests) {
    proto::PartitionReplies replies = Echo(requests);
    replies.mutable_replies(0)->set_code(static_cast<int>(Code::kAborted));
    replies.mutable_replies(0)->set_frozen(true);
    replies.mutable_replies(0)->set_obstacle(obstacle);
    return replies;
  });
  StartHop();
  for (const auto& [why, text] : texts) {
    obstacle = why;
    Call("a");
    AwaitReplies(replies_.size() + 1);
    EXPECT_EQ(replies_.back().message(), text);
  }
}

TEST_F(HopTest, MutualTlsLetsThoseTalkWhoTrustEachOther) {
  const tls::TestCertificate front_end = tls::MakeTestCertificate("frontend");
  UseTls(front_end, front_end);
  StartServer();
  StartHop();
  Call("a");
  AwaitReplies(1);
  EXPECT_EQ(replies_[0].message(), "a");
}

TEST_F(HopTest, MutualTlsKeepsStrangersOut) {
  UseTls(tls::MakeTestCertificate("frontend"), tls::MakeTestCertificate("frontend"));
  StartServer();
  StartHop();
  Call("a", 500ms);
  AwaitReplies(1);
  EXPECT_EQ(code(0), static_cast<int>(Code::kUnavailable));
  EXPECT_EQ(service_->messages(), 0);
}

TEST_F(HopTest, CallsFromOtherThreadsAreAnsweredOnTheLoop) {
  StartServer();
  StartHop();
  std::thread([this] { Call("a"); }).join();
  AwaitReplies(1);
  EXPECT_EQ(replies_[0].message(), "a");
}

TEST_F(HopTest, AHopThatGoesAwayAnswersWhatWasSent) {
  StartServer([](const proto::PartitionRequests&) { return proto::PartitionReplies(); });
  StartHop();
  Call("a");
  Await([&] { return service_->messages() == 1; });
  hop_.reset();
  ASSERT_EQ(replies_.size(), 1u);
  EXPECT_EQ(code(0), static_cast<int>(Code::kDeadlineExceeded));
  EXPECT_EQ(metrics_.in_flight.Value(), 0);
}

TEST_F(HopTest, AHopThatGoesAwayAnswersWhatIsParked) {
  ChooseAddress();
  StartHop();
  Call("a");
  Await([this] { return metrics_.reconnects.Value() >= 1; });
  hop_.reset();
  ASSERT_EQ(replies_.size(), 1u);
  EXPECT_EQ(code(0), static_cast<int>(Code::kUnavailable));
  EXPECT_EQ(metrics_.parked.Value(), 0);
}

}  // namespace
}  // namespace mesh::frontend
