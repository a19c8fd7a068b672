#include "frontend/routing/router.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "tests/support/fake_clock.h"
#include "tests/support/fake_partition.h"

namespace mesh::frontend {
namespace {

using testing::FakeBackEnd;
using testing::FakePartition;
using testing::TwoBackEnds;

constexpr char kAccount[] = "alice@example.com";

class RouterTest : public ::testing::Test {
 protected:
  void Install(uint64_t epoch, const char* first = "b1", const char* second = "b2") {
    ASSERT_TRUE(holder_.Replace(*PartitionMap::Parse(TwoBackEnds(epoch, first, second))).ok());
  }

  std::unique_ptr<proto::PartitionRequest> Request() const {
    auto request = std::make_unique<proto::PartitionRequest>();
    request->set_account(kAccount);
    request->mutable_upload();
    request->mutable_caller()->set_request_id(request_id_);
    return request;
  }

  void Call() {
    router_.Call(
        Request(), clock_.In(std::chrono::seconds(5)), [this] { return Request(); },
        [this](auto reply) { reply_ = std::move(reply); });
  }

  FakeBackEnd& Owner() {
    const auto map = holder_.current();
    return back_ends_[map->HomeOf(map->OwnerOf(kAccount)).name];
  }

  static proto::PartitionReply Reply(Code code) {
    proto::PartitionReply reply;
    reply.set_code(static_cast<int>(code));
    return reply;
  }

