#include "backend/storage/account_ranges.h"

#include <gtest/gtest.h>

#include "backend/storage/move_keys.h"
#include "proto/move.pb.h"
#include "tests/support/hex.h"

namespace mesh::backend {
namespace {

std::string KeyIn(uint32_t slot, std::string_view address) {
  return AccountKeys(slot, address).Account();
}

TEST(AccountRanges, SlotsHoldTheirAccountsAndNoOthers) {
  const AccountRanges set = AccountRanges::OfSlots({{10, 12}, {20, 20}});
  EXPECT_FALSE(set.Contains(KeyIn(9, "a@b.c")));
  EXPECT_TRUE(set.Contains(KeyIn(10, "a@b.c")));
  EXPECT_TRUE(set.Contains(KeyIn(12, "z@b.c")));
  EXPECT_FALSE(set.Contains(KeyIn(13, "a@b.c")));
  EXPECT_TRUE(set.Contains(KeyIn(20, "a@b.c")));
  EXPECT_FALSE(set.Contains(PartitionRecordKey()));
}

TEST(AccountRanges, NeighboursAreOneRange) {
  EXPECT_EQ(AccountRanges::OfSlots({{11, 11}, {10, 10}, {12, 30}, {15, 16}}).ranges().size(), 1u);
  EXPECT_EQ(AccountRanges::OfSlots({{0, 16383}}).ranges().front().end, std::string("\x40\x00", 2));
}

TEST(AccountRanges, PinnedAccountsStay) {
  const AccountKeys pinned(10, "pinned@b.c");
  const AccountRanges set = AccountRanges::OfSlots({{10, 10}}, {pinned.prefix()});
  EXPECT_EQ(set.ranges().size(), 2u);
  EXPECT_FALSE(set.Contains(pinned.Account()));
  EXPECT_FALSE(set.Contains(pinned.Entry(1, 1)));
  EXPECT_TRUE(set.Contains(KeyIn(10, "other@b.c")));
}

TEST(AccountRanges, ClipsWhatIsDeleted) {
  const AccountKeys inside(10, "a@b.c"), outside(11, "a@b.c");
  const AccountRanges set = AccountRanges::OfSlots({{10, 10}});
  const auto whole = set.Clip(inside.Everything());
  ASSERT_EQ(whole.size(), 1u);
  EXPECT_EQ(whole[0].begin, inside.Everything().begin);
  EXPECT_EQ(whole[0].end, inside.Everything().end);
  EXPECT_TRUE(set.Clip(outside.Everything()).empty());
  EXPECT_TRUE(set.Overlaps(AccountRanges::OfAccount(inside.prefix())));
  EXPECT_FALSE(set.Overlaps(AccountRanges::OfAccount(outside.prefix())));
}

TEST(AccountRanges, BoundsAreReadBack) {
  const AccountRanges set = AccountRanges::OfSlots({{1, 2}, {5, 9}});
  const Result<AccountRanges> again = AccountRanges::FromBounds(set.Bounds());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->Bounds(), set.Bounds());
}

TEST(AccountRanges, BadBoundsAreRefused) {
  EXPECT_FALSE(AccountRanges::FromBounds({"b", "a"}).ok());
  EXPECT_FALSE(AccountRanges::FromBounds({"a"}).ok());
  EXPECT_FALSE(AccountRanges::FromBounds({"a", "a"}).ok());
  EXPECT_FALSE(AccountRanges::FromBounds({"a", PartitionRecordKey()}).ok());
}

// PERSISTENT, as docs/STORAGE_FORMAT.md says.
TEST(MoveKeys, HaveTheirGoldenOctets) {
  EXPECT_EQ(OutgoingMoveKey("m1"), Unhex("ffff466d31"));
  EXPECT_EQ(IncomingMoveKey("m1"), Unhex("ffff496d31"));
  const std::string prefix(18, '\x11'), id(16, '\x22');
  const std::string due = OutboxDueKey(1, prefix, id);
  EXPECT_EQ(due.substr(0, 11), Unhex("ffff4f0000000000000001"));
  EXPECT_EQ(StagedKey(due).substr(0, 12), Unhex("ffff4d4f0000000000000001"));
  EXPECT_EQ(QueueKeyOfStaged(StagedKey(due)), due);
  EXPECT_EQ(QueuedAccount(due), prefix);
  EXPECT_EQ(QueuedAccount(PendingExpiryKey(1, prefix, id)), prefix);
  EXPECT_EQ(QueuedAccount(LogIndexKey()), std::nullopt);
  EXPECT_EQ(QueuedAccount(StagedKey(due)), std::nullopt);
}

TEST(MoveKeys, RecordsHaveTheirGoldenOctets) {
  proto::OutgoingMoveRecord outgoing;
  outgoing.set_attempt(3);
  outgoing.add_bounds("a");
  outgoing.add_bounds("b");
  outgoing.set_account("c");
  EXPECT_EQ(outgoing.SerializeAsString(), Unhex("08031201611201621a0163"));
  proto::IncomingMoveRecord incoming;
  incoming.set_attempt(3);
  incoming.add_bounds("a");
  incoming.add_bounds("b");
  incoming.set_account("c");
  EXPECT_EQ(incoming.SerializeAsString(), Unhex("08031201611201621a0163"));
}

}  // namespace
}  // namespace mesh::backend
