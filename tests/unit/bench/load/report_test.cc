#include "bench/load/report.h"

#include <gtest/gtest.h>

namespace mesh::load {
namespace {

ActionTally& Uploads(Tally& tally) { return tally.actions[static_cast<size_t>(Action::kUpload)]; }

TEST(ReportTest, WhenAllIsRefusedOrLostNothingWasServed) {
  Tally tally;
  Uploads(tally).refused[503] = 2;
  EXPECT_TRUE(tally.NothingServed());
  Uploads(tally).lost = 1;
  EXPECT_TRUE(tally.NothingServed());
}

TEST(ReportTest, OneThatWasServedIsEnough) {
  Tally tally;
  Uploads(tally).refused[503] = 2;
  Uploads(tally).succeeded = 1;
  EXPECT_FALSE(tally.NothingServed());
}

TEST(ReportTest, OneThatWasServedWhenAskedAgainIsEnough) {
  Tally tally;
  Uploads(tally).lost = 1;
  tally.again_succeeded = 1;
  EXPECT_FALSE(tally.NothingServed());
}

TEST(ReportTest, WhereNothingWasAskedNothingWasRefused) { EXPECT_FALSE(Tally().NothingServed()); }

}  // namespace
}  // namespace mesh::load