  FakeClock clock_;
  MapHolder holder_;
  std::map<std::string, FakeBackEnd> back_ends_;
  std::function<void()> refreshed_;  // Waits for a newer map.
  std::unique_ptr<proto::PartitionReply> reply_;
  std::string request_id_;
  Router router_{RouterOptions{
      holder_, clock_,
      [this](const BackEnd& back_end) {
        return std::make_unique<FakePartition>(back_ends_[back_end.name]);
      },
      [this](uint64_t, std::function<void()> then) { refreshed_ = std::move(then); }}};
};

TEST_F(RouterTest, ARequestGoesToTheOwnerUnderTheMapsEpoch) {
  Install(7);
  Call();
  ASSERT_EQ(Owner().calls.size(), 1u);
  const auto request = Owner().Answer(Reply(Code::kOk));
  EXPECT_EQ(request->map_epoch(), 7u);
  EXPECT_EQ(request->partition(), holder_.current()->OwnerOf(kAccount));
  EXPECT_EQ(reply_->code(), 0);
}

TEST_F(RouterTest, WithoutAMapNothingIsSent) {
  Call();
  ASSERT_NE(reply_, nullptr);
  EXPECT_EQ(reply_->code(), static_cast<int>(Code::kUnavailable));
}

TEST_F(RouterTest, AfterTheWrongOwnerItAsksTheOneOfTheNextMap) {
  Install(1);
  Call();
  Owner().Answer(Reply(Code::kAborted));
  EXPECT_EQ(reply_, nullptr);
  Install(2, "b2", "b1");
  refreshed_();
  ASSERT_EQ(Owner().calls.size(), 1u);
  EXPECT_EQ(Owner().Answer(Reply(Code::kOk))->map_epoch(), 2u);
  EXPECT_EQ(reply_->code(), 0);
}

TEST_F(RouterTest, ASecondWrongOwnerIsTheAnswer) {
  Install(1);
  Call();
  Owner().Answer(Reply(Code::kAborted));
  refreshed_();
  Owner().Answer(Reply(Code::kAborted));
  ASSERT_NE(reply_, nullptr);
  EXPECT_EQ(reply_->code(), static_cast<int>(Code::kAborted));
}

TEST_F(RouterTest, NothingIsTriedAgainAfterTheDeadline) {
  Install(1);
  Call();
  Owner().Answer(Reply(Code::kAborted));
  clock_.Advance(std::chrono::seconds(5));
  refreshed_();
  EXPECT_TRUE(Owner().calls.empty());
  ASSERT_NE(reply_, nullptr);
}

TEST_F(RouterTest, WhatWasLostWithItsConnectionIsAskedAgainUnderTheSameRequestId) {
  Install(1);
  request_id_ = "0123456789abcdef";
  Call();
  Owner().Answer(Reply(Code::kDeadlineExceeded));
  ASSERT_EQ(Owner().calls.size(), 1u);
  EXPECT_EQ(Owner().Answer(Reply(Code::kOk))->caller().request_id(), request_id_);
  EXPECT_EQ(reply_->code(), 0);
}

TEST_F(RouterTest, AChangeWithoutARequestIdIsNotAskedAgain) {
  Install(1);
  Call();
  Owner().Answer(Reply(Code::kDeadlineExceeded));
  EXPECT_EQ(reply_->code(), static_cast<int>(Code::kDeadlineExceeded));
}

TEST_F(RouterTest, AConnectionThatIsLostAgainAndAgainEndsTheRequest) {
  Install(1);
  request_id_ = "0123456789abcdef";
  Call();
  for (int i = 0; i < 1 + kLostTriesMax; ++i) Owner().Answer(Reply(Code::kDeadlineExceeded));
  EXPECT_EQ(reply_->code(), static_cast<int>(Code::kDeadlineExceeded));
  EXPECT_TRUE(Owner().calls.empty());
}

TEST_F(RouterTest, WhatWasLostAndCannotBeAskedAgainIsNotSaidToBeUndone) {
  Install(1);
  request_id_ = "0123456789abcdef";
  for (const Code code : {Code::kUnavailable, Code::kResourceExhausted, Code::kAborted}) {
    refreshed_ = nullptr;
    Call();
    Owner().Answer(Reply(Code::kDeadlineExceeded));
    Owner().Answer(Reply(code));
    clock_.Advance(std::chrono::seconds(5));
    if (refreshed_ != nullptr) refreshed_();
    EXPECT_EQ(reply_->code(), static_cast<int>(Code::kDeadlineExceeded));
    EXPECT_NE(reply_->message().find("not known"), std::string::npos);
  }
}

TEST_F(RouterTest, TheOwnersWordAboutWhatWasLostIsTheAnswer) {
  Install(1);
  request_id_ = "0123456789abcdef";
  Call();
  Owner().Answer(Reply(Code::kDeadlineExceeded));
  Owner().Answer(Reply(Code::kPermissionDenied));
  EXPECT_EQ(reply_->code(), static_cast<int>(Code::kPermissionDenied));
}

TEST_F(RouterTest, WhatWasLostAtItsDeadlineIsNotAskedAgain) {
  Install(1);
  request_id_ = "0123456789abcdef";
  Call();
  clock_.Advance(std::chrono::seconds(5));
  Owner().Answer(Reply(Code::kDeadlineExceeded));
  EXPECT_EQ(reply_->code(), static_cast<int>(Code::kDeadlineExceeded));
}

TEST_F(RouterTest, OtherFailuresAreNotTriedAgain) {
  Install(1);
  Call();
  Owner().Answer(Reply(Code::kUnavailable));
  EXPECT_EQ(refreshed_, nullptr);
  EXPECT_EQ(reply_->code(), static_cast<int>(Code::kUnavailable));
}

TEST_F(RouterTest, ANewMapIsUsedByTheNextRequest) {
  Install(1);
  Call();
  Owner().Answer(Reply(Code::kOk));
  Install(2, "b2", "b1");
  Call();
  EXPECT_EQ(Owner().calls.size(), 1u);
}

TEST_F(RouterTest, ARequestForAPartitionGoesToItsHomeAndIsTriedOnce) {
  Install(7);
  const auto call = [&](PartitionId partition) {
    router_.CallPartition(partition, std::make_unique<proto::PartitionRequest>(),
                          clock_.In(std::chrono::seconds(5)),
                          [this](auto reply) { reply_ = std::move(reply); });
  };
  call(2);
  const auto request = back_ends_["b2"].Answer(Reply(Code::kAborted));
  EXPECT_EQ(request->partition(), 2u);
  EXPECT_EQ(request->map_epoch(), 7u);
  EXPECT_EQ(reply_->code(), static_cast<int>(Code::kAborted));
  EXPECT_EQ(refreshed_, nullptr);
  call(3);
  EXPECT_EQ(reply_->code(), static_cast<int>(Code::kUnavailable));
}

TEST(MapHolder, AnOlderMapIsRefused) {
  MapHolder holder;
  EXPECT_EQ(holder.current(), nullptr);
  EXPECT_TRUE(holder.Replace(*PartitionMap::Parse(TwoBackEnds(2))).ok());
  EXPECT_EQ(holder.Replace(*PartitionMap::Parse(TwoBackEnds(1))).code(), Code::kFailedPrecondition);
  EXPECT_EQ(holder.current()->epoch(), 2u);
  EXPECT_EQ(holder.version(), 1u);
}

// Requests for accounts that are being moved.
class HoldingRouterTest : public RouterTest {
 protected:
  HoldingRouterTest() { Install(7); }
  ~HoldingRouterTest() override { holding_.reset(); }

