#include "common/moves/move_plan.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"
#include "tests/support/fake_cluster_store.h"

namespace mesh {
namespace {

constexpr char kMap[] = R"({"epoch": 7, "slotKey": "00112233445566778899aabbccddeeff",
  "backEnds": [{"name": "b1"}, {"name": "b2"}, {"name": "b3"}],
  "partitions": [{"id": 1, "backEnd": "b1", "slots": [[0, 8191]]},
                 {"id": 2, "backEnd": "b2", "slots": [[8192, 16383]]},
                 {"id": 3, "backEnd": "b3", "slots": []},
                 {"id": 4, "backEnd": "b3", "slots": []}]})";

class MovePlanTest : public ::testing::Test {
 protected:
  MovePlanTest() {
    store_.Put("/mesh/test/epoch", "7");
    store_.Put("/mesh/test/map", kMap);
  }

  Result<std::vector<MoveRecord>> Plan(const MoveOrder& order) {
    return PlanMoves(order, *ledger_.ReadMap(), *ledger_.List(), clock_.WallNow(),
                     crypto::SystemRandom());
  }
  // Plans and records.
  std::vector<MoveRecord> Begin(const MoveOrder& order) {
    const Result<std::vector<MoveRecord>> planned = Plan(order);
    EXPECT_TRUE(planned.ok()) << planned.status().message();
    for (const MoveRecord& record : *planned) (void)ledger_.Create(record);
    return *planned;
  }
  static MoveOrder Slots(const std::string& slots, const std::string& to) {
    return {*ParseSlots(slots), "", to};
  }
  MovePhase PhaseOf(const std::string& id) { return (*ledger_.Read(id))->record.phase; }
  void Set(const std::string& id, MovePhase phase) {
    KeptMove move = **ledger_.Read(id);
    MoveRecord next = move.record;
    next.phase = phase;
    EXPECT_TRUE(ledger_.Replace(move, next).ok());
  }

  const MoveOrder kUnpin{{}, "alice@example.com", "", true};
  FakeClock clock_;
  mesh::testing::FakeClusterStore store_{clock_};
  MoveLedger ledger_{"test", store_, clock_};
};

TEST_F(MovePlanTest, SlotsOfTwoPartitionsAreTwoMoves) {
  const auto planned = Begin(Slots("8000-8300", "3"));
  ASSERT_EQ(planned.size(), 2u);
  EXPECT_EQ(planned[0].source, 1u);
  EXPECT_EQ(SlotsText(planned[0].slots), "8000-8191");
  EXPECT_EQ(planned[1].source, 2u);
  EXPECT_EQ(SlotsText(planned[1].slots), "8192-8300");
  EXPECT_EQ(planned[1].target, 3u);
}

TEST_F(MovePlanTest, WhatIsThereAlreadyIsNotMoved) {
  EXPECT_TRUE(Begin(Slots("0-10", "b1")).empty());
  const auto planned = Begin(Slots("8191-8193", "b2"));
  ASSERT_EQ(planned.size(), 1u);
  EXPECT_EQ(SlotsText(planned[0].slots), "8191");
}

TEST_F(MovePlanTest, TheSameOrderTwiceIsOneMove) {
  const auto first = Begin(Slots("0-10", "b2"));
  const auto second = Begin(Slots("0-10", "2"));
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].id, first[0].id);
  EXPECT_EQ(ledger_.List()->size(), 1u);
}

TEST_F(MovePlanTest, WhatMovesElsewhereIsRefused) {
  Begin(Slots("0-10", "b2"));
  EXPECT_EQ(Plan(Slots("10-20", "3")).status().code(), Code::kFailedPrecondition);
  EXPECT_TRUE(Plan(Slots("11-20", "3")).ok());
}

TEST_F(MovePlanTest, AnAccountDoesNotMoveWhileItsSlotDoes) {
  const MoveOrder alice{{}, "alice@example.com", "3"};
  const auto whole = Begin(Slots("0-16383", "4"));
  EXPECT_EQ(Plan(alice).status().code(), Code::kFailedPrecondition);
  for (const MoveRecord& record : whole) Set(record.id, MovePhase::kAborted);
  ASSERT_EQ(Begin(alice).size(), 1u);
}

