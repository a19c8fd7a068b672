#include "common/encoding/date_time.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace mesh {
namespace {

constexpr WallMillis kNewYear2026 = 1767225600000;

WallMillis Parsed(std::string_view text) {
  const Result<WallMillis> time = ParseDateTime(text);
  EXPECT_TRUE(time.ok()) << text;
  return time.ok() ? *time : 0;
}

TEST(DateTimeTest, WritesWholeSecondsInUtc) {
  EXPECT_EQ(FormatDateTime(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(FormatDateTime(kNewYear2026), "2026-01-01T00:00:00Z");
  EXPECT_EQ(FormatDateTime(kNewYear2026 + 1999), "2026-01-01T00:00:01Z");
  EXPECT_EQ(FormatDateTime(-1), "1969-12-31T23:59:59Z");
}

TEST(DateTimeTest, WritesTheNearestInstantForYearsWithoutFourDigits) {
  EXPECT_EQ(FormatDateTime(std::numeric_limits<WallMillis>::max()), "9999-12-31T23:59:59Z");
  EXPECT_EQ(FormatDateTime(std::numeric_limits<WallMillis>::min()), "0001-01-01T00:00:00Z");
}

TEST(DateTimeTest, ReadsFractionsAndOffsets) {
  EXPECT_EQ(Parsed("2026-01-01T00:00:00Z"), kNewYear2026);
  EXPECT_EQ(Parsed("2026-01-01T00:00:00.5Z"), kNewYear2026 + 500);
  EXPECT_EQ(Parsed("2026-01-01T00:00:00.1239999Z"), kNewYear2026 + 123);
  EXPECT_EQ(Parsed("2026-01-01T01:30:00+01:30"), kNewYear2026);
  EXPECT_EQ(Parsed("2025-12-31t16:00:00-08:00"), kNewYear2026);
  EXPECT_EQ(Parsed("2025-12-31T23:59:60Z"), kNewYear2026);
  EXPECT_EQ(Parsed("0001-01-01T00:00:00Z"), -62135596800000);
}

TEST(DateTimeTest, RefusesWhatNoCalendarHas) {
  for (const char* text :
       {"", "2026", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
        "2026-01-32T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:61Z", "2026-01-01T00:00:00", "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00Z ", "26-01-01T00:00:00Z",
        "2026-1-01T00:00:00Z", "-026-01-01T00:00:00Z"}) {
    EXPECT_EQ(ParseDateTime(text).status().code(), Code::kInvalidArgument) << text;
  }
  EXPECT_TRUE(ParseDateTime("2028-02-29T00:00:00Z").ok());
}

}  // namespace
}  // namespace mesh
