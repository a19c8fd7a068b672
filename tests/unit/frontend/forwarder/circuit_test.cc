#include "frontend/forwarder/circuit.h"

#include <gtest/gtest.h>

#include "frontend/forwarder/retry_wait.h"

namespace mesh::frontend {
namespace {

using std::chrono::seconds;

constexpr uint32_t kLatest = UINT16_MAX;  // The random number of the longest wait.

class CircuitTest : public ::testing::Test {
 protected:
  void Fail(uint32_t times) {
    for (uint32_t i = 0; i < times; ++i) circuit_.Failed(now_, kLatest);
  }
  // Lets time pass until a probe is due, and begins it.
  void Probe() {
    now_ = circuit_.probe_at();
    ASSERT_TRUE(circuit_.Allow(now_));
  }

  Circuit circuit_;
  MonotonicTime now_{seconds(1000)};
};

TEST_F(CircuitTest, AFewFailuresLeaveItClosed) {
  Fail(kCircuitFailures - 1);
  EXPECT_TRUE(circuit_.Allow(now_));
  EXPECT_FALSE(circuit_.open());
}

TEST_F(CircuitTest, AnAnswerBetweenFailuresIsANewBeginning) {
  Fail(kCircuitFailures - 1);
  circuit_.Succeeded();
  Fail(kCircuitFailures - 1);
  EXPECT_FALSE(circuit_.open());
}

TEST_F(CircuitTest, FailuresInARowOpenIt) {
  Fail(kCircuitFailures);
  EXPECT_TRUE(circuit_.open());
  EXPECT_FALSE(circuit_.Allow(now_));
}

TEST_F(CircuitTest, OneProbeIsLetThroughAtATime) {
  Fail(kCircuitFailures);
  EXPECT_FALSE(circuit_.Allow(circuit_.probe_at() - seconds(1)));
  Probe();
  EXPECT_FALSE(circuit_.Allow(now_ + seconds(3600)));
}

TEST_F(CircuitTest, AProbeThatIsAnsweredClosesIt) {
  Fail(kCircuitFailures);
  Probe();
  circuit_.Succeeded();
  EXPECT_FALSE(circuit_.open());
  EXPECT_TRUE(circuit_.Allow(now_));
  Fail(kCircuitFailures - 1);
  EXPECT_FALSE(circuit_.open());
}

TEST_F(CircuitTest, EachProbeThatFailsOpensItForLonger) {
  Fail(kCircuitFailures);
  Duration before = circuit_.probe_at() - now_;
  for (int i = 0; i < 4; ++i) {
    Probe();
    Fail(1);
    const Duration open = circuit_.probe_at() - now_;
    EXPECT_GT(open, before);
    before = open;
  }
  for (int i = 0; i < 20; ++i) {
    Probe();
    Fail(1);
  }
  EXPECT_LE(circuit_.probe_at() - now_, kCircuitTimeMax);
}

TEST_F(CircuitTest, LateFailuresOfOldTransfersCountForNothing) {
  Fail(kCircuitFailures);
  const MonotonicTime probe = circuit_.probe_at();
  Fail(100);
  EXPECT_EQ(circuit_.probe_at(), probe);
}

TEST(RetryWaitTest, DoublesUpToItsBoundAndIsHalfChance) {
  const auto wait = [](uint32_t failures, uint32_t random) {
    return RetryWait(failures, seconds(2), seconds(60), random);
  };
  EXPECT_EQ(wait(1, 0), seconds(1));
  EXPECT_EQ(wait(2, 0), seconds(2));
  EXPECT_EQ(wait(5, 0), seconds(16));
  EXPECT_EQ(wait(1000, 0), seconds(30));
  EXPECT_GT(wait(1, 0x8000), seconds(1));
  for (const uint32_t random : {0u, 1u, 0xffffu, 0x10000u, 0xffffffffu}) {
    EXPECT_LE(wait(3, random), seconds(8));
    EXPECT_GE(wait(3, random), seconds(4));
  }
}

}  // namespace
}  // namespace mesh::frontend
