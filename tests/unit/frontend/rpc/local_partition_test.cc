#include "frontend/rpc/local_partition.h"

#include <gtest/gtest.h>

#include <functional>
#include <thread>
#include <vector>

#include "tests/support/fake_partition.h"

namespace mesh::frontend {
namespace {

using namespace std::chrono_literals;

class LocalPartitionTest : public ::testing::Test {
 protected:
  void Start(size_t in_flight_max = 100) {
    local_ = MakeLocalPartition({"b1", in_flight_max}, owner_, *loop_, clock_, metrics_);
  }

  void Call(Duration time = 10s) {
    local_->Call(std::make_unique<proto::PartitionRequest>(), clock_.In(time), [this](auto reply) {
      EXPECT_EQ(std::this_thread::get_id(), thread_);
      replies_.push_back(*reply);
    });
  }

  // As a writer does: on a thread of its own.
  void Answer(Code code = Code::kOk, const char* message = "") {
    proto::PartitionReply reply;
    reply.set_code(static_cast<int>(code));
    reply.set_message(message);
    std::thread([&] { back_end_.Answer(reply); }).join();
  }

  void AwaitReplies(size_t count) {
    const Deadline limit = clock_.In(30s);
    while (replies_.size() < count) {
      ASSERT_LT(clock_.Now(), limit);
      loop_->RunOnce(10ms);
    }
  }

  SystemClock clock_;
  Registry registry_;
  HopMetrics metrics_{registry_};
  const std::thread::id thread_ = std::this_thread::get_id();
  std::unique_ptr<net::EventLoop> loop_ = *net::MakeEventLoop(net::IoKind::kEpoll, {}, clock_);
  testing::FakeBackEnd back_end_;
  testing::FakePartition owner_{back_end_};
  std::vector<proto::PartitionReply> replies_;  // Outlives the partition, whose end fills it.
  std::unique_ptr<Partition> local_;
};

TEST_F(LocalPartitionTest, RepliesComeOnTheLoopsThread) {
  Start();
  Call();
  Call();
  Answer();
  Answer();
  AwaitReplies(2);
  EXPECT_EQ(metrics_.in_flight.Value(), 0);
}

TEST_F(LocalPartitionTest, MoreThanItsBoundIsRefusedAtOnce) {
  Start(1);
  Call();
  Call();
  ASSERT_EQ(replies_.size(), 1u);
  EXPECT_EQ(replies_[0].code(), static_cast<int>(Code::kResourceExhausted));
  EXPECT_EQ(back_end_.calls.size(), 1u);
}

TEST_F(LocalPartitionTest, WhatIsLateIsAnsweredAndItsReplyDropped) {
  Start();
  Call(1ms);
  AwaitReplies(1);
  EXPECT_EQ(replies_[0].code(), static_cast<int>(Code::kDeadlineExceeded));
  Answer();
  Call();
  Answer();
  AwaitReplies(2);
  EXPECT_EQ(replies_[1].code(), 0);
}

TEST_F(LocalPartitionTest, WhatABackEndSaysOfItselfIsNotForClients) {
  Start();
  Call();
  Answer(Code::kUnavailable, "the disk is on fire");
  AwaitReplies(1);
  EXPECT_EQ(replies_[0].message().find("fire"), std::string::npos);
}

TEST_F(LocalPartitionTest, AtItsEndWhatIsOpenIsAnsweredAndLaterRepliesAreDropped) {
  Start();
  Call();
  local_.reset();
  ASSERT_EQ(replies_.size(), 1u);
  EXPECT_EQ(replies_[0].code(), static_cast<int>(Code::kDeadlineExceeded));
  Answer();
  loop_->RunOnce(1ms);
  EXPECT_EQ(replies_.size(), 1u);
}

}  // namespace
}  // namespace mesh::frontend
