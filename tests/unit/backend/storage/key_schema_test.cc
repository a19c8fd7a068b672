#include "backend/storage/key_schema.h"

#include <gtest/gtest.h>

#include "common/base/bytes.h"

namespace mesh::backend {
namespace {

const AccountKeys kAlice(5506, "alice@example.com");
// The worked example of docs/STORAGE_FORMAT.md.
constexpr char kAlicePrefix[] = "1582284475ccd5b97d7c67438ebead74e5e2";
const std::string kId(kPendingIdBytes, 'i');

std::string AfterPrefix(const std::string& key) {
  EXPECT_EQ(key.substr(0, kAccountPrefixBytes), kAlice.prefix());
  return ToHex(key.substr(kAccountPrefixBytes));
}

// These octets are on disk. If one of them changes, so has the storage format.
TEST(KeySchemaTest, KeysAreStableAcrossReleases) {
  EXPECT_EQ(ToHex(kAlice.prefix()), kAlicePrefix);
  EXPECT_EQ(AfterPrefix(kAlice.Account()), "41");
  EXPECT_EQ(AfterPrefix(kAlice.Usage()), "51");
  EXPECT_EQ(AfterPrefix(kAlice.Member("MB2K")), "4b79714c88ece4558f6578364e40550c9a");
  EXPECT_EQ(AfterPrefix(kAlice.Container("mmm_Inbound")), "436d6d6d5f496e626f756e64");
  EXPECT_EQ(AfterPrefix(kAlice.Entry(2, 7)), "45000000020000000000000007");
  EXPECT_EQ(AfterPrefix(kAlice.Payload(2, 7)), "50000000020000000000000007");
  EXPECT_EQ(AfterPrefix(kAlice.UniqueId(2, "MB2K")), "550000000279714c88ece4558f6578364e40550c9a");
  EXPECT_EQ(AfterPrefix(kAlice.EnvelopeId(2, "MB2K", 7)),
            "490000000279714c88ece4558f6578364e40550c9afffffffffffffff8");
  EXPECT_EQ(AfterPrefix(kAlice.Time(2, 1767225600000, 7)),
            "54000000020000019b76daa8000000000000000007");
  EXPECT_EQ(AfterPrefix(kAlice.State(2, 0, 7)), "5300000002000000000000000007");
  EXPECT_EQ(AfterPrefix(kAlice.KeptReply("MB2K", kId)), "57fa94ad131d399c78fa81b5712b94e4bf");
  EXPECT_EQ(AfterPrefix(kAlice.Asked("MB2K")), "4a79714c88ece4558f6578364e40550c9a");
  EXPECT_EQ(AfterPrefix(kAlice.Delivery("bob@example.com", "MB2K")),
            "44a3e63093cdb984629bd94574f931de89");
  EXPECT_EQ(AfterPrefix(kAlice.Contact("MB2K")), "4e79714c88ece4558f6578364e40550c9a");
  EXPECT_EQ(AfterPrefix(kAlice.Inquiry("MB2K")), "4779714c88ece4558f6578364e40550c9a");
  EXPECT_EQ(AfterPrefix(kAlice.Outbox(kId)), "4f69696969696969696969696969696969");
  EXPECT_EQ(
      ToHex(OutboxDueKey(1767225600000, kAlice.prefix(), kId)),
      "ffff4f0000019b76daa800" + std::string(kAlicePrefix) + "69696969696969696969696969696969");
  EXPECT_EQ(AfterPrefix(kAlice.PendingUpload(kId)), "5269696969696969696969696969696969");
  EXPECT_EQ(ToHex(IncidentRecordKey(490896, kId)),
            "ffff4e00077d9069696969696969696969696969696969");
  EXPECT_EQ(ToHex(IncidentSpoolKey()), "ffff4a");
  EXPECT_EQ(ToHex(PartitionRecordKey()), "ffff56");
  EXPECT_EQ(ToHex(LogIndexKey()), "ffff4c");
  EXPECT_EQ(
      ToHex(PendingExpiryKey(1767225600000, kAlice.prefix(), kId)),
      "ffff580000019b76daa800" + std::string(kAlicePrefix) + "69696969696969696969696969696969");
}

TEST(KeySchemaTest, EveryKeyOfAnAccountIsInItsRangeAndNoOther) {
  const KeyRange range = kAlice.Everything();
  const AccountKeys bob(5506, "bob@example.com");
  for (const std::string& key :
       {kAlice.Account(), kAlice.Usage(), kAlice.Container("z"), kAlice.Entry(~0u, ~0ull),
        kAlice.State(~0u, 0xFF, ~0ull), kAlice.UniqueId(1, "x"), kAlice.PendingUpload(kId),
        kAlice.Member("MB2K"), kAlice.KeptReply("MB2K", kId), kAlice.Outbox(kId),
        kAlice.Delivery("b@c.de", "MB2K"), kAlice.Contact("b@c.de"), kAlice.Inquiry("b@c.de")}) {
    EXPECT_TRUE(key >= range.begin && key < range.end);
  }
  EXPECT_FALSE(bob.Account() >= range.begin && bob.Account() < range.end);
  EXPECT_FALSE(PartitionRecordKey() >= range.begin && PartitionRecordKey() < range.end);
}

TEST(KeySchemaTest, AKeptReplyIsToldFromEveryOtherKey) {
  EXPECT_TRUE(IsKeptReplyKey(kAlice.KeptReply("MB2K", kId)));
  for (const std::string& key :
       {kAlice.Account(), kAlice.Usage(), kAlice.Member("MB2K"),
        kAlice.Container("Wxxxxxxxxxxxxxxx"), kAlice.UniqueId(1, "x"), kAlice.PendingUpload(kId),
        kAlice.Entry(1, 1), PartitionRecordKey(), LogIndexKey(),
        PendingExpiryKey(0, kAlice.prefix(), kId), std::string("W"), std::string()}) {
    EXPECT_FALSE(IsKeptReplyKey(key)) << ToHex(key);
  }
}

TEST(KeySchemaTest, DeliveriesAndInquiriesAreToldFromEveryOtherKey) {
  EXPECT_TRUE(IsDeliveryKey(kAlice.Delivery("b@c.de", "MB2K")));
  EXPECT_TRUE(IsInquiryKey(kAlice.Inquiry("b@c.de")));
  for (const std::string& key :
       {kAlice.Contact("b@c.de"), kAlice.Outbox(kId), kAlice.KeptReply("MB2K", kId),
        OutboxDueKey(0, kAlice.prefix(), kId), std::string("D"), std::string()}) {
    EXPECT_FALSE(IsDeliveryKey(key) || IsInquiryKey(key)) << ToHex(key);
  }
}

TEST(KeySchemaTest, IncidentsAreInTheRangeOfTheirHoursAndToldFromEveryOtherKey) {
  const KeyRange range = IncidentRecords(5, 7);
  for (const uint32_t hour : {4u, 5u, 6u, 7u}) {
    const std::string key = IncidentRecordKey(hour, kId);
    EXPECT_TRUE(IsIncidentRecordKey(key));
    EXPECT_EQ(key >= range.begin && key < range.end, hour == 5 || hour == 6) << hour;
  }
  for (const std::string& key : {IncidentSpoolKey(), LogIndexKey(), kAlice.Asked("MB2K"),
                                 IncidentRecordKey(1, kId) + "x", range.begin, std::string()}) {
    EXPECT_FALSE(IsIncidentRecordKey(key)) << ToHex(key);
  }
}

TEST(KeySchemaTest, SenderAndNameOfADeliveryAreToldApart) {
  EXPECT_NE(kAlice.Delivery("b@c.de", "f"), kAlice.Delivery("b@c.d", "ef"));
}

TEST(KeySchemaTest, KeysSortAsTheirNumbersDo) {
  EXPECT_LT(kAlice.Entry(1, 255), kAlice.Entry(1, 256));
  EXPECT_LT(kAlice.Entry(1, ~0ull), kAlice.Entry(2, 0));
  EXPECT_LT(kAlice.Time(1, 5, 9), kAlice.Time(1, 6, 0));
  EXPECT_LT(kAlice.EnvelopeId(1, "same", 8), kAlice.EnvelopeId(1, "same", 7));  // Newest first.
}

TEST(KeySchemaTest, WhatWasPutIntoAKeyIsReadBack) {
  EXPECT_EQ(IndexOf(kAlice.Entry(1, 300)), 300u);
  EXPECT_EQ(IndexOf(kAlice.Time(1, 5, 300)), 300u);
  EXPECT_EQ(IndexOf(kAlice.State(1, 2, 300)), 300u);
  EXPECT_EQ(IndexOf(kAlice.EnvelopeId(1, "id", 300)), 300u);
  EXPECT_EQ(PendingIdOf(kAlice.PendingUpload(kId)), kId);
  const std::string key = PendingExpiryKey(77, kAlice.prefix(), kId);
  const PendingExpiry expiry = ReadPendingExpiry(key);
  EXPECT_EQ(expiry.expires, 77);
  EXPECT_EQ(expiry.account_prefix, kAlice.prefix());
  EXPECT_EQ(expiry.id, kId);
  EXPECT_EQ(OutboxIdOf(kAlice.Outbox(kId)), kId);
  const std::string queued = OutboxDueKey(78, kAlice.prefix(), kId);
  const OutboxDue due = ReadOutboxDue(queued);
  EXPECT_EQ(due.due, 78);
  EXPECT_EQ(due.account_prefix, kAlice.prefix());
  EXPECT_EQ(due.id, kId);
}

TEST(KeySchemaTest, RangesHoldWhatTheySayAndNothingElse) {
  const auto in = [](const KeyRange& range, const std::string& key) {
    return key >= range.begin && key < range.end;
  };
  EXPECT_TRUE(in(kAlice.Entries(1, 3, 5), kAlice.Entry(1, 4)));
  EXPECT_FALSE(in(kAlice.Entries(1, 3, 5), kAlice.Entry(1, 5)));
  EXPECT_FALSE(in(kAlice.Entries(1, 5, 3), kAlice.Entry(1, 4)));
  EXPECT_TRUE(in(kAlice.Times(1, -5, 10), kAlice.Time(1, -1, 0)));
  EXPECT_FALSE(in(kAlice.Times(1, 0, 10), kAlice.Time(1, 10, 0)));
  EXPECT_TRUE(in(kAlice.States(1, 1), kAlice.State(1, 1, ~0ull)));
  EXPECT_FALSE(in(kAlice.States(1, 1), kAlice.State(1, 2, 0)));
  EXPECT_TRUE(in(PendingExpiries(77), PendingExpiryKey(77, kAlice.prefix(), kId)));
  EXPECT_FALSE(in(PendingExpiries(77), PendingExpiryKey(78, kAlice.prefix(), kId)));
  EXPECT_TRUE(in(OutboxDues(0), OutboxDueKey(~0ull >> 1, kAlice.prefix(), kId)));
  EXPECT_TRUE(in(OutboxDues(77), OutboxDueKey(77, kAlice.prefix(), kId)));
  EXPECT_FALSE(in(OutboxDues(77), OutboxDueKey(76, kAlice.prefix(), kId)));
  EXPECT_FALSE(in(OutboxDues(0), PendingExpiryKey(1, kAlice.prefix(), kId)));
  EXPECT_TRUE(in(kAlice.Outboxes(), kAlice.Outbox(kId)));
  EXPECT_FALSE(in(PrefixRange("a\xFF"), "b"));
  EXPECT_TRUE(in(PrefixRange("a\xFF"), "a\xFFz"));
}

TEST(KeySchemaTest, OnlyHeadsAreHeads) {
  EXPECT_TRUE(IsHeadKey(kAlice.Usage()));
  EXPECT_TRUE(IsHeadKey(kAlice.Container("mmm_Inbound")));
  EXPECT_FALSE(IsHeadKey(kAlice.Account()));
  EXPECT_FALSE(IsHeadKey(kAlice.Entry(1, 1)));
  EXPECT_FALSE(IsHeadKey(LogIndexKey()));
  EXPECT_FALSE(IsHeadKey(PendingExpiryKey(1, kAlice.prefix(), kId)));
}

TEST(KeySchemaTest, AppendKeysAreExactlyThoseOfContainers) {
  for (const std::string& key :
       {kAlice.Entry(1, 2), kAlice.Payload(1, 2), kAlice.UniqueId(1, "u"), kAlice.Time(1, 2, 3),
        kAlice.EnvelopeId(1, "e", 2), kAlice.State(1, 2, 3)}) {
    EXPECT_TRUE(IsAppendKey(key));
    EXPECT_FALSE(IsAppendKey(key + '\0'));
  }
  for (const std::string& key :
       {kAlice.prefix(), kAlice.Account(), kAlice.Usage(), kAlice.Container("mmm_Inbound"),
        kAlice.PendingUpload(kId), LogIndexKey(), PendingExpiryKey(1, kAlice.prefix(), kId)}) {
    EXPECT_FALSE(IsAppendKey(key));
  }
}

TEST(KeySchemaTest, AnIndexValueOfTheWrongLengthIsDataLoss) {
  EXPECT_EQ(*ReadIndexValue(IndexValue(258)), 258u);
  EXPECT_EQ(ReadIndexValue("seven..").status().code(), Code::kDataLoss);
}

}  // namespace
}  // namespace mesh::backend
