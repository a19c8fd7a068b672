#include "frontend/forwarder/lease_schedule.h"

#include <gtest/gtest.h>

#include "tests/support/fake_partition.h"

namespace mesh::frontend {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr uint32_t kLatest = UINT16_MAX;  // The random number of the longest wait.

class LeaseScheduleTest : public ::testing::Test {
 protected:
  LeaseScheduleTest() { schedule_.SetPartitions(*PartitionMap::Parse(testing::TwoBackEnds(1))); }

  // Both partitions are asked, and nothing is due.
  void AskBoth() {
    while (const auto partition = schedule_.Next(now_)) asked_.push_back(*partition);
    for (const PartitionId partition : asked_) {
      schedule_.Answered(partition, now_, false, std::nullopt, kLatest);
    }
  }

  LeaseSchedule schedule_{seconds(1)};
  MonotonicTime now_{seconds(100)};
  std::vector<PartitionId> asked_;
};

TEST_F(LeaseScheduleTest, EachPartitionIsAskedAndThenLeftForAWhile) {
  AskBoth();
  EXPECT_EQ(asked_, (std::vector<PartitionId>{1, 2}));
  EXPECT_EQ(schedule_.Next(now_), std::nullopt);
  const MonotonicTime next = schedule_.NextTime(now_ + seconds(60));
  EXPECT_GT(next, now_ + milliseconds(900));
  EXPECT_LE(next, now_ + seconds(1));
  EXPECT_NE(schedule_.Next(next), std::nullopt);
}

TEST_F(LeaseScheduleTest, WhileItIsAskedItIsNotAskedAgain) {
  EXPECT_EQ(schedule_.Next(now_), 1u);
  EXPECT_EQ(schedule_.Next(now_), 2u);
  EXPECT_EQ(schedule_.Next(now_ + seconds(60)), std::nullopt);
  EXPECT_EQ(schedule_.asking(), 2u);
}

TEST_F(LeaseScheduleTest, WhereMoreIsDueItIsAskedAtOnce) {
  EXPECT_EQ(schedule_.Next(now_), 1u);
  schedule_.Answered(1, now_, true, std::nullopt, kLatest);
  EXPECT_EQ(schedule_.Next(now_), 2u);  // But not before others.
  EXPECT_EQ(schedule_.Next(now_), 1u);
}

TEST_F(LeaseScheduleTest, WhenSomethingWillBeDueIsKnown) {
  AskBoth();
  now_ += seconds(2);
  EXPECT_EQ(schedule_.Next(now_), 1u);
  schedule_.Answered(1, now_, false, milliseconds(50), kLatest);
  EXPECT_EQ(schedule_.Next(now_), 2u);
  EXPECT_EQ(schedule_.NextTime(now_ + seconds(60)), now_ + milliseconds(50));
}

TEST_F(LeaseScheduleTest, ANudgeBringsItForward) {
  AskBoth();
  schedule_.Nudge(2, now_);
  schedule_.Nudge(77, now_);
  EXPECT_EQ(schedule_.Next(now_), 2u);
  schedule_.Nudge(2, now_);
  EXPECT_EQ(schedule_.Next(now_), std::nullopt);
  schedule_.Answered(2, now_, false, std::nullopt, kLatest);
  EXPECT_EQ(schedule_.Next(now_), 2u);
}

TEST_F(LeaseScheduleTest, APartitionThatIsAwayIsAskedLessAndLess) {
  Duration before{};
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(schedule_.Next(now_), 1u);
    schedule_.Failed(1, now_, kLatest);
    schedule_.Nudge(1, now_);
    if (i == 0) asked_.push_back(*schedule_.Next(now_));  // The other one, which stays away.
    const Duration wait = schedule_.NextTime(now_ + seconds(60)) - now_;
    EXPECT_GT(wait, before);
    EXPECT_LE(wait, kLeaseRetryMax);
    before = wait;
    now_ += wait;
  }
}

TEST_F(LeaseScheduleTest, PartitionsThatLeftAreForgotten) {
  EXPECT_EQ(schedule_.Next(now_), 1u);
  const auto map =
      PartitionMap::Parse(R"({"epoch":2,"slotKey":"000102030405060708090a0b0c0d0e0f","backEnds":[)"
                          R"({"name":"b1","address":"b1:1"}],"partitions":[)"
                          R"({"id":3,"backEnd":"b1","slots":[[0,16383]]}]})");
  ASSERT_TRUE(map.ok());
  schedule_.SetPartitions(*map);
  EXPECT_EQ(schedule_.Next(now_), 3u);
  EXPECT_EQ(schedule_.Next(now_), std::nullopt);
  // Whatever comes of those that were being asked.
  schedule_.Answered(1, now_, true, std::nullopt, kLatest);
  EXPECT_EQ(schedule_.Next(now_ + seconds(60)), std::nullopt);
  EXPECT_EQ(schedule_.asking(), 1u);
}

}  // namespace
}  // namespace mesh::frontend
