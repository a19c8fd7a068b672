#include "bench/load/answers.h"

#include <gtest/gtest.h>

namespace mesh::load {
namespace {

TEST(AnswersTest, ASuccessIsGood) {
  EXPECT_TRUE(IsGood(201));
  EXPECT_FALSE(IsGood(0));
  EXPECT_FALSE(IsGood(503));
}

TEST(AnswersTest, WhatCannotBeReadIsNotGood) {
  EXPECT_EQ(StatusOfUnreadable(201), 500);
  EXPECT_EQ(StatusOfUnreadable(404), 404);
}

TEST(AnswersTest, WhatBlamesTheClientOrSaysSoWasNotApplied) {
  EXPECT_TRUE(SaysNotApplied(409, "a precondition does not hold"));
  EXPECT_TRUE(SaysNotApplied(503, "the account is being moved; the request was not applied"));
  EXPECT_FALSE(SaysNotApplied(503, "lost; whether the request was applied is not known"));
  EXPECT_FALSE(SaysNotApplied(500, "our mistake"));
}

TEST(AnswersTest, AServiceThatTakesNoBareRequestsIsToldWithTheFlagThatHelps) {
  const Status refused = CheckBareIsTaken(401, "MeshRequestUnauthenticated: no proof");
  EXPECT_FALSE(refused.ok());
  EXPECT_NE(refused.message().find("401 MeshRequestUnauthenticated: no proof"), std::string::npos);
  EXPECT_NE(refused.message().find("--authenticate ticket"), std::string::npos);
}

TEST(AnswersTest, WhatIsRefusedOtherwiseIsNoReasonToStop) {
  for (const int64_t status : {0, 201, 403, 404, 503}) {
    EXPECT_TRUE(CheckBareIsTaken(status, "why").ok()) << status;
  }
}

TEST(AnswersTest, WhatNobodyKnowsIsSaidToBeSo) {
  EXPECT_TRUE(SaysUnknown(503, "lost; whether the request was applied is not known"));
  EXPECT_TRUE(SaysUnknown(503, "lost; whether it was applied is not known"));
  EXPECT_FALSE(SaysUnknown(503, "the request was not applied"));
  EXPECT_FALSE(SaysUnknown(201, "whether it was applied is not known"));
}

}  // namespace
}  // namespace mesh::load
