// Messages on their way, with destinations that are away, slow or talk nonsense: under a clock
// that stands still, before outboxes in memory.

#include "frontend/forwarder/forwarder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "common/mesh/message.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_partition.h"
#include "tests/unit/frontend/forwarder/fake_outbox.h"

namespace mesh::frontend {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;

constexpr char kAlice[] = "alice@example.com";
constexpr char kBob[] = "bob@example.com";
constexpr char kEve[] = "eve@peer.example";

// Calls to other services, which a test answers; or which are answered at once.
class FakePeerCalls final : public PeerCalls {
 public:
  void Call(PeerCall call, Then then) override {
    ++count;
    if (answer) return then(answer(call));
    open.emplace_back(std::move(call), std::move(then));
  }

  // Answers the call that has waited for longest.
  void Answer(const Result<PeerAnswer>& result) {
    ASSERT_FALSE(open.empty());
    const Then then = std::move(open.front().second);
    open.pop_front();
    then(result);
  }

  size_t count = 0;
  std::function<Result<PeerAnswer>(const PeerCall&)> answer;
  std::deque<std::pair<PeerCall, Then>> open;
};

Result<PeerAnswer> Entry(const std::string& members) {
  return PeerAnswer{
      201, "Operation completed successfully",
      R"({"PostResponse":{"Status":201,"Entries":[{"IndexRequest":0,)" + members + "}]}}"};
}
Result<PeerAnswer> Accept() { return Entry(R"("Result":"Accept")"); }
Result<PeerAnswer> Reject(const std::string& error) {
  return Entry(R"("Result":"Reject","Error":")" + error + "\"");
}
Result<PeerAnswer> Away() { return Status(Code::kUnavailable, "away"); }

class ForwarderTest : public ::testing::Test {
 protected:
  // One front end's.
  struct Node {
    explicit Node(ForwarderTest& test)
        : router(RouterOptions{test.map_, test.clock_,
                               [&test](const BackEnd&) {
                                 return std::make_unique<FakeOutboxPartition>(test.outbox_);
                               },
                               [](uint64_t, std::function<void()> then) { then(); }}),
          metrics(registry),
          forwarder(test.options_,
                    {test.clock_, crypto::SystemRandom(), test.map_, router, peers, metrics}) {}

    uint64_t Again(AgainReason reason) {
      return metrics.again[static_cast<size_t>(reason)]->Value();
    }

    Registry registry;
    FakePeerCalls peers;
    Router router;
    ForwarderMetrics metrics;
    Forwarder forwarder;
  };

  // Lets time pass for `time`, in which forwarders do what is due, in turn.
  void Run(std::vector<Node*> nodes, Duration time) {
    const MonotonicTime end = clock_.In(time);
    while (true) {
      MonotonicTime next = end;
      std::reverse(nodes.begin(), nodes.end());
      for (Node* node : nodes) {
        node->forwarder.Tick();
        next = std::min(next, node->forwarder.NextTick(end));
      }
      if (clock_.Now() >= end) return;
      clock_.Advance(std::max<Duration>(next - clock_.Now(), milliseconds(1)));
    }
  }
  void Run(Duration time) { Run({&node_}, time); }

  // The MessageError that the sender of message `id` got.
  std::string ErrorOf(const std::string& id) {
    std::string error;
    for (const proto::Settlement& failed : outbox_.failed()) {
      if (failed.id() != id) continue;
      EXPECT_EQ(error, "") << "told twice";
      const Result<MessageError> message = ParseMessageError(failed.error().payload());
      EXPECT_TRUE(message.ok());
      EXPECT_EQ(message->head.references.at(0).message_id, id);
      error = message->error;
    }
    return error;
  }

  FakeClock clock_;
  MapHolder map_;
  const PartitionMap& current_ = [this]() -> const PartitionMap& {
    MESH_CHECK(map_.Replace(*PartitionMap::Parse(testing::TwoBackEnds(1))).ok());
    return *map_.current();
  }();
  FakeOutbox outbox_{clock_, current_};
  ForwarderOptions options_{.domains = {"example.com", "example.net"}, .holder = "test"};
  Node node_{*this};
};

// --- Deliveries ----------------------------------------------------------------------

