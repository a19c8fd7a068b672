// Which service is believed, for how long, and who is asked when: without a network, under
// a clock that stands still.

#include "frontend/peers/peer_table.h"

#include <gtest/gtest.h>

#include <deque>
#include <optional>

#include "frontend/peers/peer_limits.h"
#include "tests/support/fake_clock.h"

namespace mesh::frontend {
namespace {

using std::chrono::seconds;

constexpr char kDomain[] = "example.com";

// What a caller heard.
struct Heard {
  std::optional<PeerResult> result;

  bool waits() const { return !result; }
  Code code() const { return result ? result->status().code() : Code::kInternal; }
  std::string udf() const { return result && result->ok() ? (**result)->udf() : "none"; }
};

class PeerTableTest : public ::testing::Test {
 protected:
  std::shared_ptr<Heard> Find(const std::string& domain = kDomain, Duration time = seconds(5)) {
    auto heard = std::make_shared<Heard>();
    table_->Find(domain, clock_.In(time), [heard](PeerResult result) {
      EXPECT_FALSE(heard->result) << "told twice";
      heard->result = std::move(result);
    });
    return heard;
  }

  PeerResult Service(const std::string& udf, Duration good = std::chrono::hours(24)) {
    PeerService service;
    service.connection.service_udf = udf;
    service.connection.not_on_or_after =
        clock_.WallNow() + std::chrono::duration_cast<std::chrono::milliseconds>(good).count();
    return std::make_shared<const PeerService>(std::move(service));
  }

  // Ends the fetch that has been under way for longest.
  void Answer(PeerResult result) {
    ASSERT_FALSE(fetches_.empty());
    const PeerDone done = std::move(fetches_.front().second);
    fetches_.pop_front();
    done(std::move(result));
  }
  void Fail(Code code = Code::kUnavailable) { Answer(Status(code, "no")); }

  std::string Asked(const std::string& udf) {
    const auto heard = Find();
    Answer(Service(udf));
    return heard->udf();
  }

  double Metric(const std::string& name) {
    const std::string text = registry_.Text();
    const size_t line = text.find("\n" + name);
    if (line == text.npos) return 0;
    return std::stod(text.substr(text.find(' ', line + 1)));
  }

