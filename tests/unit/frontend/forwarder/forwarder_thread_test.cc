// The forwarder on its own thread, with an event loop and time that passes.

#include "frontend/forwarder/forwarder_thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/support/fake_partition.h"
#include "tests/unit/frontend/forwarder/fake_outbox.h"

namespace mesh::frontend {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr char kAlice[] = "alice@example.com";
constexpr char kBob[] = "bob@example.com";

// Takes calls and never answers.
class SilentPeers final : public PeerCalls {
 public:
  void Call(PeerCall, Then) override {}
};

class ForwarderThreadTest : public ::testing::Test {
 protected:
  ForwarderThreadTest() {
    MESH_CHECK(map_.Replace(*PartitionMap::Parse(testing::TwoBackEnds(1))).ok());
    outbox_ = std::make_unique<FakeOutbox>(clock_, *map_.current());
  }
  // From now on the outbox is its thread's, until it has ended.
  void Start(Duration poll) {
    ForwarderOptions options{.domains = {"example.com"}, .holder = "test", .poll_time = poll};
    auto started = ForwarderThread::Start(
        options,
        {clock_, map_, metrics_, net::IoKind::kEpoll,
         [this](net::EventLoop&) {
           return std::make_unique<Router>(RouterOptions{
               map_, clock_,
               [this](const BackEnd&) { return std::make_unique<FakeOutboxPartition>(*outbox_); },
               [](uint64_t, std::function<void()> then) { then(); }});
         },
         [](net::EventLoop&) { return std::make_unique<SilentPeers>(); }});
    ASSERT_TRUE(started.ok()) << started.status().message();
    thread_ = *std::move(started);
  }
  void AwaitDelivered(uint64_t count) {
    while (metrics_.delivered.Value() < count) std::this_thread::yield();
  }

  const SystemClock clock_;
  MapHolder map_;
  Registry registry_;
  ForwarderMetrics metrics_{registry_};
  std::unique_ptr<FakeOutbox> outbox_;
  std::unique_ptr<ForwarderThread> thread_;
};

TEST_F(ForwarderThreadTest, ItDeliversAndThenIsDrained) {
  for (int i = 0; i < 100; ++i) outbox_->Put(kAlice, kBob);
  Start(seconds(1));
  AwaitDelivered(100);
  thread_->BeginDrain();
  EXPECT_TRUE(thread_->AwaitDrained(clock_.In(seconds(60))));
  thread_.reset();
  EXPECT_EQ(outbox_->waiting(), 0u);
}

TEST_F(ForwarderThreadTest, ANudgeWakesIt) {
  std::atomic<bool> posted = false;
  outbox_->away = [&](const auto&) {
    if (posted.exchange(false)) outbox_->Put(kAlice, kBob);
    return false;
  };
  Start(hours(1));
  posted = true;
  while (metrics_.delivered.Value() == 0) {
    thread_->Nudge(kAlice);
    std::this_thread::yield();
  }
}

TEST_F(ForwarderThreadTest, WhatIsUnderWayHoldsItUpNoLongerThanItMay) {
  outbox_->Put(kAlice, "eve@peer.example");
  Start(seconds(1));
  while (metrics_.under_way.Value() == 0) std::this_thread::yield();
  thread_->BeginDrain();
  EXPECT_FALSE(thread_->AwaitDrained(clock_.Now()));
  thread_.reset();
  EXPECT_EQ(outbox_->leased(), 1u);
}

}  // namespace
}  // namespace mesh::frontend
