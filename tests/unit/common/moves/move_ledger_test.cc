#include "common/moves/move_ledger.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"
#include "tests/support/fake_cluster_store.h"

namespace mesh {
namespace {

constexpr char kMap[] = R"({"epoch": 7, "slotKey": "00112233445566778899aabbccddeeff",
  "backEnds": [{"name": "b1"}, {"name": "b2"}],
  "partitions": [{"id": 1, "backEnd": "b1", "slots": [[0, 16383]]},
                 {"id": 2, "backEnd": "b2", "slots": []}]})";

class MoveLedgerTest : public ::testing::Test {
 protected:
  MoveLedgerTest() {
    store_.Put("/mesh/test/epoch", "7");
    store_.Put("/mesh/test/map", kMap);
  }

  static MoveRecord Planned(const std::string& id = "m1") {
    MoveRecord record;
    record.id = id;
    record.source = 1;
    record.target = 2;
    record.slots = {{100, 199}};
    return record;
  }
  KeptMove Made() {
    EXPECT_TRUE(ledger_.Create(Planned()).ok());
    return **ledger_.Read("m1");
  }
  static MoveRecord At(const KeptMove& move, MovePhase phase) {
    MoveRecord next = move.record;
    next.phase = phase;
    return next;
  }

  FakeClock clock_;
  mesh::testing::FakeClusterStore store_{clock_};
  MoveLedger ledger_{"test", store_, clock_};
};

TEST_F(MoveLedgerTest, AMoveIsMadeOnce) {
  EXPECT_TRUE(ledger_.Create(Planned()).ok());
  EXPECT_EQ(ledger_.Create(Planned()).code(), Code::kAlreadyExists);
  EXPECT_EQ(ledger_.List()->size(), 1u);
}

TEST_F(MoveLedgerTest, OfTwoStepsOneIsMade) {
  KeptMove one = Made();
  KeptMove other = one;
  EXPECT_TRUE(ledger_.Replace(one, At(one, MovePhase::kVerified)).ok());
  EXPECT_EQ(ledger_.Replace(other, At(other, MovePhase::kAborting)).code(), Code::kAborted);
  EXPECT_EQ((*ledger_.Read("m1"))->record.phase, MovePhase::kVerified);
}

TEST_F(MoveLedgerTest, AStepWhoseReplyIsLostIsFoundMade) {
  KeptMove move = Made();
  store_.LoseNextReply();
  EXPECT_TRUE(ledger_.Replace(move, At(move, MovePhase::kCopying)).ok());
  EXPECT_TRUE(ledger_.Replace(move, At(move, MovePhase::kTailing)).ok());
}

TEST_F(MoveLedgerTest, WithoutItsStoreNothingIsSaid) {
  KeptMove move = Made();
  store_.SetDown(true);
  EXPECT_EQ(ledger_.Replace(move, At(move, MovePhase::kCopying)).code(), Code::kUnavailable);
}

TEST_F(MoveLedgerTest, TheSwitchChangesTheMapAndTheRecordTogether) {
  KeptMove move = Made();
  const Result<KeptMap> map = ledger_.ReadMap();
  ASSERT_TRUE(map.ok()) << map.status().message();
  ASSERT_TRUE(ledger_.Switch(move, At(move, MovePhase::kSwitched), *map).ok());
  EXPECT_EQ(move.record.epoch, 8u);
  const Result<KeptMap> after = ledger_.ReadMap();
  ASSERT_TRUE(after.ok()) << after.status().message();
  EXPECT_EQ(after->map->epoch(), 8u);
  EXPECT_EQ(after->map->slots()[99], 1u);
  EXPECT_EQ(after->map->slots()[100], 2u);
  EXPECT_EQ(after->map->slots()[199], 2u);
  EXPECT_EQ(after->map->slots()[200], 1u);
}

TEST_F(MoveLedgerTest, AnAccountIsSwitchedByItsPin) {
  MoveRecord record = Planned();
  record.slots.clear();
  record.account = "alice@example.com";
  ASSERT_TRUE(ledger_.Create(record).ok());
  KeptMove move = **ledger_.Read("m1");
  ASSERT_TRUE(ledger_.Switch(move, At(move, MovePhase::kSwitched), *ledger_.ReadMap()).ok());
  EXPECT_EQ(store_.Value("/mesh/test/pins/alice@example.com"), "2");
  EXPECT_EQ(ledger_.ReadMap()->map->OwnerOf("alice@example.com"), 2u);
}

// From partition 2, to which it is pinned, to where its slot is, or was when it was asked for.
TEST_F(MoveLedgerTest, AnAccountThatIsLetGoOfIsPinnedNoMoreUnlessItsSlotHasGone) {
  const std::string pin = "/mesh/test/pins/alice@example.com";
  for (const bool gone : {false, true}) {
    store_.Put(pin, "2");
    MoveRecord record = Planned(gone ? "m2" : "m1");
    record.slots.clear();
    record.account = "alice@example.com";
    std::swap(record.source, record.target);
    record.unpin = true;
    ASSERT_TRUE(ledger_.Create(record).ok());
    KeptMove move = **ledger_.Read(record.id);
    KeptMap map = *ledger_.ReadMap();
    if (gone) {
      map.document.Assign({0, kSlotCount - 1}, 2);
      map.map = std::make_shared<const PartitionMap>(*PartitionMap::Build(map.document));
    }
    ASSERT_TRUE(ledger_.Switch(move, At(move, MovePhase::kSwitched), map).ok());
    EXPECT_EQ(store_.Value(pin), gone ? std::optional<std::string>("1") : std::nullopt);
  }
}

TEST_F(MoveLedgerTest, AnAbortedMoveIsNotSwitched) {
  KeptMove move = Made();
  const KeptMap map = *ledger_.ReadMap();
  KeptMove operators = move;
  ASSERT_TRUE(ledger_.Replace(operators, At(operators, MovePhase::kAborting)).ok());
  EXPECT_EQ(ledger_.Switch(move, At(move, MovePhase::kSwitched), map).code(), Code::kAborted);
  EXPECT_EQ(store_.Value("/mesh/test/epoch"), "7");
}

TEST_F(MoveLedgerTest, UnderAnotherMapNothingIsSwitched) {
  KeptMove move = Made();
  const KeptMap map = *ledger_.ReadMap();
  store_.Put("/mesh/test/epoch", "8");
  EXPECT_EQ(ledger_.Switch(move, At(move, MovePhase::kSwitched), map).code(), Code::kAborted);
  EXPECT_EQ((*ledger_.Read("m1"))->record.phase, MovePhase::kPlanned);
}

TEST_F(MoveLedgerTest, ASwitchWhoseReplyIsLostIsMadeOnce) {
  KeptMove move = Made();
  const KeptMap map = *ledger_.ReadMap();
  store_.LoseNextReply();
  EXPECT_TRUE(ledger_.Switch(move, At(move, MovePhase::kSwitched), map).ok());
  EXPECT_EQ(store_.Value("/mesh/test/epoch"), "8");
  EXPECT_EQ(move.record.phase, MovePhase::kSwitched);
}

}  // namespace
}  // namespace mesh
