#include "frontend/net/timer_wheel.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace mesh::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class TimerWheelTest : public ::testing::Test {
 protected:
  void Advance(Duration duration) {
    now_ += duration;
    wheel_.Advance(now_);
  }

  MonotonicTime now_{seconds(1000)};
  TimerWheel wheel_{now_};
  int fired_ = 0;
  Timer timer_{[this] { ++fired_; }};
};

TEST_F(TimerWheelTest, ATimerFiresOnceWhenItIsDue) {
  wheel_.Arm(timer_, now_ + milliseconds(100));
  Advance(milliseconds(99));
  EXPECT_EQ(fired_, 0);
  EXPECT_TRUE(timer_.armed());
  Advance(milliseconds(1) + TimerWheel::kTick);
  EXPECT_EQ(fired_, 1);
  EXPECT_FALSE(timer_.armed());
  Advance(seconds(100));
  EXPECT_EQ(fired_, 1);
}

TEST_F(TimerWheelTest, ADisarmedTimerDoesNotFire) {
  wheel_.Arm(timer_, now_ + milliseconds(100));
  wheel_.Disarm(timer_);
  Advance(seconds(100));
  EXPECT_EQ(fired_, 0);
}

TEST_F(TimerWheelTest, ADestroyedTimerDoesNotFire) {
  int fired = 0;
  auto timer = std::make_unique<Timer>([&] { ++fired; });
  wheel_.Arm(*timer, now_ + milliseconds(100));
  timer.reset();
  Advance(seconds(1));
  EXPECT_EQ(fired, 0);
}

TEST_F(TimerWheelTest, ALaterDeadlineReplacesAnEarlierOne) {
  wheel_.Arm(timer_, now_ + milliseconds(100));
  wheel_.Arm(timer_, now_ + seconds(30));
  Advance(seconds(29));
  EXPECT_EQ(fired_, 0);
  Advance(seconds(1) + TimerWheel::kTick);
  EXPECT_EQ(fired_, 1);
}

TEST_F(TimerWheelTest, AnEarlierDeadlineReplacesALaterOne) {
  wheel_.Arm(timer_, now_ + seconds(30));
  wheel_.Arm(timer_, now_ + milliseconds(100));
  Advance(milliseconds(100) + TimerWheel::kTick);
  EXPECT_EQ(fired_, 1);
}

TEST_F(TimerWheelTest, DeadlinesFartherThanATurnAreKept) {
  wheel_.Arm(timer_, now_ + seconds(3600));
  for (int i = 0; i < 3599; ++i) Advance(seconds(1));
  EXPECT_EQ(fired_, 0);
  Advance(seconds(1) + TimerWheel::kTick);
  EXPECT_EQ(fired_, 1);
}

TEST_F(TimerWheelTest, ATimerMayArmItselfAgain) {
  int fired = 0;
  std::unique_ptr<Timer> again;
  again = std::make_unique<Timer>([&] {
    ++fired;
    wheel_.Arm(*again, now_ + milliseconds(100));
  });
  wheel_.Arm(*again, now_ + milliseconds(100));
  for (int i = 0; i < 10; ++i) Advance(milliseconds(100) + 2 * TimerWheel::kTick);
  EXPECT_EQ(fired, 10);
}

TEST_F(TimerWheelTest, ATimerMayDestroyAnotherThatIsDueWithIt) {
  int fired = 0;
  auto first = std::make_unique<Timer>([&] { ++fired; });
  auto second = std::make_unique<Timer>([&] { ++fired; });
  Timer destroyer([&] {
    first.reset();
    second.reset();
  });
  const Deadline deadline = now_ + milliseconds(50);
  wheel_.Arm(destroyer, deadline);
  wheel_.Arm(*first, deadline);
  wheel_.Arm(*second, deadline);
  Advance(seconds(1));
  EXPECT_EQ(fired, 0);
}

TEST_F(TimerWheelTest, SaysHowLongOneMaySleep) {
  EXPECT_EQ(wheel_.UntilNext(now_), Duration::max());
  wheel_.Arm(timer_, now_ + milliseconds(100));
  EXPECT_GE(wheel_.UntilNext(now_), milliseconds(100));
  EXPECT_LE(wheel_.UntilNext(now_), milliseconds(100) + TimerWheel::kTick);
  EXPECT_EQ(wheel_.UntilNext(now_ + seconds(1)), Duration(0));
}

TEST_F(TimerWheelTest, ManyTimersAllFireInTheirTick) {
  std::vector<std::unique_ptr<Timer>> timers;
  for (int i = 0; i < 5000; ++i) {
    timers.push_back(std::make_unique<Timer>([this] { ++fired_; }));
    wheel_.Arm(*timers.back(), now_ + milliseconds(i * 7));
  }
  for (int i = 0; i < 350; ++i) {
    const int due = fired_;
    Advance(milliseconds(100));
    EXPECT_GT(fired_, due);
  }
  Advance(milliseconds(100));
  EXPECT_EQ(fired_, 5000);
}

}  // namespace
}  // namespace mesh::net