TEST_F(ForwarderTest, AMessageToAnotherServiceIsPostedThere) {
  const std::string id = outbox_.Put(kAlice, kEve);
  node_.forwarder.Tick();
  ASSERT_EQ(node_.peers.open.size(), 1u);
  const PeerCall& call = node_.peers.open.front().first;
  EXPECT_EQ(call.from, "example.com");
  EXPECT_EQ(call.to, "peer.example");
  EXPECT_THAT(call.message,
              HasSubstr(R"({"Post":{"Accounts":["eve@peer.example"],"Message":[[{})"));
  node_.peers.Answer(Accept());
  EXPECT_EQ(outbox_.delivered(), std::vector<std::string>{id});
  EXPECT_EQ(node_.metrics.delivered.Value(), 1u);
}

TEST_F(ForwarderTest, AMessageToOneOfOursIsDeliveredByItsOwner) {
  std::string recipient, sender;
  outbox_.deliver = [&](const proto::PartitionRequest& request) {
    EXPECT_EQ(request.partition(), current_.OwnerOf(request.account()));
    recipient = request.account();
    sender = request.deliver().sender();
    return FakeOutbox::Accepted();
  };
  outbox_.Put(kAlice, kBob);
  node_.forwarder.Tick();
  EXPECT_EQ(recipient, kBob);
  EXPECT_EQ(sender, kAlice);
  EXPECT_EQ(outbox_.waiting(), 0u);
  EXPECT_TRUE(node_.peers.open.empty());
}

TEST_F(ForwarderTest, ARefusalIsToldToTheSenderAtOnceAndOnce) {
  node_.peers.answer = [](const auto&) { return Reject("MeshRecipientBlockedSender"); };
  const std::string id = outbox_.Put(kAlice, kEve);
  node_.forwarder.Tick();
  EXPECT_EQ(ErrorOf(id), "MeshRecipientBlockedSender");
  EXPECT_EQ(outbox_.waiting(), 0u);
  Run(minutes(10));
  EXPECT_EQ(outbox_.failed().size(), 1u);
}

TEST_F(ForwarderTest, ADomainWithoutAServiceHasNoAccounts) {
  node_.peers.answer = [](const auto&) { return Status(Code::kNotFound, "none"); };
  const std::string id = outbox_.Put(kAlice, kEve);
  node_.forwarder.Tick();
  EXPECT_EQ(ErrorOf(id), "MeshUnknownAccount");
}

TEST_F(ForwarderTest, ARecipientThatIsFullIsTriedAgain) {
  node_.peers.answer = [](const auto&) { return Reject("MeshQuotaExceeded"); };
  const std::string id = outbox_.Put(kAlice, kEve);
  node_.forwarder.Tick();
  EXPECT_EQ(outbox_.front_reason(), "recipient");
  Run(hours(47));
  EXPECT_EQ(ErrorOf(id), "");
  Run(hours(2));
  EXPECT_EQ(ErrorOf(id), "MeshQuotaExceeded");
}

// --- Destinations that are away ---------------------------------------------------------

TEST_F(ForwarderTest, AFailureIsTriedAgainEachTimeLater) {
  node_.peers.answer = [](const auto&) { return Away(); };
  outbox_.Put(kAlice, kEve);
  Duration before{};
  for (int i = 0; i < 4; ++i) {
    node_.forwarder.Tick();
    EXPECT_EQ(outbox_.front_reason(), "unreachable");
    const Duration wait = milliseconds(outbox_.front_due() - clock_.WallNow());
    EXPECT_GE(wait, std::max<Duration>(before, kRetryMin / 2));
    before = wait;
    clock_.Advance(wait + options_.poll_time);
  }
  EXPECT_EQ(node_.peers.count, 4u);
}

TEST_F(ForwarderTest, WhatCannotBeDeliveredForLongIsGivenUpAndToldOnce) {
  node_.peers.answer = [](const auto&) { return Away(); };
  const std::string id = outbox_.Put(kAlice, kEve);
  Run(hours(47));
  EXPECT_EQ(outbox_.waiting(), 1u);
  Run(hours(2));
  EXPECT_EQ(ErrorOf(id), "MeshServiceUnavailable");
  EXPECT_EQ(outbox_.waiting(), 0u);
  EXPECT_EQ(node_.metrics.expired.Value(), 1u);
}

TEST_F(ForwarderTest, ADeadDestinationIsLeftAloneAndSlowsNobodyElse) {
  node_.peers.answer = [](const PeerCall& call) {
    return call.to == "dead.example" ? Away() : Accept();
  };
  for (int i = 0; i < 100; ++i) outbox_.Put(kAlice, "x@dead.example");
  for (int i = 0; i < 100; ++i) outbox_.Put(kAlice, kEve);
  node_.forwarder.Tick();
  EXPECT_EQ(node_.metrics.delivered.Value(), 100u);
  EXPECT_EQ(node_.peers.count, 100u + kCircuitFailures);
  EXPECT_EQ(node_.Again(AgainReason::kCircuit), 100u - kCircuitFailures);
  EXPECT_EQ(outbox_.leased(), 0u);
}