TEST_F(MovePlanTest, APinnedAccountMovesBesideItsSlot) {
  store_.Put("/mesh/test/pins/alice@example.com", "1");
  Begin(Slots("0-16383", "4"));
  EXPECT_EQ(Begin({{}, "alice@example.com", "3"}).size(), 1u);
}

TEST_F(MovePlanTest, WhoIsLetGoOfGoesWhereItsSlotIs) {
  const PartitionId home = ledger_.ReadMap()->map->OwnerOf("alice@example.com");
  EXPECT_TRUE(Plan(kUnpin)->empty());  // It is there.
  store_.Put("/mesh/test/pins/alice@example.com", "3");
  const auto planned = Begin(kUnpin);
  ASSERT_EQ(planned.size(), 1u);
  EXPECT_EQ(planned[0].source, 3u);
  EXPECT_EQ(planned[0].target, home);
  EXPECT_TRUE(planned[0].unpin);
  EXPECT_EQ(Begin(kUnpin)[0].id, planned[0].id);
  // Nor does its slot move meanwhile.
  EXPECT_EQ(Plan(Slots("0-16383", "4")).status().code(), Code::kFailedPrecondition);
}

TEST_F(MovePlanTest, AnAccountIsPinnedWhereItIsAndLetGoOf) {
  const std::string alice = "alice@example.com";
  const PartitionId home = ledger_.ReadMap()->map->OwnerOf(alice);
  EXPECT_TRUE(*SetPinned(ledger_, alice, true));
  KeptMap map = *ledger_.ReadMap();
  EXPECT_EQ(map.document.epoch, 8u);
  EXPECT_TRUE(map.map->IsPinned(alice));
  EXPECT_EQ(map.map->OwnerOf(alice), home);
  EXPECT_FALSE(*SetPinned(ledger_, alice, true));
  EXPECT_EQ(ledger_.ReadMap()->document.epoch, 8u);
  EXPECT_TRUE(*SetPinned(ledger_, alice, false));
  EXPECT_FALSE(*SetPinned(ledger_, alice, false));
  map = *ledger_.ReadMap();
  EXPECT_EQ(map.document.epoch, 9u);
  EXPECT_FALSE(map.map->IsPinned(alice));
  EXPECT_TRUE(ledger_.List()->empty());
}

TEST_F(MovePlanTest, APinDoesNotChangeUnderAMoveNorWithoutOne) {
  const std::string alice = "alice@example.com";
  Begin(Slots("0-16383", "4"));
  EXPECT_EQ(SetPinned(ledger_, alice, true).status().code(), Code::kFailedPrecondition);
  store_.Put("/mesh/test/pins/bob@example.com", "3");
  EXPECT_EQ(SetPinned(ledger_, "bob@example.com", false).status().code(),
            Code::kFailedPrecondition);
  EXPECT_EQ(ledger_.ReadMap()->document.epoch, 7u);
}

TEST_F(MovePlanTest, ADestinationMustBeOnePartition) {
  EXPECT_EQ(Plan(Slots("1", "9")).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(Plan(Slots("1", "b9")).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(Plan(Slots("1", "b3")).status().code(), Code::kInvalidArgument);
}

TEST_F(MovePlanTest, AMoveIsAbortedBeforeItsSwitchOnly) {
  const std::string id = Begin(Slots("0-10", "b2"))[0].id;
  EXPECT_TRUE(AbortMove(ledger_, id, "why").ok());
  EXPECT_EQ(PhaseOf(id), MovePhase::kAborting);
  EXPECT_TRUE(AbortMove(ledger_, id, "why").ok());
  Set(id, MovePhase::kSwitched);
  EXPECT_EQ(AbortMove(ledger_, id, "why").code(), Code::kFailedPrecondition);
  EXPECT_EQ(AbortMove(ledger_, "other", "why").code(), Code::kNotFound);
}

TEST_F(MovePlanTest, AnAbortedMoveBeginsAgain) {
  const std::string id = Begin(Slots("0-10", "b2"))[0].id;
  Set(id, MovePhase::kAborting);
  EXPECT_EQ(ResumeMove(ledger_, id).code(), Code::kFailedPrecondition);
  Set(id, MovePhase::kAborted);
  EXPECT_TRUE(ResumeMove(ledger_, id).ok());
  EXPECT_EQ(PhaseOf(id), MovePhase::kPlanned);
}

}  // namespace
}  // namespace mesh
