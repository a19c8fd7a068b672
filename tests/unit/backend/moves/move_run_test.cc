#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/backend/moves/move_world.h"

namespace mesh::backend {
namespace {

using Fate = TestLink::Fate;

class MoveRunTest : public ::testing::Test {
 protected:
  void Fill() {
    for (const std::string_view account : {kAlice, kBob}) {
      ASSERT_EQ(world_.Create(account).mesh_status(), 201);
      for (int i = 0; i < 10; ++i) ASSERT_TRUE(world_.Put(account, "u" + std::to_string(i)));
    }
  }
  void SetUp() override { Fill(); }

  // Calls `act` when the record of `id` has come to `phase`, at the next event on the link.
  void When(const std::string& id, MovePhase phase, std::function<Fate()> act) {
    world_.link.event = [this, id, phase, act = std::move(act), done = false]() mutable {
      if (done || world_.Read(id).phase != phase) return Fate::kArrives;
      done = true;
      return act();
    };
  }
  void OperatorAborts(const std::string& id) {
    KeptMove move = **world_.ledger.Read(id);
    MoveRecord next = move.record;
    next.phase = MovePhase::kAborting;
    next.reason = "asked by the operator";
    EXPECT_TRUE(world_.ledger.Replace(move, next).ok());
  }

  MoveWorld world_;
};

TEST_F(MoveRunTest, SlotsMoveWithAllTheirAccounts) {
  world_.Plan("m1", 1, 2);
  const MoveRecord over = world_.LookUntilOver("m1");
  EXPECT_EQ(over.phase, MovePhase::kCleaned) << over.reason;
  EXPECT_EQ(over.attempt, 1u);
  EXPECT_GT(over.bytes, 0u);
  EXPECT_EQ(world_.last_map->OwnerOf(kAlice), 1u);
  EXPECT_EQ(world_.Get(kAlice).size(), 11u);
  EXPECT_EQ(world_.last_map->OwnerOf(kAlice), 2u);
  EXPECT_TRUE(world_.Put(kAlice, "after"));
  EXPECT_EQ(world_.KeysOf(world_.b1, 1), 0u);
}

TEST_F(MoveRunTest, OneAccountMovesAlone) {
  world_.Plan("m1", 1, 2, std::string(kAlice));
  EXPECT_EQ(world_.LookUntilOver("m1").phase, MovePhase::kCleaned);
  EXPECT_EQ(world_.Get(kAlice).size(), 11u);
  EXPECT_EQ(world_.Get(kBob).size(), 11u);
  EXPECT_EQ(world_.last_map->OwnerOf(kAlice), 2u);
  EXPECT_EQ(world_.last_map->OwnerOf(kBob), 1u);
}

TEST_F(MoveRunTest, AnAccountMovesToAndFro) {
  for (int i = 0; i < 10; ++i) {
    const std::string id = "m" + std::to_string(i);
    world_.Plan(id, i % 2 == 0 ? 1 : 2, i % 2 == 0 ? 2 : 1, std::string(kAlice));
    ASSERT_EQ(world_.LookUntilOver(id).phase, MovePhase::kCleaned);
    ASSERT_TRUE(world_.Put(kAlice, "round" + std::to_string(i)));
  }
  EXPECT_EQ(world_.Get(kAlice).size(), 21u);
}

TEST_F(MoveRunTest, APinnedAccountDoesNotFollowItsSlot) {
  world_.Plan("pin", 1, 2, std::string(kAlice));
  ASSERT_EQ(world_.LookUntilOver("pin").phase, MovePhase::kCleaned);
  world_.Plan("all", 1, 2);
  ASSERT_EQ(world_.LookUntilOver("all").phase, MovePhase::kCleaned);
  EXPECT_EQ(world_.Get(kAlice).size(), 11u);
  EXPECT_EQ(world_.Get(kBob).size(), 11u);
}

TEST_F(MoveRunTest, WritesGoOnUntilTheFreeze) {
  int written = 0;
  world_.link.event = [&] {
    if (world_.Put(kAlice, "during" + std::to_string(written))) ++written;
    return Fate::kArrives;
  };
  world_.Plan("m1", 1, 2);
  EXPECT_EQ(world_.LookUntilOver("m1").phase, MovePhase::kCleaned);
  EXPECT_GT(written, 2);
  EXPECT_EQ(world_.Get(kAlice).size(), 11u + static_cast<size_t>(written));
}

TEST_F(MoveRunTest, AnAbortAtAnyPhaseBeforeTheSwitchEndsWithTheSource) {
  int number = 0;
  for (const MovePhase phase : {MovePhase::kCopying, MovePhase::kTailing, MovePhase::kFrozen}) {
    const std::string id = "m" + std::to_string(number++);
    When(id, phase, [this, id] { return OperatorAborts(id), Fate::kArrives; });
    world_.Plan(id, 1, 2);
    const MoveRecord over = world_.LookUntilOver(id);
    EXPECT_EQ(over.phase, MovePhase::kAborted);
    EXPECT_EQ(over.reason, "asked by the operator");
    EXPECT_TRUE(world_.Put(kAlice, "after " + id));
    EXPECT_EQ(world_.KeysOf(world_.b2, 2), 0u);
  }
}

TEST_F(MoveRunTest, AFreezeWhoseReplyIsLostIsThawedByTheNextAttempt) {
  When("m1", MovePhase::kFrozen, [] { return Fate::kReplyLost; });
  world_.Plan("m1", 1, 2);
  const MoveRecord over = world_.LookUntilOver("m1");
  EXPECT_EQ(over.phase, MovePhase::kCleaned);
  EXPECT_EQ(over.attempt, 2u);
  EXPECT_EQ(world_.Get(kAlice).size(), 11u);
}

TEST_F(MoveRunTest, ASourceThatIsKilledDuringTheFreezeStaysFrozenUntilItIsTold) {
  When("m1", MovePhase::kFrozen, [] { return Fate::kReplyLost; });
  world_.Plan("m1", 1, 2);
  world_.b2.target().Round();
  world_.Restart(world_.b1);
  EXPECT_FALSE(world_.Put(kAlice, "no"));
  OperatorAborts("m1");
  world_.b1.source().Tend(world_.ledger);
  EXPECT_TRUE(world_.Put(kAlice, "yes"));
  EXPECT_EQ(world_.LookUntilOver("m1").phase, MovePhase::kAborted);
}

TEST_F(MoveRunTest, WhileNobodyCanBeAskedWhatIsFrozenStaysSo) {
  When("m1", MovePhase::kFrozen, [] { return Fate::kReplyLost; });
  world_.Plan("m1", 1, 2);
  world_.b2.target().Round();
  world_.cluster.SetDown(true);
  world_.b1.source().Tend(world_.ledger);
  EXPECT_FALSE(world_.Put(kAlice, "no"));
  world_.cluster.SetDown(false);
  EXPECT_EQ(world_.LookUntilOver("m1").phase, MovePhase::kCleaned);
  EXPECT_TRUE(world_.Put(kAlice, "yes"));
}

TEST_F(MoveRunTest, ASwitchWhoseReplyIsLostHasHappened) {
  When("m1", MovePhase::kFrozen, [this] {
    world_.cluster.SetDown(false);
    return Fate::kArrives;
  });
  world_.Plan("m1", 1, 2);
  // The commit of `verified` is the last before the switch; each may lose its reply.
  world_.link.event = [this] {
    if (world_.Read("m1").phase == MovePhase::kFrozen) world_.cluster.LoseNextReply();
    return Fate::kArrives;
  };
  EXPECT_EQ(world_.LookUntilOver("m1").phase, MovePhase::kCleaned);
  EXPECT_EQ(world_.Get(kAlice).size(), 11u);
}

TEST_F(MoveRunTest, ATargetThatIsKilledAfterTheSwitchActivatesWhatItHas) {
  world_.Plan("m1", 1, 2);
  world_.b2.target().Round();
  ASSERT_EQ(world_.Read("m1").phase, MovePhase::kSwitched);
  world_.last_map = world_.Map();
  world_.Restart(world_.b2);
  EXPECT_EQ(world_.LookUntilOver("m1").phase, MovePhase::kCleaned);
  EXPECT_EQ(world_.Get(kAlice).size(), 11u);
}

TEST_F(MoveRunTest, ASlotThatIsNotTheSourcesAbortsTheMove) {
  world_.Plan("m1", 2, 1);
  const MoveRecord over = world_.LookUntilOver("m1");
  EXPECT_EQ(over.phase, MovePhase::kAborted);
  EXPECT_NE(over.reason.find("map"), std::string::npos);
  EXPECT_EQ(world_.Get(kAlice).size(), 11u);
}

TEST_F(MoveRunTest, AMoveThatFailsTooOftenIsAborted) {
  world_.link.event = [] { return Fate::kLost; };
  world_.Plan("m1", 1, 2);
  for (int i = 0; i < 30 && world_.Read("m1").phase != MovePhase::kAborted; ++i) world_.Look();
  EXPECT_EQ(world_.Read("m1").phase, MovePhase::kAborted);
  EXPECT_EQ(world_.Get(kAlice).size(), 11u);
}

TEST_F(MoveRunTest, ARecordIsForgottenSomeTimeAfterItsEnd) {
  MoveLimits limits;
  limits.record_time = std::chrono::hours(0);
  MoveWorld world(limits);
  ASSERT_EQ(world.Create(kAlice).mesh_status(), 201);
  world.Plan("m1", 1, 2);
  for (int i = 0; i < 4; ++i) world.Look();
  EXPECT_TRUE(world.ledger.List()->empty());
  EXPECT_TRUE(world.Put(kAlice, "after"));
  EXPECT_EQ(world.KeysOf(world.b1, 1), 0u);
}

TEST_F(MoveRunTest, ATailThatIsNeverShortEndsInAFreezeAllTheSame) {
  MoveLimits limits;
  limits.lag_max = std::chrono::milliseconds(0);
  MoveWorld world(limits);
  ASSERT_EQ(world.Create(kAlice).mesh_status(), 201);
  world.Plan("m1", 1, 2);
  EXPECT_EQ(world.LookUntilOver("m1").phase, MovePhase::kCleaned);
}

TEST_F(MoveRunTest, AFreezeThatTakesTooLongIsGivenUpByTheSource) {
  MoveLimits limits;
  limits.freeze_max = std::chrono::milliseconds(0);
  MoveWorld world(limits);
  ASSERT_EQ(world.Create(kAlice).mesh_status(), 201);
  world.Plan("m1", 1, 2);
  world.link.event = [&world] {
    if (world.Read("m1").phase != MovePhase::kFrozen) return Fate::kArrives;
    return Fate::kReplyLost;
  };
  world.b2.target().Round();
  ASSERT_EQ(world.Read("m1").phase, MovePhase::kFrozen);
  world.b1.source().Tend(world.ledger);
  EXPECT_EQ(world.Read("m1").phase, MovePhase::kAborting);
  EXPECT_TRUE(world.Put(kAlice, "yes"));
  EXPECT_EQ(world.LookUntilOver("m1").phase, MovePhase::kAborted);
}

// What the first move has left is deleted when the one who gave it looks: that must not be what the
// second one has just brought.
TEST_F(MoveRunTest, AnAccountComesBackOnlyWhenWhatItHasLeftIsForgotten) {
  world_.Plan("there", 1, 2, std::string(kAlice));
  world_.b2.target().Round();
  ASSERT_EQ(world_.Read("there").phase, MovePhase::kSwitched);
  world_.TellMap();
  ASSERT_TRUE(world_.Put(kAlice, "acknowledged there"));
  When("back", MovePhase::kTailing, [this] {
    world_.b1.source().Tend(world_.ledger);
    return Fate::kArrives;
  });
  world_.Plan("back", 2, 1, std::string(kAlice));
  world_.b1.target().Round();
  const MoveRecord over = world_.LookUntilOver("back");
  EXPECT_EQ(over.phase, MovePhase::kCleaned) << over.reason;
  EXPECT_EQ(over.restarts, 0u);
  EXPECT_EQ(world_.Get(kAlice).size(), 12u);
}

TEST_F(MoveRunTest, WhatIsNotInForceYetIsNotGivenAway) {
  proto::ExportRequest request;
  request.set_move("back");
  request.set_attempt(1);
  request.set_partition(2);
  const AccountRanges all = AccountRanges::OfSlots({{0, 16383}});
  for (const std::string& bound : all.Bounds()) request.add_bounds(bound);
  proto::ExportRequest coming = request;
  coming.set_move("there");
  Replica& replica = *world_.b2.set().Find(2);
  ASSERT_TRUE(MoveImport(coming, all, replica).Begin().ok());
  const Status given =
      world_.b2.source().Export(request, [](const proto::ExportMessage&) { return false; });
  EXPECT_EQ(given.code(), Code::kResourceExhausted) << given.message();
}

// Before it is restored, its records tell of moves that have long been made.
TEST_F(MoveRunTest, AnEtcdThatWasRolledBackMovesNothing) {
  const std::string planned = world_.Plan("m1", 1, 2, std::string(kAlice)).Text();
  ASSERT_EQ(world_.LookUntilOver("m1").phase, MovePhase::kCleaned);
  ASSERT_TRUE(world_.Put(kAlice, "acknowledged there"));
  const std::string pin = "/mesh/test/pins/" + std::string(kAlice);
  const std::string epoch = *world_.cluster.Value("/mesh/test/epoch");
  world_.cluster.Put("/mesh/test/moves/m1", planned);
  world_.cluster.Put("/mesh/test/epoch", "1");
  world_.cluster.Delete(pin);
  world_.b2.target().Round();
  world_.b1.source().Tend(world_.ledger);
  world_.cluster.Put(pin, "2");
  world_.cluster.Put("/mesh/test/epoch", epoch + "0");
  EXPECT_EQ(world_.LookUntilOver("m1").phase, MovePhase::kAborted);
  EXPECT_EQ(world_.Get(kAlice).size(), 12u);
}

TEST_F(MoveRunTest, AnEtcdThatWasWipedThawsNothingUntilItHasAMap) {
  When("m1", MovePhase::kFrozen, [] { return Fate::kReplyLost; });
  world_.Plan("m1", 1, 2);
  world_.b2.target().Round();
  const std::string map = *world_.cluster.Value("/mesh/test/map");
  world_.cluster.Wipe();
  world_.b1.source().Tend(world_.ledger);
  EXPECT_FALSE(world_.Put(kAlice, "no"));
  world_.cluster.Put("/mesh/test/map", map);
  world_.cluster.Put("/mesh/test/epoch", "2");
  world_.TellMap();
  world_.b1.source().Tend(world_.ledger);
  EXPECT_TRUE(world_.Put(kAlice, "yes"));
}

TEST_F(MoveRunTest, WhatAMapThatWasRestoredGivesBackIsNotForgotten) {
  world_.Plan("m1", 1, 2, std::string(kAlice));
  world_.b2.target().Round();
  ASSERT_EQ(world_.Read("m1").phase, MovePhase::kSwitched);
  const size_t keys = world_.KeysOf(world_.b1, 1);
  const std::string pin = "/mesh/test/pins/" + std::string(kAlice);
  world_.cluster.Delete(pin);
  world_.cluster.Put("/mesh/test/epoch", "10");
  world_.TellMap();
  world_.b1.source().Tend(world_.ledger);
  EXPECT_EQ(world_.KeysOf(world_.b1, 1), keys);
  world_.cluster.Put(pin, "2");
  world_.cluster.Put("/mesh/test/epoch", "11");
  EXPECT_EQ(world_.LookUntilOver("m1").phase, MovePhase::kCleaned);
  EXPECT_EQ(world_.Get(kAlice).size(), 11u);
}

}  // namespace
}  // namespace mesh::backend