TEST_F(ForwarderTest, WhenItComesBackEverythingArrives) {
  bool away = true;
  node_.peers.answer = [&](const auto&) { return away ? Away() : Accept(); };
  for (int i = 0; i < 300; ++i) outbox_.Put(kAlice, kEve);
  Run(minutes(30));
  const size_t tried = node_.peers.count;
  EXPECT_LT(tried, 50u);
  away = false;
  Run(minutes(30));
  EXPECT_EQ(outbox_.delivered().size(), 300u);
  EXPECT_EQ(node_.peers.count, tried + 300u);
}

TEST_F(ForwarderTest, ABackEndOfOursThatIsAwayIsNoDifferent) {
  bool away = true;
  outbox_.away = [&](const proto::PartitionRequest& r) { return away && r.has_deliver(); };
  outbox_.Put(kAlice, kBob);
  Run(minutes(1));
  EXPECT_EQ(outbox_.waiting(), 1u);
  away = false;
  Run(minutes(30));
  EXPECT_EQ(outbox_.delivered().size(), 1u);
}

TEST_F(ForwarderTest, NonsenseIsNoAnswer) {
  const std::string id = outbox_.Put(kAlice, kEve);
  const std::vector<Result<PeerAnswer>> nonsense = {
      Status(Code::kDataLoss, "no answer"),
      PeerAnswer{201, "", "<html>"},
      PeerAnswer{201, "", R"({"StatusResponse":{"Status":201}})"},
      PeerAnswer{201, "", R"({"PostResponse":{"Status":201}})"},
      Entry(R"("Result":"Perhaps")"),
  };
  size_t next = 0;
  node_.peers.answer = [&](const auto&) { return nonsense[next++ % nonsense.size()]; };
  Run(hours(1));
  EXPECT_GE(next, nonsense.size());
  EXPECT_EQ(ErrorOf(id), "");
  EXPECT_EQ(outbox_.waiting(), 1u);
  EXPECT_EQ(node_.Again(AgainReason::kBroken), next);
}

// --- Destinations that are slow ---------------------------------------------------------

TEST_F(ForwarderTest, AsMuchIsUnderWayAsTheWindowSays) {
  for (int i = 0; i < 10; ++i) outbox_.Put(kAlice, kEve);
  node_.forwarder.Tick();
  EXPECT_EQ(node_.peers.open.size(), kWindowFirst);
  EXPECT_EQ(node_.metrics.under_way.Value(), static_cast<int64_t>(kWindowFirst));
  node_.peers.Answer(Accept());
  EXPECT_EQ(node_.peers.open.size(), kWindowFirst);
  while (!node_.peers.open.empty()) node_.peers.Answer(Accept());
  EXPECT_EQ(outbox_.waiting(), 0u);
}

TEST_F(ForwarderTest, MoreThanASlowDestinationWillTakeSoonIsPutBack) {
  for (int i = 0; i < 60; ++i) outbox_.Put(kAlice, kEve);
  node_.forwarder.Tick();
  EXPECT_EQ(node_.Again(AgainReason::kCrowded), 60 - kWindowFirst - kWaitingMin);
  outbox_.Put(kAlice, "other@quick.example");
  clock_.Advance(options_.poll_time);
  node_.forwarder.Tick();
  EXPECT_EQ(node_.peers.open.back().first.to, "quick.example");
}

TEST_F(ForwarderTest, WhatHasWaitedForTooLongIsPutBackUntried) {
  for (size_t i = 0; i < kWindowFirst + 1; ++i) outbox_.Put(kAlice, kEve);
  node_.forwarder.Tick();
  clock_.Advance(options_.lease_time / 2 + milliseconds(1));
  node_.peers.Answer(Accept());
  EXPECT_EQ(node_.Again(AgainReason::kLate), 1u);
  EXPECT_EQ(node_.peers.open.size(), kWindowFirst - 1);
}

TEST_F(ForwarderTest, WhatIsHeldIsBounded) {
  for (size_t i = 0; i < kHeldMax + 500; ++i) {
    outbox_.Put(kAlice, "x@d" + std::to_string(i) + ".example");
  }
  Run(seconds(1));
  EXPECT_LE(outbox_.leased(), kHeldMax);
  EXPECT_GT(outbox_.leased(), kHeldMax - 2 * kLeaseEntries);
  EXPECT_EQ(node_.forwarder.NextTick(clock_.In(hours(1))), clock_.In(hours(1)));
  while (!node_.peers.open.empty()) node_.peers.Answer(Accept());
  Run(seconds(2));
  EXPECT_GT(node_.peers.open.size(), 0u);
}

