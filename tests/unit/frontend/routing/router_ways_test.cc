// A router that follows the map: which ways to back ends it has, and until when.

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "frontend/routing/router.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_partition.h"

namespace mesh::frontend {
namespace {

using testing::TwoBackEnds;
using namespace std::chrono_literals;

constexpr char kAccount[] = "alice@example.com";
constexpr Duration kDeadline = 5s;

proto::PartitionReply Reply(Code code) {
  proto::PartitionReply reply;
  reply.set_code(static_cast<int>(code));
  return reply;
}

// Answers when the test says so, and what is open at its end then, as a hop does.
class Way final : public Partition {
 public:
  Way(std::string name, std::vector<std::string>& ways) : name_(std::move(name)), ways_(ways) {
    ways_.push_back(name_);
  }
  ~Way() override {
    std::erase(ways_, name_);
    for (const Done& done : std::exchange(calls, {})) {
      done(std::make_unique<proto::PartitionReply>(Reply(Code::kDeadlineExceeded)));
    }
  }

  void Call(std::unique_ptr<proto::PartitionRequest>, Deadline, Done done) override {
    calls.push_back(std::move(done));
  }
  void Answer(const proto::PartitionReply& reply) {
    for (const Done& done : std::exchange(calls, {})) {
      done(std::make_unique<proto::PartitionReply>(reply));
    }
  }

  std::vector<Done> calls;

 private:
  const std::string name_;
  std::vector<std::string>& ways_;
};

class RouterWaysTest : public ::testing::Test {
 protected:
  using Names = std::vector<std::string>;

  // Of back ends that have one partition each, 1 and so on.
  void Install(std::vector<BackEnd> back_ends) {
    MapDocument map = *MapDocument::Parse(TwoBackEnds(++epoch_));
    map.partitions.clear();
    for (const BackEnd& back_end : back_ends) {
      const auto id = static_cast<PartitionId>(map.partitions.size() + 1);
      map.partitions.push_back({id, back_end.name, {}});
    }
    map.partitions.front().slots = {{0, 16383}};
    map.back_ends = std::move(back_ends);
    ASSERT_TRUE(holder_.Replace(*PartitionMap::Build(map)).ok());
  }

  void Call(std::function<void()> then = [] {}) {
    const auto make = [] {
      auto request = std::make_unique<proto::PartitionRequest>();
      request->set_account(kAccount);
      request->mutable_status();
      return request;
    };
    router_->Call(make(), clock_.In(kDeadline), make, [this, then = std::move(then)](auto reply) {
      replies_.push_back(static_cast<Code>(reply->code()));
      then();
    });
  }

  // Lets `time` pass, and what is due in it happen.
  void Pass(Duration time) {
    const MonotonicTime until = clock_.In(time);
    while (!delayed_.empty() && delayed_.begin()->first <= until) {
      const auto next = delayed_.extract(delayed_.begin());
      clock_.Advance(next.key() - clock_.Now());
      next.mapped()();
    }
    clock_.Advance(until - clock_.Now());
  }

  std::unique_ptr<Partition> Connect(const BackEnd& back_end) {
    auto way = std::make_unique<Way>(back_end.name + "@" + back_end.address, ways_);
    made_[back_end.name] = way.get();
    return way;
  }

  static BackEnd At(std::string name, std::string address) {
    return {std::move(name), std::move(address), ""};
  }
  const BackEnd b1_ = At("b1", "one:1");
  const BackEnd b2_ = At("b2", "two:1");

