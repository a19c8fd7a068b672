// The incident spool: one record for the same thing within an hour, and bounded whatever comes.

#include "backend/model/incident_spool.h"

#include <gtest/gtest.h>

#include <vector>

#include "backend/storage/memory_store.h"
#include "common/base/check.h"

namespace mesh::backend {
namespace {

constexpr WallMillis kHour = 3'600'000;
constexpr WallMillis kStart = 1'767'225'600'000;  // A full hour.

class IncidentSpoolTest : public testing::Test {
 protected:
  // What a transaction does with it, and its commit.
  void Keep(const std::vector<Incident>& incidents, size_t trim = 1000) {
    const std::unique_ptr<Reader> snapshot = store_.NewSnapshot();
    WriteView view(*snapshot);
    view.Begin();
    Result<IncidentSpool> spool = IncidentSpool::Open(view);
    ASSERT_TRUE(spool.ok());
    for (const Incident& incident : incidents) {
      ASSERT_TRUE(spool->Record(incident, limits_, now_, view).ok());
    }
    ASSERT_TRUE(spool->Trim(limits_, now_, trim, view).ok());
    spool->Save(view);
    view.Keep();
    ASSERT_TRUE(store_.Commit(view.Take(), true).ok());
  }
  Incident From(const std::string& source, WallMillis time) const {
    return {IncidentKind::kOwner, "claim", source, "", time, time, 1};
  }
  void WriteFrom(const std::string& source) { Keep({From(source, now_)}); }

  std::vector<Incident> Read(WallMillis since = 0, size_t page = 1000) {
    std::vector<Incident> read;
    const std::unique_ptr<Reader> snapshot = store_.NewSnapshot();
    std::string after;
    do {
      const auto page_read = ReadIncidents(*snapshot, since, after, page,
                                           [&](Incident i) { read.push_back(std::move(i)); });
      MESH_CHECK(page_read.ok());
      after = page_read->next;
    } while (!after.empty());
    return read;
  }
  IncidentSpool Figures() { return *IncidentSpool::Open(*store_.NewSnapshot()); }

  MemoryStore store_;
  IncidentLimits limits_;
  WallMillis now_ = kStart + 30 * 60'000;
};

TEST_F(IncidentSpoolTest, TheSameThingWithinAnHourIsOneRecord) {
  Keep({From("a", now_ - 5), From("a", now_ - 3)});
  WriteFrom("a");
  const auto read = Read();
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(read[0].count, 3u);
  EXPECT_EQ(read[0].first, now_ - 5);
  EXPECT_EQ(read[0].last, now_);
  EXPECT_EQ(Figures().incidents(), 1u);
}

TEST_F(IncidentSpoolTest, TheNextHourHasARecordOfItsOwnAndLaterOnesComeLast) {
  WriteFrom("z");
  now_ += kHour;
  WriteFrom("a");
  const auto read = Read();
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[0].source, "z");
  EXPECT_EQ(Read(now_).size(), 1u);
}

TEST_F(IncidentSpoolTest, PagesHoldAllAndNothingTwice) {
  for (int i = 0; i < 7; ++i) WriteFrom(std::to_string(i));
  EXPECT_EQ(Read(0, 3).size(), 7u);
  EXPECT_EQ(Read(0, 7).size(), 7u);
}

TEST_F(IncidentSpoolTest, WhatIsNoEndOfAPageIsRefused) {
  const auto read = ReadIncidents(*store_.NewSnapshot(), 0, "nonsense", 1, [](Incident) {});
  EXPECT_EQ(read.status().code(), Code::kInvalidArgument);
}

TEST_F(IncidentSpoolTest, AFloodFromNewSourcesIsCountedWithoutThemBeyondTheHoursShare) {
  limits_.incidents_max = 100;
  for (int i = 0; i < 500; ++i) WriteFrom(std::to_string(i));
  const auto read = Read();
  EXPECT_EQ(read.size(), 100u / kIncidentHourShare + 1);
  uint64_t counted = 0;
  for (const Incident& incident : read) counted += incident.count;
  EXPECT_EQ(counted, 500u);
}

TEST_F(IncidentSpoolTest, TheOldestGiveWayAndAreCounted) {
  limits_.incidents_max = 20;
  for (int hour = 0; hour < 30; ++hour) {
    WriteFrom(std::to_string(hour));
    now_ += kHour;
  }
  const auto read = Read();
  ASSERT_EQ(read.size(), 20u);
  EXPECT_EQ(read[0].source, "10");
  EXPECT_EQ(Figures().incidents(), 20u);
  EXPECT_EQ(Figures().dropped(), 10u);
}

TEST_F(IncidentSpoolTest, WhatIsTooOldGoesInPortions) {
  for (int i = 0; i < 5; ++i) WriteFrom(std::to_string(i));
  now_ += (limits_.days + 1) * 24 * kHour;
  Keep({}, 3);
  EXPECT_EQ(Read().size(), 2u);
  Keep({}, 3);
  EXPECT_EQ(Read().size(), 0u);
  EXPECT_EQ(Figures().dropped(), 5u);
}

TEST_F(IncidentSpoolTest, WhatIsNotTooOldStays) {
  WriteFrom("a");
  now_ += (limits_.days - 1) * 24 * kHour;
  Keep({});
  EXPECT_EQ(Read().size(), 1u);
}

TEST_F(IncidentSpoolTest, AClockThatIsWrongPutsNothingWhereNobodyLooks) {
  Keep({From("future", now_ + 10 * kHour), From("past", 0)});
  const auto read = Read();
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[0].last, now_ - kIncidentReportTime);
  EXPECT_EQ(read[1].last, now_);
}

TEST_F(IncidentSpoolTest, ARecordThatCannotBeReadIsDataLoss) {
  WriteFrom("a");
  Writes writes;
  writes.push_back({Write::Kind::kPut, ColumnFamily::kIndex, IncidentSpoolKey(), "\xff"});
  ASSERT_TRUE(store_.Commit(writes, true).ok());
  EXPECT_EQ(IncidentSpool::Open(*store_.NewSnapshot()).status().code(), Code::kDataLoss);
}

}  // namespace
}  // namespace mesh::backend