// --- Leases ---------------------------------------------------------------------------

TEST_F(ForwarderTest, OfTwoForwardersOneHasEachMessage) {
  Node other(*this);
  std::multiset<std::string> sent;
  const auto answer = [&](const PeerCall& call) {
    sent.insert(call.message);
    return sent.size() % 3 == 0 ? Away() : Accept();
  };
  node_.peers.answer = other.peers.answer = answer;
  for (int i = 0; i < 500; ++i) outbox_.Put(kAlice, "x@d" + std::to_string(i % 7) + ".example");
  Run({&node_, &other}, hours(2));
  EXPECT_EQ(outbox_.delivered().size(), 500u);
  EXPECT_EQ(node_.metrics.delivered.Value() + other.metrics.delivered.Value(), 500u);
  EXPECT_GT(other.metrics.delivered.Value(), 0u);
  EXPECT_EQ(node_.metrics.lost.Value() + other.metrics.lost.Value(), 0u);
}

TEST_F(ForwarderTest, AfterItsLeaseAMessageIsAnothers) {
  Node other(*this);
  const std::string id = outbox_.Put(kAlice, kEve);
  node_.forwarder.Tick();
  clock_.Advance(options_.lease_time);
  other.peers.answer = [](const auto&) { return Accept(); };
  Run({&other}, seconds(2));
  EXPECT_EQ(outbox_.delivered(), std::vector<std::string>{id});
  node_.peers.Answer(Reject("MeshUnknownAccount"));
  EXPECT_EQ(node_.metrics.lost.Value(), 1u);
  EXPECT_TRUE(outbox_.failed().empty());
}

TEST_F(ForwarderTest, ASettlementThatNobodyTookCostsASecondTransfer) {
  bool away = true;
  outbox_.away = [&](const auto& request) { return away && request.has_settle_outbox(); };
  node_.peers.answer = [](const auto&) { return Accept(); };
  outbox_.Put(kAlice, kEve);
  node_.forwarder.Tick();
  EXPECT_EQ(node_.metrics.unsettled.Value(), 1u);
  EXPECT_TRUE(node_.forwarder.idle());
  away = false;
  Run(options_.lease_time + seconds(2));
  EXPECT_EQ(node_.peers.count, 2u);
  EXPECT_EQ(outbox_.delivered().size(), 1u);
}

TEST_F(ForwarderTest, APartitionThatGivesNoAnswerIsAskedLater) {
  bool away = true;
  outbox_.away = [&](const auto&) { return away; };
  node_.forwarder.Tick();
  EXPECT_EQ(node_.metrics.lease_errors.Value(), 2u);
  Run(minutes(1));
  const int before = outbox_.leases();
  EXPECT_LT(before, 60);
  away = false;
  node_.peers.answer = [](const auto&) { return Accept(); };
  outbox_.Put(kAlice, kEve);
  Run(minutes(2));
  EXPECT_EQ(outbox_.delivered().size(), 1u);
}

TEST_F(ForwarderTest, WhoPostsIsServedAtOnce) {
  node_.peers.answer = [](const auto&) { return Accept(); };
  node_.forwarder.Tick();
  outbox_.Put(kAlice, kEve);
  node_.forwarder.Tick();
  EXPECT_EQ(outbox_.waiting(), 1u);
  node_.forwarder.Nudge(kAlice);
  node_.forwarder.Tick();
  EXPECT_EQ(outbox_.waiting(), 0u);
}

TEST_F(ForwarderTest, DrainingGivesBackWhatWaitsAndEndsWhatIsUnderWay) {
  for (size_t i = 0; i < kWindowFirst + 5; ++i) outbox_.Put(kAlice, kEve);
  node_.forwarder.Tick();
  node_.forwarder.Drain();
  EXPECT_EQ(outbox_.leased(), kWindowFirst);
  EXPECT_EQ(node_.Again(AgainReason::kDraining), 5u);
  EXPECT_FALSE(node_.forwarder.idle());
  while (!node_.peers.open.empty()) node_.peers.Answer(Accept());
  EXPECT_TRUE(node_.forwarder.idle());
  Run(minutes(1));
  EXPECT_EQ(outbox_.waiting(), 5u);
}

}  // namespace
}  // namespace mesh::frontend
