// Whatever is lost, killed or away while accounts move: in the end each account has one owner,
// which holds what was acknowledged, each once, and nobody holds anything else of it.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "tests/unit/backend/moves/move_world.h"

namespace mesh::backend {
namespace {

using Fate = TestLink::Fate;

// What happens at one moment of a move.
enum class Blow {
  kNothing,
  kWrite,
  kLose,
  kLoseReply,
  kLoseLedgerReply,
  kLedgerAway,
  kAbort,
  kKillSource,
  kKillTarget,
  kSourceLooks,  // In the midst of it, and somebody writes then.
};
constexpr int kBlows = 10;

class Story {
 public:
  explicit Story(std::vector<int> blows) : blows_(std::move(blows)), world_(Limits()) {
    RC_ASSERT(world_.Create(kAlice).mesh_status() == 201);
    RC_ASSERT(world_.Create(kBob).mesh_status() == 201);
    for (int i = 0; i < 5; ++i) Write();
    world_.link.event = [this] { return Strike(); };
  }

  void Run() {
    world_.Plan("m1", 1, 2, std::string(kAlice));
    for (int i = 0; i < 12; ++i) {
      Round();
      if (!blows_.empty()) (void)Strike();
    }
    blows_.clear();
    Heal();
    for (int i = 0; i < 50 && !IsOver(world_.Read("m1").phase); ++i) Round();
    Round();
  }

  void Judge() {
    const MoveRecord record = world_.Read("m1");
    RC_ASSERT(IsOver(record.phase));
    const PartitionId owner = record.phase == MovePhase::kCleaned ? 2 : 1;
    RC_ASSERT(world_.Map()->OwnerOf(kAlice) == owner);
    RC_ASSERT(world_.Map()->OwnerOf(kBob) == 1u);
    std::vector<std::string> found = world_.Get(kAlice);
    RC_ASSERT(found.size() == acknowledged_.size() + 1);  // And frame zero.
    found.erase(found.begin());
    RC_ASSERT(std::set<std::string>(found.begin(), found.end()) == acknowledged_);
    if (owner == 1) {
      RC_ASSERT(world_.KeysOf(world_.b2, 2) == 0u);
    } else {
      const auto reader = world_.b1.set().replicas().at(1)->store().NewSnapshot();
      const AccountKeys keys(SlotOf(world_.Map()->slot_key(), kAlice), kAlice);
      RC_ASSERT(!reader->Scan(ColumnFamily::kIndex, keys.Everything().begin, keys.Everything().end)
                     ->Valid());
    }
    RC_ASSERT(ReadOutgoing(*world_.b1.set().replicas().at(1))->empty());
    RC_ASSERT(ReadIncoming(*world_.b2.set().replicas().at(2))->empty());
  }

 private:
  static MoveLimits Limits() {
    MoveLimits limits;
    limits.freeze_max = std::chrono::milliseconds(0);
    limits.restarts_max = 1000;
    return limits;
  }

  void Write() {
    const std::string id = "u" + std::to_string(writes_++);
    if (world_.Put(kAlice, id)) acknowledged_.insert("payload of " + id);
  }
  void Heal() { world_.cluster.SetDown(false); }

  // Whoever is to be killed dies between two rounds: the link was cut before.
  void Round() {
    if (kill_source_) world_.Restart(world_.b1);
    if (kill_target_) world_.Restart(world_.b2);
    kill_source_ = kill_target_ = false;
    world_.Look();
    Heal();
  }

  Fate Strike() {
    if (kill_source_ || kill_target_) return Fate::kLost;
    if (blows_.empty()) return Fate::kArrives;
    const auto blow = static_cast<Blow>(blows_.back());
    blows_.pop_back();
    switch (blow) {
      case Blow::kNothing:
        return Fate::kArrives;
      case Blow::kWrite:
        return Write(), Fate::kArrives;
      case Blow::kLose:
        return Fate::kLost;
      case Blow::kLoseReply:
        return Fate::kReplyLost;
      case Blow::kLoseLedgerReply:
        return world_.cluster.LoseNextReply(), Fate::kArrives;
      case Blow::kLedgerAway:
        return world_.cluster.SetDown(true), Fate::kArrives;
      case Blow::kAbort:
        return Abort(), Fate::kArrives;
      case Blow::kSourceLooks:
        world_.b1.source().Tend(world_.ledger);
        return Write(), Fate::kArrives;
      case Blow::kKillSource:
        kill_source_ = true;
        return Fate::kReplyLost;
      case Blow::kKillTarget:
        kill_target_ = true;
        return Fate::kReplyLost;
    }
    return Fate::kArrives;
  }

  void Abort() {
    const Result<std::optional<KeptMove>> read = world_.ledger.Read("m1");
    if (!read.ok() || !*read || !CanAbort((*read)->record.phase)) return;
    KeptMove move = **read;
    MoveRecord next = move.record;
    next.phase = MovePhase::kAborting;
    (void)world_.ledger.Replace(move, next);
  }

  std::vector<int> blows_;
  std::set<std::string> acknowledged_;
  int writes_ = 0;
  bool kill_source_ = false;
  bool kill_target_ = false;
  MoveWorld world_;
};

RC_GTEST_PROP(MoveProperty, OneOwnerHoldsWhatWasAcknowledged, ()) {
  // Mostly nothing, so that moves come far.
  const auto blow = rc::gen::weightedOneOf<int>({{5, rc::gen::just(0)},
                                                 {4, rc::gen::just(1)},
                                                 {2, rc::gen::inRange(2, kBlows)},
                                                 {1, rc::gen::just(9)}});
  Story story(*rc::gen::container<std::vector<int>>(40, blow));
  story.Run();
  story.Judge();
}

}  // namespace
}  // namespace mesh::backend
