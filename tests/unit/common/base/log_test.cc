#include "common/base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace mesh {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Logged(LogLevel level, const LogFields& fields) {
  ::testing::internal::CaptureStderr();
  Log(level, "tested", fields);
  return ::testing::internal::GetCapturedStderr();
}

TEST(LogTest, ALineNamesLevelEventAndFields) {
  const std::string line = Logged(LogLevel::kWarning, {{"code", "201"}, {"why", "two words"}});
  EXPECT_THAT(line, HasSubstr("level=warning"));
  EXPECT_THAT(line, HasSubstr("event=tested code=201 why=\"two words\""));
}

TEST(LogTest, AValueCannotForgeALine) {
  const std::string line = Logged(LogLevel::kWarning, {{"value", "a\nlevel=error \"b\""}});
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  EXPECT_THAT(line, HasSubstr("\"a level=error \\\"b\\\"\""));
}

TEST(LogTest, ALineBelowTheLevelIsNotWritten) { EXPECT_EQ(Logged(LogLevel::kDebug, {}), ""); }

TEST(LogLimiterTest, LetsOneThroughAndCountsTheRest) {
  LogLimiter limiter(std::chrono::seconds(1));
  const MonotonicTime start(std::chrono::hours(1));
  uint64_t suppressed = 99;
  EXPECT_TRUE(limiter.Allow(start, &suppressed));
  EXPECT_EQ(suppressed, 0u);
  EXPECT_FALSE(limiter.Allow(start, &suppressed));
  EXPECT_FALSE(limiter.Allow(start, &suppressed));
  EXPECT_TRUE(limiter.Allow(start + std::chrono::seconds(1), &suppressed));
  EXPECT_EQ(suppressed, 2u);
}

}  // namespace
}  // namespace mesh