  static proto::PartitionReply Frozen() {
    proto::PartitionReply reply = Reply(Code::kAborted);
    reply.set_frozen(true);
    return reply;
  }
  // Of an owner that has an older map than the router.
  static proto::PartitionReply Behind() {
    proto::PartitionReply reply = Reply(Code::kAborted);
    reply.set_map_epoch(6);
    return reply;
  }

  void Call() {
    Call([this] { return Request(); });
  }
  void Call(Router::Remake remake) {
    holding_->Call(Request(), clock_.In(std::chrono::seconds(5)), std::move(remake),
                   [this](auto reply) {
                     ++answered_;
                     reply_ = std::move(reply);
                   });
  }
  // Lets the delays pass that are under way.
  void PassDelay() {
    auto due = std::exchange(delayed_, {});
    for (const auto& [delay, then] : due) {
      clock_.Advance(delay);
      then();
    }
  }

  Registry registry_;
  RouterMetrics metrics_{registry_};
  std::vector<std::pair<Duration, std::function<void()>>> delayed_;
  int answered_ = 0;
  std::unique_ptr<Router> MakeRouter(bool map_spreads) {
    return std::make_unique<Router>(RouterOptions{
        holder_, clock_,
        [this](const BackEnd& back_end) {
          return std::make_unique<FakePartition>(back_ends_[back_end.name]);
        },
        [this](uint64_t, std::function<void()> then) { refreshed_ = std::move(then); },
        [this](Duration delay, std::function<void()> then) {
          delayed_.emplace_back(delay, std::move(then));
        },
        &metrics_, map_spreads});
  }
  std::unique_ptr<Router> holding_ = MakeRouter(true);
};

TEST_F(HoldingRouterTest, ARequestForAFrozenAccountIsSentAgainUntilItIsTaken) {
  Call();
  for (int round = 0; round < 10; ++round) {
    Owner().Answer(Frozen());
    EXPECT_EQ(answered_, 0);
    EXPECT_EQ(metrics_.held.Value(), 1);
    ASSERT_EQ(delayed_.size(), 1u);
    EXPECT_LE(delayed_.front().first, kHeldTimeMax);
    PassDelay();
  }
  Owner().Answer(Reply(Code::kOk));
  EXPECT_EQ(reply_->code(), 0);
  EXPECT_EQ(answered_, 1);
  EXPECT_EQ(metrics_.held.Value(), 0);
}

TEST_F(HoldingRouterTest, AnOwnerThatIsBehindIsAskedAgain) {
  Call();
  Owner().Answer(Behind());
  PassDelay();
  Owner().Answer(Reply(Code::kOk));
  EXPECT_EQ(reply_->code(), 0);
}

TEST_F(HoldingRouterTest, WhatKeepsOwnersIsCountedApart) {
  for (const proto::Obstacle obstacle : {proto::OBSTACLE_NONE, proto::OBSTACLE_DRAINING}) {
    proto::PartitionReply reply = Frozen();
    reply.set_obstacle(obstacle);
    Call();
    Owner().Answer(reply);
  }
  Call();
  Owner().Answer(Behind());
  const auto holds = [this](const char* obstacle) {
    return registry_.GetCounter("mesh_router_holds_total", "", {{"obstacle", obstacle}}).Value();
  };
  EXPECT_EQ(holds("moving"), 1u);
  EXPECT_EQ(holds("draining"), 1u);
  EXPECT_EQ(holds("map"), 1u);
  EXPECT_EQ(holds("opening"), 0u);
}

// Whoever reads the map from a file at its start will not hear of ours.
TEST_F(HoldingRouterTest, AnOwnerThatIsBehindForGoodIsNotWaitedFor) {
  holding_ = MakeRouter(false);
  Call();
  Owner().Answer(Behind());
  EXPECT_TRUE(delayed_.empty());
  refreshed_();
  Owner().Answer(Behind());
  EXPECT_EQ(answered_, 1);
  Call();
  Owner().Answer(Frozen());  // But what is about to pass is, there too.
  EXPECT_EQ(delayed_.size(), 1u);
}

TEST_F(HoldingRouterTest, ARequestWaitsForTheMapThatTheOwnerHas) {
  proto::PartitionReply ahead = Reply(Code::kAborted);
  ahead.set_map_epoch(8);
  Call();
  Owner().Answer(ahead);
  refreshed_();  // In vain.
  Owner().Answer(ahead);
  EXPECT_EQ(answered_, 0);
  Install(8, "b2", "b1");
  PassDelay();
  Owner().Answer(Reply(Code::kOk));
  EXPECT_EQ(reply_->code(), 0);
}

TEST_F(HoldingRouterTest, AMoveThatEndsSendsTheRequestToTheNewOwner) {
  Call();
  Owner().Answer(Frozen());
  FakeBackEnd& before = Owner();
  Install(8, "b2", "b1");
  PassDelay();
  EXPECT_TRUE(before.calls.empty());
  EXPECT_EQ(Owner().Answer(Reply(Code::kOk))->map_epoch(), 8u);
}

TEST_F(HoldingRouterTest, AtItsDeadlineItIsRefused) {
  Call();
  for (int round = 0; answered_ == 0; ++round) {
    ASSERT_LT(round, 1000);
    Owner().Answer(Frozen());
    PassDelay();
  }
  EXPECT_EQ(reply_->code(), static_cast<int>(Code::kAborted));
  EXPECT_EQ(metrics_.held.Value(), 0);
}

TEST_F(HoldingRouterTest, NoMoreThanTheBoundAreHeld) {
  for (size_t i = 0; i < kRouterHeldRequestsMax; ++i) {
    Call();
    Owner().Answer(Frozen());
  }
  EXPECT_EQ(answered_, 0);
  Call();
  Owner().Answer(Frozen());
  EXPECT_EQ(answered_, 1);
  EXPECT_EQ(reply_->code(), static_cast<int>(Code::kUnavailable));
  EXPECT_EQ(metrics_.refused.Value(), 1u);
}

TEST_F(HoldingRouterTest, NoMoreOctetsThanTheBoundAreHeld) {
  const auto large = [this] {
    auto request = Request();
    request->set_traceparent(std::string(kRouterHeldBytesMax / 2, 'x'));
    return request;
  };
  for (int i = 0; i < 2; ++i) {
    Call(large);
    Owner().Answer(Frozen());
  }
  EXPECT_EQ(answered_, 1);
  EXPECT_EQ(reply_->code(), static_cast<int>(Code::kUnavailable));
  PassDelay();
  Owner().Answer(Frozen());
  EXPECT_EQ(answered_, 1);
}

TEST_F(HoldingRouterTest, TheEndAnswersThoseThatAreHeld) {
  Call();
  Owner().Answer(Frozen());
  holding_.reset();
  EXPECT_EQ(answered_, 1);
  EXPECT_EQ(reply_->code(), static_cast<int>(Code::kUnavailable));
}

TEST_F(HoldingRouterTest, ABackEndWithoutAddressIsNotAsked) {
  MapDocument map = *MapDocument::Parse(TwoBackEnds(8));
  for (BackEnd& back_end : map.back_ends) back_end.address.clear();
  ASSERT_TRUE(holder_.Replace(*PartitionMap::Build(map)).ok());
  Call();
  ASSERT_EQ(answered_, 1);
  EXPECT_EQ(reply_->code(), static_cast<int>(Code::kUnavailable));
}

class MapFileTest : public ::testing::Test {
 protected:
  // Renamed into place, as an operator should: a new file each time.
  void Write(const std::string& text) {
    std::ofstream(path_ + ".new") << text;
    std::filesystem::rename(path_ + ".new", path_);
  }

  const std::string path_ = ::testing::TempDir() + "/map_file_test.json";
  MapHolder holder_;
  MapFile file_{path_, holder_};
};

TEST_F(MapFileTest, IsReadAgainOnlyWhenItChanged) {
  Write(TwoBackEnds(1));
  ASSERT_TRUE(file_.Reload().ok());
  EXPECT_TRUE(file_.ReloadIfChanged().ok());
  EXPECT_EQ(holder_.version(), 1u);
  Write(TwoBackEnds(22));
  EXPECT_TRUE(file_.ReloadIfChanged().ok());
  EXPECT_EQ(holder_.current()->epoch(), 22u);
}

TEST_F(MapFileTest, ABrokenFileLeavesTheMap) {
  Write(TwoBackEnds(1));
  ASSERT_TRUE(file_.Reload().ok());
  Write("{");
  EXPECT_FALSE(file_.ReloadIfChanged().ok());
  std::filesystem::remove(path_);
  EXPECT_FALSE(file_.Reload().ok());
  EXPECT_EQ(holder_.current()->epoch(), 1u);
}

}  // namespace
}  // namespace mesh::frontend
