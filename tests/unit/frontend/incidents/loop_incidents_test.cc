// What one event loop noted: told every few seconds, to partitions in turn, until one takes it.

#include "frontend/incidents/loop_incidents.h"

#include <gtest/gtest.h>

#include "common/base/check.h"
#include "proto/partition.pb.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_partition.h"

namespace mesh::frontend {
namespace {

using testing::FakeBackEnd;
using testing::FakePartition;

class LoopIncidentsTest : public ::testing::Test {
 protected:
  LoopIncidentsTest() {
    MESH_CHECK(map_.Replace(*PartitionMap::Parse(testing::TwoBackEnds(1))).ok());
    router_ = std::make_unique<Router>(RouterOptions{
        map_, clock_, [this](const BackEnd&) { return std::make_unique<FakePartition>(back_end_); },
        [](uint64_t, std::function<void()> then) { then(); }});
    incidents_ = std::make_unique<LoopIncidents>(*router_, *loop_, shared_, metrics_);
  }

  void Note(const char* source, const char* account = "") {
    incidents_->Note(IncidentKind::kAuthentication, "seal", source, account);
  }
  // Time passes until the loop tells.
  void Tick() {
    clock_.Advance(kIncidentReportTime + std::chrono::milliseconds(50));
    loop_->RunOnce(Duration(0));
  }
  std::unique_ptr<proto::PartitionRequest> Taken() {
    proto::PartitionReply reply;
    reply.mutable_record_incidents()->set_recorded(1);
    return back_end_.Answer(reply);
  }
  std::unique_ptr<proto::PartitionRequest> Away() {
    proto::PartitionReply reply;
    reply.set_code(static_cast<int>(Code::kUnavailable));
    return back_end_.Answer(reply);
  }

  FakeClock clock_;
  Registry registry_;
  IncidentMetrics metrics_{registry_};
  SharedIncidents shared_{clock_};
  MapHolder map_;
  FakeBackEnd back_end_;
  std::unique_ptr<net::EventLoop> loop_ = *net::MakeEventLoop(net::IoKind::kEpoll, {}, clock_);
  std::unique_ptr<LoopIncidents> incidents_;
  std::unique_ptr<Router> router_;  // Ends before what it may call.
};

TEST_F(LoopIncidentsTest, TheSameThingIsToldOnceWithHowOften) {
  Note("192.0.2.0/24");
  Note("192.0.2.0/24");
  EXPECT_TRUE(back_end_.calls.empty());
  Tick();
  ASSERT_EQ(back_end_.calls.size(), 1u);
  const auto request = Taken();
  EXPECT_EQ(request->caller().mode(), proto::Caller::FORWARDER);
  ASSERT_EQ(request->record_incidents().incidents_size(), 1);
  EXPECT_EQ(request->record_incidents().incidents(0).count(), 2u);
  EXPECT_EQ(metrics_.noted.Value(), 2u);
}

TEST_F(LoopIncidentsTest, WhereNothingIsNotedNothingIsTold) {
  Tick();
  EXPECT_TRUE(back_end_.calls.empty());
  Note("a");
  Tick();
  Taken();
  Tick();
  EXPECT_TRUE(back_end_.calls.empty());
}

TEST_F(LoopIncidentsTest, PartitionsTakeTurns) {
  Note("a");
  Tick();
  const uint32_t first = Taken()->partition();
  Note("a");
  Tick();
  EXPECT_NE(Taken()->partition(), first);
}

TEST_F(LoopIncidentsTest, WhatNamesAnAccountIsToldToItsOwner) {
  const std::string alice = "alice@example.com";
  for (int i = 0; i < 2; ++i) {  // Whoever's turn it is.
    Note("MDEV", alice.c_str());
    Tick();
    ASSERT_EQ(back_end_.calls.size(), 1u);
    EXPECT_EQ(Taken()->partition(), map_.current()->OwnerOf(alice));
  }
}

TEST_F(LoopIncidentsTest, WhatAPartitionDoesNotTakeIsToldToTheNextOne) {
  Note("a");
  Tick();
  const uint32_t first = Away()->partition();
  EXPECT_EQ(metrics_.failed.Value(), 1u);
  Note("a");
  Tick();
  const auto again = Taken();
  EXPECT_NE(again->partition(), first);
  EXPECT_EQ(again->record_incidents().incidents(0).count(), 2u);
}

TEST_F(LoopIncidentsTest, AtTheEndTheRestIsToldAtOnce) {
  bool told = false;
  Note("a");
  incidents_->TellNow([&] { told = true; });
  ASSERT_EQ(back_end_.calls.size(), 1u);
  EXPECT_FALSE(told);
  Taken();
  EXPECT_TRUE(told);
}

TEST_F(LoopIncidentsTest, TheEndWaitsForNothingWhereNothingIsNoted) {
  bool told = false;
  incidents_->TellNow([&] { told = true; });
  EXPECT_TRUE(told);
}

TEST_F(LoopIncidentsTest, AtTheEndWhatIsUnderWayIsWaitedFor) {
  bool told = false;
  Note("a");
  Tick();
  incidents_->TellNow([&] { told = true; });
  EXPECT_FALSE(told);
  Taken();
  EXPECT_TRUE(told);
  EXPECT_TRUE(back_end_.calls.empty());
}

TEST_F(LoopIncidentsTest, AtTheEndOneOtherPartitionIsAskedAndNoMore) {
  bool told = false;
  Note("a");
  incidents_->TellNow([&] { told = true; });
  const uint32_t first = Away()->partition();
  EXPECT_FALSE(told);
  ASSERT_EQ(back_end_.calls.size(), 1u);
  EXPECT_NE(Away()->partition(), first);
  EXPECT_TRUE(told);
  EXPECT_TRUE(back_end_.calls.empty());
}

TEST_F(LoopIncidentsTest, WhatNoLoopSeesIsToldToo) {
  shared_.Note(IncidentKind::kPeer, "changed", "example.org", "");
  Tick();
  ASSERT_EQ(back_end_.calls.size(), 1u);
  EXPECT_EQ(Taken()->record_incidents().incidents(0).source(), "example.org");
}

}  // namespace
}  // namespace mesh::frontend
