#include "frontend/forwarder/transfer_window.h"

#include <gtest/gtest.h>

namespace mesh::frontend {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

void Finish(TransferWindow& window, size_t count, Duration took) {
  for (size_t i = 0; i < count; ++i) window.Finished(took);
}

TEST(TransferWindowTest, NineOfTenWithinASecondAllowOneMore) {
  TransferWindow window;
  Finish(window, 9, milliseconds(999));
  Finish(window, 1, seconds(3));
  EXPECT_EQ(window.limit(), kWindowFirst + 1);
}

TEST(TransferWindowTest, EightOfTenAreNotEnough) {
  TransferWindow window;
  Finish(window, 8, milliseconds(1));
  Finish(window, 2, seconds(1));
  EXPECT_EQ(window.limit(), kWindowFirst);
}

TEST(TransferWindowTest, FourOfTenOfFourSecondsAllowFewer) {
  TransferWindow window;
  Finish(window, 6, milliseconds(1));
  Finish(window, 4, seconds(4));
  EXPECT_EQ(window.limit(), kWindowFirst - 1);
}

TEST(TransferWindowTest, ThreeOfTenOfFourSecondsChangeNothing) {
  TransferWindow window;
  Finish(window, 7, milliseconds(1));
  Finish(window, 3, seconds(9));
  EXPECT_EQ(window.limit(), kWindowFirst);
}

TEST(TransferWindowTest, NothingIsDecidedBeforeASampleIsThere) {
  TransferWindow window;
  Finish(window, kWindowSample - 1, milliseconds(1));
  EXPECT_EQ(window.limit(), kWindowFirst);
}

TEST(TransferWindowTest, EachJudgementIsOfANewSample) {
  TransferWindow window;
  Finish(window, kWindowSample, milliseconds(1));
  Finish(window, kWindowSample - 1, milliseconds(1));
  EXPECT_EQ(window.limit(), kWindowFirst + 1);
  Finish(window, 1, milliseconds(1));
  EXPECT_EQ(window.limit(), kWindowFirst + 2);
}

TEST(TransferWindowTest, ItStaysWithinItsBounds) {
  TransferWindow window;
  Finish(window, 100'000, milliseconds(1));
  EXPECT_EQ(window.limit(), kWindowMax);
  Finish(window, kWindowMax, seconds(5));
  EXPECT_EQ(window.limit(), kWindowMax * 3 / 4);
  Finish(window, 100'000, seconds(5));
  EXPECT_EQ(window.limit(), 1u);
  Finish(window, 2 * kWindowSample, milliseconds(1));
  EXPECT_GT(window.limit(), 1u);
}

}  // namespace
}  // namespace mesh::frontend
