#include "common/moves/move_record.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace mesh {
namespace {

MoveRecord Sample() {
  MoveRecord record;
  record.id = "m-1";
  record.phase = MovePhase::kTailing;
  record.source = 1;
  record.target = 2;
  record.slots = {{0, 99}, {200, 200}};
  record.attempt = 3;
  record.restarts = 1;
  record.created = 1000;
  record.changed = 2000;
  record.bytes = 12;
  record.keys = 2;
  record.blocked_ms = 40;
  record.reason = "it \"failed\"";
  return record;
}

// What stands in a cluster's store outlives a release.
TEST(MoveRecord, HasItsGoldenText) {
  EXPECT_EQ(Sample().Text(),
            R"({"phase":"tailing","source":1,"target":2,"slots":"0-99,200","attempt":3,)"
            R"("restarts":1,"epoch":0,"created":1000,"changed":2000,"bytes":12,"keys":2,)"
            R"("blockedMs":40,"reason":"it \"failed\""})");
}

TEST(MoveRecord, IsReadBack) {
  const Result<MoveRecord> slots = MoveRecord::Parse("m-1", Sample().Text());
  ASSERT_TRUE(slots.ok()) << slots.status().message();
  EXPECT_EQ(*slots, Sample());
  MoveRecord one = Sample();
  one.slots.clear();
  one.account = "alice@example.com";
  EXPECT_EQ(*MoveRecord::Parse("m-1", one.Text()), one);
}

TEST(MoveRecord, OfAnAccountThatIsLetGoOfHasItsGoldenText) {
  MoveRecord record;
  record.id = "m-1";
  record.source = 1;
  record.target = 2;
  record.account = "alice@example.com";
  record.unpin = true;
  EXPECT_EQ(record.Text(),
            R"({"phase":"planned","source":1,"target":2,"account":"alice@example.com",)"
            R"("unpin":true,"attempt":0,"restarts":0,"epoch":0,"created":0,"changed":0,"bytes":0,)"
            R"("keys":0,"blockedMs":0})");
  EXPECT_EQ(*MoveRecord::Parse("m-1", record.Text()), record);
}

TEST(MoveRecord, WhatALaterVersionAddsIsIgnored) {
  std::string text = Sample().Text();
  text.insert(1, R"("news":{"a":[1]},)");
  EXPECT_TRUE(MoveRecord::Parse("m-1", text).ok());
}

TEST(MoveRecord, WhatMakesNoSenseIsRefused) {
  const std::string good = Sample().Text();
  const auto with = [&good](const std::string& from, const std::string& to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  for (const std::string& bad :
       {std::string("{}"), std::string("[]"), std::string(""), with("tailing", "dancing"),
        with("\"target\":2", "\"target\":1"), with("\"slots\"", "\"unpin\":true,\"slots\""),
        with("0-99,200", "0-99,99"), with("0-99,200", "16384"), with("\"slots\":\"0-99,200\",", ""),
        with("\"source\":1", "\"source\":4294967296"),
        with("\"slots\":\"0-99,200\"", "\"account\":\"Alice\"")}) {
    EXPECT_EQ(MoveRecord::Parse("m-1", bad).status().code(), Code::kInvalidArgument) << bad;
  }
  EXPECT_FALSE(MoveRecord::Parse("M/1", good).ok());
  EXPECT_FALSE(MoveRecord::Parse("", good).ok());
}

TEST(MovedSlots, AreReadInAnyOrder) {
  EXPECT_EQ(SlotsText(*ParseSlots("200,0-99,16383")), "0-99,200,16383");
  for (const char* bad : {"", ",", "1,", "-1", "1-", "2-1", "1 2", "x", "16384", "1-2-3"}) {
    EXPECT_FALSE(ParseSlots(bad).ok()) << bad;
  }
}

RC_GTEST_PROP(MoveRecordProperty, AnyTextIsReadOrRefused, (const std::string& text)) {
  const Result<MoveRecord> record = MoveRecord::Parse("m-1", text);
  if (record.ok()) RC_ASSERT(*MoveRecord::Parse("m-1", record->Text()) == *record);
}

}  // namespace
}  // namespace mesh
