// Calls to another service: a real one, as one event loop has it, without a network between.

#include "frontend/peers/peer_sessions.h"

#include <gtest/gtest.h>

#include <deque>
#include <optional>

#include "frontend/peers/peer_limits.h"
#include "tests/support/front_end.h"
#include "tests/unit/frontend/peers/test_service.h"

namespace mesh::frontend {
namespace {

using std::chrono::seconds;

constexpr char kOurs[] = "ours.example";
constexpr char kTheirs[] = "theirs.example";
constexpr char kHello[] = R"({"Hello":{}})";

// The one that is called knows whose domain ours is.
class OurDomain final : public PeerDirectory {
 public:
  explicit OurDomain(std::string udf) : udf_(std::move(udf)) {}
  void Resolve(const std::string& domain, Deadline, Then then) override {
    if (domain == kOurs) return then(udf_);
    then(Status(Code::kNotFound, "no such domain"));
  }

 private:
  const std::string udf_;
};

struct Heard {
  std::optional<Result<PeerAnswer>> answer;

  Code code() const { return answer ? answer->status().code() : Code::kInternal; }
  int64_t status() const { return answer && answer->ok() ? (*answer)->status : 0; }
};

class PeerSessionsTest : public ::testing::Test {
 protected:
  PeerSessionsTest() {
    auto keys = std::make_shared<ServiceKeys>();
    keys->host_keys.push_back({us_.authentication.udf, us_.authentication_key.Clone()});
    const WallMillis now = world_.clock.WallNow();
    keys->hello.enveloped_profile_service = dare::EnvelopeText(us_.ProfileService());
    keys->hello.enveloped_profile_host = dare::EnvelopeText(us_.ProfileHost());
    keys->hello.enveloped_connection_host =
        dare::EnvelopeText(us_.Connection(now - 1000, now + 3'600'000));
    keys_.Publish(std::move(keys));
  }

  // What `find` says: the world, at `hosts` hosts.
  PeerResult Theirs(size_t hosts = 1) {
    PeerService service;
    service.connection.service_udf = world_.service_udf;
    service.connection.key_authentication = MakeKeyData(world_.host_keys.front().public_key());
    service.connection.not_on_or_after = world_.clock.WallNow() + 3'600'000;
    for (size_t i = 0; i < hosts; ++i) {
      service.targets.push_back({"host" + std::to_string(i), 443, {"127.0.0.1"}, "/m"});
    }
    return std::make_shared<const PeerService>(std::move(service));
  }

  std::shared_ptr<Heard> Call(std::string message = kHello, Duration time = seconds(10)) {
    auto heard = std::make_shared<Heard>();
    PeerCall call{kOurs, kTheirs, "Hello", std::move(message), world_.clock.In(time)};
    sessions_->Call(std::move(call), [heard](Result<PeerAnswer> answer) {
      EXPECT_FALSE(heard->answer) << "told twice";
      heard->answer = std::move(answer);
    });
    return heard;
  }

  // Ends the post that has been under way for longest.
  void Reply(Result<client::HttpReply> reply) {
    ASSERT_FALSE(posts_.empty());
    const PeerTransport::Done done = std::move(posts_.front().second);
    posts_.pop_front();
    done(std::move(reply));
  }
  void Fail(Code code = Code::kUnavailable) { Reply(Status(code, "no")); }
  // Lets the other service answer it.
  void Serve() {
    ASSERT_FALSE(posts_.empty());
    const PeerPost& post = posts_.front().first;
    front_.Send(post.body, post.headers.front().second);
    ASSERT_TRUE(front_.reply().has_value());
    Reply(client::HttpReply{front_.reply()->status, front_.reply()->body});
  }
  std::string Mode() const {
    const auto envelope =
        binding::ParseWireEnvelope(binding::Encoding::kJson, posts_.front().first.body);
    if (!envelope.ok()) return "none";
    if (envelope->header.mode == binding::Mode::kService) return "Service";
    return envelope->header.mode == binding::Mode::kTicket ? "Ticket" : "other";
  }
  void ACallIsServed() {
    const auto heard = Call();
    while (!posts_.empty()) Serve();
    EXPECT_EQ(heard->status(), 201);
  }
  uint64_t Exchanges() { return registry_.GetCounter("mesh_peer_exchanges_total", "").Value(); }

