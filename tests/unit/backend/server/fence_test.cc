#include "backend/fence.h"

#include <gtest/gtest.h>

#include "common/base/status.h"
#include "tests/support/fake_partition.h"

namespace mesh::backend {
namespace {

class FenceTest : public ::testing::Test {
 protected:
  void Call() {
    auto request = std::make_unique<proto::PartitionRequest>();
    request->set_call_id(7);
    fence_.Call(std::move(request), Deadline::max(),
                [this](auto reply) { reply_ = std::move(reply); });
  }

  bool owned_ = true;
  Registry registry_;
  testing::FakeBackEnd behind_;
  testing::FakePartition partition_{behind_};
  Fence fence_{partition_, [this] { return owned_; }, registry_};
  std::unique_ptr<proto::PartitionReply> reply_;
};

TEST_F(FenceTest, LetsRequestsThroughWhileTheNameIsOurs) {
  Call();
  behind_.Answer({});
  EXPECT_EQ(reply_->code(), 0);
}

TEST_F(FenceTest, NothingIsLookedAtOtherwise) {
  owned_ = false;
  Call();
  EXPECT_TRUE(behind_.calls.empty());
  EXPECT_EQ(reply_->code(), static_cast<int>(Code::kAborted));
  EXPECT_TRUE(reply_->frozen());
  EXPECT_EQ(reply_->obstacle(), proto::OBSTACLE_UNPROVEN);
  EXPECT_EQ(reply_->call_id(), 7u);
}

TEST_F(FenceTest, NothingIsAcknowledgedOnceItIsLost) {
  Call();
  owned_ = false;
  behind_.Answer({});
  EXPECT_EQ(reply_->code(), static_cast<int>(Code::kUnavailable));
  EXPECT_FALSE(reply_->frozen());
  EXPECT_EQ(reply_->obstacle(), proto::OBSTACLE_UNPROVEN);
  EXPECT_EQ(reply_->call_id(), 7u);
}

}  // namespace
}  // namespace mesh::backend
