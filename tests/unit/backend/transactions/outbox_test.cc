// The outbox: leased, settled, and forgotten with its account.

#include "backend/model/outbox.h"

#include <set>

#include "tests/unit/backend/transactions/messages.h"

namespace mesh::backend {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class OutboxTest : public MessagesTest {
 protected:
  void Send(std::string_view sender, const std::string& id,
            std::string_view type = kRequestContact) {
    ASSERT_EQ(Post(sender, To({kFar}, {From(sender, id, type)})).mesh_status(), 201);
  }
  static std::vector<std::string> Names(const proto::LeaseOutboxResponse& leased) {
    std::vector<std::string> names;
    for (const auto& entry : leased.entries()) names.push_back(entry.message().unique_id());
    return names;
  }
  OutboxFigures Figures() { return *CountOutbox(*bench_.store.NewSnapshot()); }
};

// --- Leases -------------------------------------------------------------------------------------

TEST_F(OutboxTest, WhatIsDueIsGivenInItsOrder) {
  for (const std::string id : {"1", "2", "3"}) {
    Send(kAlice, id);
    bench_.clock.Advance(std::chrono::seconds(1));
  }
  EXPECT_THAT(Names(Lease(2)), ElementsAre("MESSAGE-1", "MESSAGE-2"));
  EXPECT_THAT(Names(Lease(2)), ElementsAre("MESSAGE-3"));
}

TEST_F(OutboxTest, WhatIsLeasedIsGivenToNobodyElseUntilTheLeaseEnds) {
  Send(kAlice, "1");
  const auto first = Lease();
  ASSERT_THAT(first.entries(), SizeIs(1));
  EXPECT_EQ(first.entries(0).attempts(), 0u);
  const auto none = Lease();
  EXPECT_THAT(none.entries(), IsEmpty());
  EXPECT_EQ(none.next_due_ms(), 60'000);
  bench_.clock.Advance(std::chrono::seconds(60));
  const auto second = Lease();
  ASSERT_THAT(second.entries(), SizeIs(1));
  EXPECT_EQ(second.entries(0).attempts(), 1u);
  EXPECT_NE(second.entries(0).lease(), first.entries(0).lease());
  EXPECT_EQ(second.entries(0).id(), first.entries(0).id());
}

TEST_F(OutboxTest, WhenNothingWaitsThereIsNoNext) {
  EXPECT_FALSE(Lease().has_next_due_ms());
  Send(kAlice, "1");
  Send(kAlice, "2");
  EXPECT_EQ(Lease(1).next_due_ms(), 0);
}

TEST_F(OutboxTest, ALeaseBeginsWhereTheQueueDoes) {
  Send(kAlice, "1");
  const WallMillis now = bench_.clock.WallNow();
  const auto entry = Lease().entries(0);
  EXPECT_EQ(messaging_.outbox_from, now + 60'000);
  proto::Settlement again = Of(entry, proto::Settlement::AGAIN);
  again.set_due(now + 5'000);
  Settle(kAlice, again);
  EXPECT_EQ(messaging_.outbox_from, now + 5'000);
  bench_.clock.Advance(std::chrono::seconds(5));
  EXPECT_THAT(Lease().entries(), SizeIs(1));
  bench_.clock.Advance(std::chrono::seconds(-20));  // The machine's clock is set back.
  Send(kAlice, "2");
  EXPECT_THAT(Names(Lease()), ElementsAre("MESSAGE-2"));
}

TEST_F(OutboxTest, ALeaseHasBounds) {
  const std::string large(kMessageBytesMax, 'x');
  for (int i = 0; i < 17; ++i) {
    Post(kAlice, To({kFar}, {From(kAlice, std::to_string(i), kRequestContact, large)}));
  }
  EXPECT_THAT(Lease(100).entries(), SizeIs(16));  // A MiB.
  const auto small = Forward("", [](proto::PartitionRequest& request) {
    request.mutable_lease_outbox()->set_bytes_max(1);
    request.mutable_lease_outbox()->set_lease_ms(1);
  });
  EXPECT_THAT(small.lease_outbox().entries(), SizeIs(1));
  EXPECT_EQ(Lease().next_due_ms(), 1000);  // Of the last one: no lease is shorter.
}

// --- Settling
// -------------------------------------------------------------------------------------

TEST_F(OutboxTest, WhatWasDeliveredIsGone) {
  const auto before = bench_.Everything();
  Send(kAlice, "1", kReplyContact);
  EXPECT_EQ(Settle(kAlice, Of(Lease().entries(0), proto::Settlement::DELIVERED)), 1u);
  EXPECT_EQ(Figures().entries, 0u);
  bench_.clock.Advance(std::chrono::hours(1));
  EXPECT_THAT(Lease().entries(), IsEmpty());
  EXPECT_THAT(Spool(kAlice), IsEmpty());
  // Nothing is left but the kept reply of the Post.
  EXPECT_EQ(bench_.Everything().size(), before.size() + 1);
}

TEST_F(OutboxTest, WhatIsToBeTriedAgainIsDueThen) {
  Send(kAlice, "1");
  proto::Settlement again = Of(Lease().entries(0), proto::Settlement::AGAIN);
  again.set_due(bench_.clock.WallNow() + 5'000);
  again.set_reason("no route");
  EXPECT_EQ(Settle(kAlice, again), 1u);
  EXPECT_EQ(Lease().next_due_ms(), 5'000);
  bench_.clock.Advance(std::chrono::seconds(5));
  ASSERT_THAT(Lease().entries(), SizeIs(1));
}

TEST_F(OutboxTest, NothingIsPutOffForEver) {
  Send(kAlice, "1");
  proto::Settlement again = Of(Lease().entries(0), proto::Settlement::AGAIN);
  again.set_due(bench_.clock.WallNow() * 2);
  Settle(kAlice, again);
  EXPECT_EQ(Lease().next_due_ms(), 24 * 3600 * 1000);
}

TEST_F(OutboxTest, WhatWasGivenUpIsToldToItsSenderOnce) {
  Send(kAlice, "1");
  proto::Settlement failed = Of(Lease().entries(0), proto::Settlement::FAILED);
  failed.set_reason("MeshRecipientBlockedSender");
  EXPECT_EQ(Settle(kAlice, failed), 1u);
  EXPECT_EQ(Settle(kAlice, failed), 0u);
  EXPECT_THAT(Errors(kAlice), ElementsAre("MeshRecipientBlockedSender dave@example.org"));
  EXPECT_EQ(Figures().entries, 0u);
}

TEST_F(OutboxTest, TheForwarderMaySayWhatTheSenderIsTold) {
  Send(kAlice, "1");
  proto::Settlement failed = Of(Lease().entries(0), proto::Settlement::FAILED);
  *failed.mutable_error() = Message("E", "its own words");
  Settle(kAlice, failed);
  EXPECT_THAT(Spool(kAlice), ElementsAre("its own words"));
}

TEST_F(OutboxTest, ASenderWithoutRoomIsToldAllTheSame) {
  Send(kAlice, "1");
  bench_.policy.entries_max = 1;
  bench_.policy.bytes_max = 1;
  EXPECT_EQ(Settle(kAlice, Of(Lease().entries(0), proto::Settlement::FAILED)), 1u);
  EXPECT_THAT(Errors(kAlice), ElementsAre("MeshServiceUnavailable dave@example.org"));
}

TEST_F(OutboxTest, OnlyTheLastLeaseSettles) {
  Send(kAlice, "1");
  const auto first = Lease().entries(0);
  bench_.clock.Advance(std::chrono::minutes(1));
  const auto second = Lease().entries(0);
  EXPECT_EQ(Settle(kAlice, Of(first, proto::Settlement::DELIVERED)), 0u);
  EXPECT_EQ(Settle(kBob, Of(second, proto::Settlement::DELIVERED)), 0u);
  EXPECT_EQ(Figures().entries, 1u);
  bench_.clock.Advance(std::chrono::minutes(2));  // It has ended; nobody else has one.
  EXPECT_EQ(Settle(kAlice, Of(second, proto::Settlement::DELIVERED)), 1u);
}

TEST_F(OutboxTest, WhatWasPutOffHasNoLease) {
  Send(kAlice, "1");
  const auto entry = Lease().entries(0);
  EXPECT_EQ(Settle(kAlice, Of(entry, proto::Settlement::AGAIN)), 1u);
  EXPECT_EQ(Settle(kAlice, Of(entry, proto::Settlement::DELIVERED)), 0u);
  proto::Settlement empty = Of(entry, proto::Settlement::DELIVERED);
  empty.clear_lease();
  EXPECT_EQ(Settle(kAlice, empty), 0u);
  empty.set_id("short");
  EXPECT_EQ(Settle(kAlice, empty), 0u);
}

// --- The account
// ------------------------------------------------------------------------------------

TEST_F(OutboxTest, AnAccountTakesItsMessagesWithIt) {
  Send(kAlice, "1");
  Send(kAlice, "2");
  const auto entry = Lease(1).entries(0);
  Send(kBob, "3");
  Remove(Administering(ByExchange(kAlice, kLaptop)), kAlice);
  EXPECT_EQ(Figures().entries, 1u);
  EXPECT_THAT(Names(Lease()), ElementsAre("MESSAGE-3"));
  EXPECT_EQ(Settle(kAlice, Of(entry, proto::Settlement::FAILED)), 0u);
}

TEST_F(OutboxTest, APlaceAtWhichNothingIsHoldsNobodyUp) {
  const AccountKeys keys(1, "gone@example.com");
  const std::string due = OutboxDueKey(1, keys.prefix(), std::string(kOutboxIdBytes, 'i'));
  ASSERT_TRUE(
      bench_.store.Commit({{Write::Kind::kPut, ColumnFamily::kIndex, due, IndexValue(1)}}, true)
          .ok());
  Send(kAlice, "1");
  EXPECT_THAT(Names(Lease()), ElementsAre("MESSAGE-1"));
  EXPECT_EQ(Figures().entries, 1u);
}

TEST_F(OutboxTest, FiguresSayHowManyWaitAndSinceWhen) {
  EXPECT_EQ(Figures().entries, 0u);
  EXPECT_FALSE(Figures().oldest);
  const WallMillis first = bench_.clock.WallNow();
  Send(kAlice, "1");
  bench_.clock.Advance(std::chrono::seconds(7));
  Send(kBob, "2");
  Lease(1);  // The first is due last now.
  EXPECT_EQ(Figures().entries, 2u);
  EXPECT_EQ(*Figures().oldest, first);
}

}  // namespace
}  // namespace mesh::backend