  FakeClock clock_;
  Registry registry_;
  PeerMetrics metrics_{registry_};
  std::deque<std::pair<std::string, PeerDone>> fetches_;
  std::optional<PeerTable> table_{std::in_place, clock_, metrics_,
                                  [this](const std::string& domain, PeerDone done) {
                                    fetches_.emplace_back(domain, std::move(done));
                                  }};
};

// --- Asking once -------------------------------------------------------------------

TEST_F(PeerTableTest, ADomainIsAskedOnceForAllWhoWantIt) {
  const auto first = Find(), second = Find();
  EXPECT_EQ(fetches_.size(), 1u);
  EXPECT_TRUE(first->waits());
  Answer(Service("A"));
  EXPECT_EQ(first->udf(), "A");
  EXPECT_EQ(second->udf(), "A");
  EXPECT_EQ(Find()->udf(), "A");
  EXPECT_TRUE(fetches_.empty());
}

TEST_F(PeerTableTest, WhatIsNoDomainIsNotAsked) {
  for (const char* domain : {"", "127.0.0.1", "Example.com", "a b", "example.com:443", "a@b.c"}) {
    EXPECT_EQ(Find(domain)->code(), Code::kInvalidArgument) << domain;
  }
  EXPECT_TRUE(fetches_.empty());
}

TEST_F(PeerTableTest, AfterAnHourItIsAskedAgain) {
  Asked("A");
  clock_.Advance(kServiceTimeMax);
  EXPECT_TRUE(Find()->waits());
  EXPECT_EQ(fetches_.size(), 1u);
}

TEST_F(PeerTableTest, AServiceIsBelievedNoLongerThanItsConnection) {
  (void)Find();
  Answer(Service("A", seconds(20)));
  clock_.Advance(seconds(20) - Duration(1));
  EXPECT_EQ(Find()->udf(), "A");
  clock_.Advance(Duration(1));
  EXPECT_TRUE(Find()->waits());
}

TEST_F(PeerTableTest, BeforeItEndsItIsAskedAgainInTheBackground) {
  Asked("A");
  clock_.Advance(kServiceRefreshTime);
  EXPECT_EQ(Find()->udf(), "A");
  EXPECT_EQ(Find()->udf(), "A");
  ASSERT_EQ(fetches_.size(), 1u);
  Answer(Service("A"));
  clock_.Advance(kServiceTimeMax - kServiceRefreshTime);
  EXPECT_EQ(Find()->udf(), "A");
  EXPECT_TRUE(fetches_.empty());
}

TEST_F(PeerTableTest, AServiceThatIsAwayForAMomentStaysGood) {
  Asked("A");
  clock_.Advance(kServiceRefreshTime);
  (void)Find();
  Fail();
  EXPECT_EQ(Find()->udf(), "A");
  EXPECT_TRUE(fetches_.empty());  // Not at once again.
  clock_.Advance(kFailureTimeMin);
  EXPECT_EQ(Find()->udf(), "A");
  EXPECT_EQ(fetches_.size(), 1u);
}

// --- Failures ----------------------------------------------------------------------

TEST_F(PeerTableTest, AFailureIsKeptAWhile) {
  const auto heard = Find();
  Fail(Code::kNotFound);
  EXPECT_EQ(heard->code(), Code::kNotFound);
  clock_.Advance(kFailureTimeMin - Duration(1));
  EXPECT_EQ(Find()->code(), Code::kNotFound);
  EXPECT_TRUE(fetches_.empty());
  clock_.Advance(Duration(1));
  EXPECT_TRUE(Find()->waits());
}

TEST_F(PeerTableTest, FailuresThatFollowEachOtherAreKeptLongerUpToABound) {
  for (const seconds time : {seconds(10), seconds(20), seconds(40), seconds(60), seconds(60)}) {
    const auto heard = Find();
    Fail();
    ASSERT_EQ(heard->code(), Code::kUnavailable);
    clock_.Advance(time - Duration(1));
    EXPECT_FALSE(Find()->waits()) << time.count();
    clock_.Advance(Duration(1));
  }
  Asked("A");
  clock_.Advance(kServiceTimeMax);
  (void)Find();
  Fail();
  clock_.Advance(kFailureTimeMin);
  EXPECT_TRUE(Find()->waits());
}

TEST_F(PeerTableTest, WhoeverWaitsTooLongIsTold) {
  const auto patient = Find(kDomain, seconds(10)), hasty = Find(kDomain, seconds(1));
  EXPECT_EQ(table_->NextTick(clock_.In(seconds(60))), clock_.In(seconds(1)));
  clock_.Advance(seconds(1));
  table_->Tick();
  EXPECT_EQ(hasty->code(), Code::kDeadlineExceeded);
  EXPECT_TRUE(patient->waits());
  Answer(Service("A"));
  EXPECT_EQ(patient->udf(), "A");
  EXPECT_EQ(table_->NextTick(clock_.In(seconds(60))), clock_.In(seconds(60)));
}

TEST_F(PeerTableTest, AtTheEndWhoeverWaitsIsTold) {
  const auto heard = Find();
  table_.reset();
  EXPECT_EQ(heard->code(), Code::kUnavailable);
}

// --- Another service ---------------------------------------------------------------

TEST_F(PeerTableTest, AnotherServiceThanTheFirstIsRefused) {
  Asked("A");
  clock_.Advance(kServiceTimeMax);
  const auto heard = Find();
  Answer(Service("B"));
  EXPECT_EQ(heard->code(), Code::kPermissionDenied);
  EXPECT_EQ(Metric("mesh_peer_changes_total"), 1);
}

TEST_F(PeerTableTest, AnotherServiceInTheBackgroundEndsTheBeliefInTheFirst) {
  Asked("A");
  clock_.Advance(kServiceRefreshTime);
  EXPECT_EQ(Find()->udf(), "A");
  Answer(Service("B"));
  EXPECT_EQ(Find()->code(), Code::kPermissionDenied);
}

TEST_F(PeerTableTest, TheFirstServiceIsBelievedAgainWhenItComesBack) {
  Asked("A");
  clock_.Advance(kServiceTimeMax);
  Asked("B");
  clock_.Advance(kFailureTimeMax);
  EXPECT_EQ(Asked("A"), "A");
}

TEST_F(PeerTableTest, AnotherServiceThatStaysIsBelievedAfterTheCoolDown) {
  Asked("A");
  clock_.Advance(kServiceTimeMax);
  Asked("B");
  clock_.Advance(kCoolDown - Duration(1));
  EXPECT_EQ(Asked("B"), "none");
  clock_.Advance(kFailureTimeMax);
  EXPECT_EQ(Asked("B"), "B");
  EXPECT_EQ(Metric("mesh_peer_changes_total"), 1);
}

TEST_F(PeerTableTest, ACoolDownBeginsAgainWithEachOtherService) {
  Asked("A");
  clock_.Advance(kServiceTimeMax);
  Asked("B");
  clock_.Advance(kCoolDown / 2);
  Asked("C");
  clock_.Advance(kCoolDown / 2);
  EXPECT_EQ(Asked("B"), "none");
  clock_.Advance(kCoolDown / 2);
  Asked("A");
  clock_.Advance(kCoolDown / 2);
  EXPECT_EQ(Asked("B"), "none");
}

// --- Pins --------------------------------------------------------------------------

TEST_F(PeerTableTest, APinnedDomainIsThatServiceOrNone) {
  table_->SetPins(std::make_shared<PeerPins>(PeerPins{{kDomain, "A"}}));
  EXPECT_EQ(Asked("B"), "none");
  clock_.Advance(kCoolDown);
  EXPECT_EQ(Asked("B"), "none");
  EXPECT_EQ(Metric("mesh_peer_changes_total"), 2);
  clock_.Advance(kFailureTimeMax);
  EXPECT_EQ(Asked("A"), "A");
}

TEST_F(PeerTableTest, ANewPinEndsWhatItContradicts) {
  Asked("A");
  table_->SetPins(std::make_shared<PeerPins>(PeerPins{{kDomain, "B"}}));
  const auto heard = Find();
  EXPECT_TRUE(heard->waits());
  Answer(Service("B"));
  EXPECT_EQ(heard->udf(), "B");
}

TEST_F(PeerTableTest, ANewPinEndsACoolDown) {
  Asked("A");
  clock_.Advance(kServiceTimeMax);
  Asked("B");
  table_->SetPins(std::make_shared<PeerPins>(PeerPins{{kDomain, "B"}}));
  EXPECT_EQ(Asked("B"), "B");
}

TEST_F(PeerTableTest, APinThatAgreesChangesNothing) {
  Asked("A");
  table_->SetPins(std::make_shared<PeerPins>(PeerPins{{kDomain, "A"}, {"b.example", "C"}}));
  EXPECT_EQ(Find()->udf(), "A");
  EXPECT_TRUE(fetches_.empty());
}

TEST_F(PeerTableTest, WithoutItsPinADomainStaysWhatItWas) {
  table_->SetPins(std::make_shared<PeerPins>(PeerPins{{kDomain, "A"}}));
  Asked("A");
  table_->SetPins(std::make_shared<PeerPins>());
  clock_.Advance(kServiceTimeMax);
  EXPECT_EQ(Asked("B"), "none");
}

// --- Bounds ------------------------------------------------------------------------

std::string Nth(size_t n) { return "d" + std::to_string(n) + ".example"; }

TEST_F(PeerTableTest, StrangersLeaveRoomForThoseWeKnow) {
  Asked("A");
  clock_.Advance(kServiceTimeMax);
  for (size_t i = 0; i < 2 * kFetchesMax; ++i) (void)Find(Nth(i), seconds(60));
  EXPECT_EQ(fetches_.size(), kStrangerFetchesMax);
  const auto known = Find();
  EXPECT_EQ(fetches_.size(), kStrangerFetchesMax + 1);
  EXPECT_EQ(fetches_.back().first, kDomain);
  fetches_.front().second(Status(Code::kNotFound, "no"));
  fetches_.pop_front();
  EXPECT_EQ(fetches_.back().first, Nth(kStrangerFetchesMax));
  EXPECT_EQ(fetches_.size(), kStrangerFetchesMax + 1);
}

TEST_F(PeerTableTest, AStrangerWhomNobodyWaitsForAnyMoreIsNotAsked) {
  for (size_t i = 0; i < kStrangerFetchesMax; ++i) (void)Find(Nth(i), seconds(60));
  (void)Find("late.example", seconds(1));
  const auto patient = Find("patient.example", seconds(60));
  clock_.Advance(seconds(1));
  table_->Tick();
  Fail();
  EXPECT_EQ(fetches_.back().first, "patient.example");
  EXPECT_EQ(fetches_.size(), kStrangerFetchesMax);
}

TEST_F(PeerTableTest, TooManyWhoWaitAreRefused) {
  for (size_t i = 0; i < kPeerWaitingMax; ++i) (void)Find();
  EXPECT_EQ(Find()->code(), Code::kResourceExhausted);
  EXPECT_EQ(Metric("mesh_peer_refusals_total"), 1);
}

TEST_F(PeerTableTest, TheLongestUnusedStrangerMakesRoomBeforeAnyWeKnow) {
  Asked("A");
  for (size_t i = 1; i < kPeerDomainsMax; ++i) {
    clock_.Advance(Duration(1));
    (void)Find(Nth(i));
    Fail();
  }
  EXPECT_EQ(Metric("mesh_peer_domains"), kPeerDomainsMax);
  clock_.Advance(Duration(1));
  EXPECT_FALSE(Find(Nth(1))->waits());  // So the second is unused for longest.
  (void)Find("new.example");
  Fail();
  EXPECT_EQ(Metric("mesh_peer_domains"), kPeerDomainsMax);
  EXPECT_EQ(Find()->udf(), "A");
  EXPECT_FALSE(Find(Nth(1))->waits());
  EXPECT_TRUE(Find(Nth(2))->waits());
}

TEST_F(PeerTableTest, ADoubtedServiceStaysAndIsAskedAnew) {
  EXPECT_EQ(Asked("MA"), "MA");
  table_->Doubt(kDomain);
  table_->Doubt("unknown.example");
  EXPECT_TRUE(fetches_.empty());
  EXPECT_EQ(Find()->udf(), "MA");
  ASSERT_EQ(fetches_.size(), 1u);
  Fail();
  EXPECT_EQ(Find()->udf(), "MA");
  EXPECT_TRUE(fetches_.empty());
}

}  // namespace
}  // namespace mesh::frontend