  FakeClock clock_;
  MapHolder holder_;
  uint64_t epoch_ = 0;
  Names ways_;                        // That are there, in the order in which they were made.
  std::map<std::string, Way*> made_;  // By name, the last one; it may be gone.
  std::multimap<MonotonicTime, std::function<void()>> delayed_;
  std::vector<Code> replies_;
  std::unique_ptr<Router> router_ = std::make_unique<Router>(
      RouterOptions{holder_, clock_, [this](const BackEnd& back_end) { return Connect(back_end); },
                    [](uint64_t, const std::function<void()>& then) { then(); },
                    [this](Duration delay, std::function<void()> then) {
                      delayed_.emplace(clock_.In(delay), std::move(then));
                    }});
};

TEST_F(RouterWaysTest, BackEndsAreConnectedToBeforeTheyAreCalled) {
  router_->Follow();
  EXPECT_EQ(ways_, Names());
  Install({b1_});
  Pass(kFollowTime);
  EXPECT_EQ(ways_, Names({"b1@one:1"}));
  Install({b1_, b2_, At("b3", "")});
  Pass(kFollowTime);
  EXPECT_EQ(ways_, Names({"b1@one:1", "b2@two:1"}));
}

TEST_F(RouterWaysTest, OneThatLeftTheMapIsLetGo) {
  Install({b1_, b2_});
  router_->Follow();
  Install({b1_});
  Pass(kFollowTime);
  EXPECT_EQ(ways_, Names({"b1@one:1"}));
}

TEST_F(RouterWaysTest, OneThatNobodyCallsStaysAsLongAsItIsInTheMap) {
  Install({b1_, b2_});
  router_->Follow();
  Install({b1_, b2_});
  Pass(1h);
  EXPECT_EQ(ways_, Names({"b1@one:1", "b2@two:1"}));
}

TEST_F(RouterWaysTest, WhatIsUnderWayToOneThatLeftIsAnswered) {
  Install({b2_});
  router_->Follow();
  Call();
  Install({b1_});
  Pass(kDeadline - 1ms);
  ASSERT_EQ(ways_, Names({"b2@two:1", "b1@one:1"}));
  made_["b2"]->Answer(Reply(Code::kOk));
  EXPECT_EQ(replies_, std::vector({Code::kOk}));
  Pass(kFollowTime);
  EXPECT_EQ(ways_, Names({"b1@one:1"}));
}

TEST_F(RouterWaysTest, WhatIsHeldIsSentToTheNextOwner) {
  Install({b2_});
  router_->Follow();
  Pass(kFollowTime - 1ms);
  Call();
  Pass(kDeadline - kHeldTimeMin - kFollowTime);
  proto::PartitionReply frozen = Reply(Code::kAborted);
  frozen.set_frozen(true);
  made_["b2"]->Answer(frozen);
  Install({b1_});
  Pass(kHeldTimeMin);
  made_["b1"]->Answer(Reply(Code::kOk));
  EXPECT_EQ(replies_, std::vector({Code::kOk}));
  Pass(2 * kFollowTime);
  EXPECT_EQ(ways_, Names({"b1@one:1"}));
}

// The hop's own timer may be later than ours.
TEST_F(RouterWaysTest, WhatIsOpenAtTheEndOfAWayIsAnsweredAndMayCallAgain) {
  Install({b2_});
  router_->Follow();
  Call([this] { Call(); });  // The second one goes by the map of then.
  Install({b1_});
  Pass(kDeadline);
  EXPECT_EQ(replies_, std::vector({Code::kDeadlineExceeded}));
  EXPECT_EQ(ways_, Names({"b1@one:1"}));
  made_["b1"]->Answer(Reply(Code::kOk));
  EXPECT_EQ(replies_.back(), Code::kOk);
}

TEST_F(RouterWaysTest, OneThatComesBackIsConnectedToAnew) {
  Install({b2_, b1_});
  router_->Follow();
  Install({b1_});
  Pass(kFollowTime);
  Install({b2_, b1_});
  Call();
  EXPECT_EQ(ways_, Names({"b1@one:1", "b2@two:1"}));
  made_["b2"]->Answer(Reply(Code::kOk));
  EXPECT_EQ(replies_, std::vector({Code::kOk}));
}

TEST_F(RouterWaysTest, OneThatComesBackInTimeKeepsItsWay) {
  Install({b2_, b1_});
  router_->Follow();
  Call();
  Install({b1_});
  Pass(kFollowTime);
  Install({b2_, b1_});
  Pass(2 * kDeadline);
  EXPECT_EQ(ways_, Names({"b2@two:1", "b1@one:1"}));
  made_["b2"]->Answer(Reply(Code::kOk));
  EXPECT_EQ(replies_, std::vector({Code::kOk}));
}

TEST_F(RouterWaysTest, AnotherAddressIsAnotherWay) {
  Install({b2_});
  router_->Follow();
  Install({At("b2", "three:1")});
  Call();
  EXPECT_EQ(ways_, Names({"b2@two:1", "b2@three:1"}));
  Pass(kFollowTime);
  EXPECT_EQ(ways_, Names({"b2@three:1"}));
}

TEST_F(RouterWaysTest, AnotherBackEndAtAnAddressIsAnotherWay) {
  Install({b2_});
  router_->Follow();
  Install({At("b3", b2_.address)});
  Pass(kFollowTime);
  EXPECT_EQ(ways_, Names({"b3@two:1"}));
}

}  // namespace
}  // namespace mesh::frontend