  ServiceWorld world_;
  const TestService us_{};
  FrontEnd front_{world_, std::make_unique<OurDomain>(us_.udf())};
  Registry registry_;
  PeerCallMetrics metrics_{registry_};
  Published<ServiceKeys> keys_;
  PeerResult found_ = Theirs();
  std::vector<std::string> doubted_;
  std::deque<std::pair<PeerPost, PeerTransport::Done>> posts_;
  std::optional<PeerSessions> sessions_{
      PeerSessions::Environment{world_.clock, crypto::SystemRandom(), keys_, metrics_,
                                [this](const auto&, Deadline, PeerDone done) { done(found_); },
                                [this](const auto& domain) { doubted_.push_back(domain); },
                                [this](PeerPost post, PeerTransport::Done done) {
                                  posts_.emplace_back(std::move(post), std::move(done));
                                }}};
};

TEST_F(PeerSessionsTest, ItTakesOneExchangeAndThenTickets) {
  const auto first = Call();
  EXPECT_EQ(Mode(), "Service");
  EXPECT_EQ(posts_.front().first.name, "mmm.theirs.example");
  EXPECT_EQ(posts_.front().first.target.host, "host0");
  Serve();
  EXPECT_EQ(first->status(), 201);
  EXPECT_TRUE((*first->answer)->message.starts_with(R"({"MeshHelloResponse")"));
  const auto second = Call();
  EXPECT_EQ(Mode(), "Ticket");
  Serve();
  EXPECT_EQ(second->status(), 201);
  EXPECT_EQ(Exchanges(), 1u);
}

TEST_F(PeerSessionsTest, CallsThatComeTogetherMakeOneExchange) {
  const auto first = Call(), second = Call(), third = Call();
  ASSERT_EQ(posts_.size(), 1u);
  Serve();
  EXPECT_EQ(posts_.size(), 2u);
  EXPECT_EQ(Mode(), "Ticket");
  Serve();
  Serve();
  EXPECT_EQ(first->status() + second->status() + third->status(), 3 * 201);
  EXPECT_EQ(Exchanges(), 1u);
}

TEST_F(PeerSessionsTest, WhoWaitsForATicketFailsWithTheOneThatWentAhead) {
  const auto first = Call(), second = Call();
  Fail();
  EXPECT_EQ(first->code(), Code::kUnavailable);
  EXPECT_EQ(second->code(), Code::kUnavailable);
  ACallIsServed();
}

TEST_F(PeerSessionsTest, AMessageThatIsTooLargeForAnExchangeWaitsForATicket) {
  const auto heard =
      Call(R"({"Hello":{"Unknown":")" + std::string(binding::kNoiseMessageBytesMax, 'x') + "\"}}");
  EXPECT_EQ(Mode(), "Service");
  Serve();
  EXPECT_EQ(Mode(), "Ticket");
  Serve();
  EXPECT_EQ(heard->status(), 201);
}

TEST_F(PeerSessionsTest, ATicketThatIsNotKnownAnyMoreIsRenewed) {
  ACallIsServed();
  world_.keyring.Publish(TicketKeyring::FromKeys({std::string(TicketKeyring::kKeyBytes, 'n')}));
  const auto first = Call(), second = Call();
  ASSERT_EQ(posts_.size(), 2u);
  while (!posts_.empty()) Serve();
  EXPECT_EQ(first->status(), 201);
  EXPECT_EQ(second->status(), 201);
  EXPECT_EQ(Exchanges(), 2u);
}

TEST_F(PeerSessionsTest, ADomainThatIsAnotherServiceGetsNoOldTicket) {
  ACallIsServed();
  world_.service_udf = "MOTH-ER";
  world_.RotateHostKey();
  found_ = Theirs();
  ACallIsServed();
  EXPECT_EQ(Exchanges(), 2u);
}

TEST_F(PeerSessionsTest, TheNextHostIsTriedAndRemembered) {
  found_ = Theirs(2);
  const auto heard = Call();
  Fail();
  EXPECT_EQ(posts_.front().first.target.host, "host1");
  Serve();
  EXPECT_EQ(heard->status(), 201);
  Call();
  EXPECT_EQ(posts_.front().first.target.host, "host1");
  EXPECT_TRUE(doubted_.empty());
}

TEST_F(PeerSessionsTest, WhenAllHostsFailTheyAreLookedUpAnew) {
  found_ = Theirs(2);
  const auto heard = Call();
  Fail();
  Fail(Code::kDeadlineExceeded);
  EXPECT_EQ(heard->code(), Code::kDeadlineExceeded);
  EXPECT_EQ(doubted_, std::vector<std::string>{kTheirs});
}

TEST_F(PeerSessionsTest, ADomainWithoutAServiceIsNotCalled) {
  found_ = Status(Code::kNotFound, "none");
  EXPECT_EQ(Call()->code(), Code::kNotFound);
  EXPECT_TRUE(posts_.empty());
}

TEST_F(PeerSessionsTest, WhatIsNoAnswerIsNotBelieved) {
  const auto code = [&](int status, const std::string& body) {
    const auto heard = Call();
    Reply(client::HttpReply{status, body});
    return heard->code();
  };
  EXPECT_EQ(code(200, "<html>"), Code::kDataLoss);
  EXPECT_EQ(code(200, TestService::InNullEnvelope(R"({"PostResponse":{"Status":201}})")),
            Code::kDataLoss);
  EXPECT_EQ(code(502, "<html>"), Code::kUnavailable);
  EXPECT_EQ(code(403, TestService::InNullEnvelope(R"({"PostResponse":{"Status":403}})")),
            Code::kUnavailable);
}

TEST_F(PeerSessionsTest, WhatIsRefusedUnderTheSealIsAnAnswer) {
  const auto heard = Call(R"({"Status":{"Account":"alice@example.com"}})");
  Serve();
  EXPECT_EQ(heard->status(), 403);
  EXPECT_TRUE((*heard->answer)->description.starts_with("MeshMessageInsufficientPrivilege"));
}

TEST_F(PeerSessionsTest, WhoeverIsLateIsTold) {
  const auto late = Call(kHello, seconds(1));
  const auto waits = Call(kHello, seconds(2));
  EXPECT_EQ(sessions_->NextTick(world_.clock.In(seconds(60))), world_.clock.In(seconds(1)));
  world_.clock.Advance(seconds(1));
  sessions_->Tick();
  EXPECT_EQ(late->code(), Code::kDeadlineExceeded);
  EXPECT_EQ(waits->code(), Code::kDeadlineExceeded);
  Serve();
  ACallIsServed();
}

TEST_F(PeerSessionsTest, CallsAreBoundedAndEndWithIt) {
  std::vector<std::shared_ptr<Heard>> all;
  for (size_t i = 0; i < kPeerCallsMax; ++i) all.push_back(Call());
  EXPECT_EQ(Call()->code(), Code::kResourceExhausted);
  sessions_.reset();
  for (const auto& heard : all) EXPECT_EQ(heard->code(), Code::kUnavailable);
}

}  // namespace
}  // namespace mesh::frontend
