#include <thread>

#include "backend/model/outbox.h"
#include "backend/moves/writer_change.h"
#include "proto/record.pb.h"
#include "tests/unit/backend/moves/move_fixture.h"

namespace mesh::backend {
namespace {

// What happens after a snapshot is taken and before the one who takes it goes on.
class InterruptedStore final : public Store {
 public:
  std::unique_ptr<Reader> NewSnapshot() override {
    std::unique_ptr<Reader> taken = kept_.NewSnapshot();
    if (const auto act = std::exchange(meanwhile, nullptr)) act();
    return taken;
  }
  Status Commit(const Writes& writes, bool sync) override { return kept_.Commit(writes, sync); }

  std::function<void()> meanwhile;

 private:
  MemoryStore kept_;
};

class ExportImportTest : public MoveTest {
 protected:
  // A whole move; `meanwhile` runs when the copy is there, `frozen` after the freeze.
  Status Move(
      const std::function<void()>& meanwhile = [] {}, const std::function<void()>& frozen = [] {}) {
    const std::shared_ptr<MoveExport> given = BeginExport();
    MoveImport taken(RequestOf(alices_), alices_, target_.replica());
    MESH_RETURN_IF_ERROR(taken.Begin());
    return Carry(*given, taken, [&](const proto::ExportMessage& message) {
      if (message.has_copy_end()) {
        meanwhile();
        EXPECT_TRUE(given->Freeze().ok());
        frozen();
      }
      return false;
    });
  }

  // A message of Alice's that is due, to somebody elsewhere.
  Status PutIntoOutbox() {
    return RunOnWriter(source_.replica(), [this](WriteView& view) -> Status {
      const uint32_t slot = SlotOf(bench_.slot_key, kAlice);
      MESH_ASSIGN(Account account, Account::Load(view, slot, kAlice));
      proto::OutboxRecord record;
      record.set_sender(std::string(kAlice));
      record.set_recipient("carol@elsewhere.example");
      record.set_due(1);
      MESH_RETURN_IF_ERROR(AddToOutbox(record, proto::Envelope(), account, view));
      account.Save(view);
      return {};
    });
  }
  proto::PartitionRequest Lease() {
    proto::PartitionRequest request;
    *request.mutable_caller() = CallerOf(proto::Caller::FORWARDER, "");
    request.mutable_lease_outbox()->set_lease_ms(60'000);
    return request;
  }
};

TEST_F(ExportImportTest, WhatArrivesIsWhatWasThere) {
  const auto before = source_.Of(alices_);
  ASSERT_TRUE(Move().ok());
  ASSERT_TRUE(Activate("move-1", target_.replica()).ok());
  EXPECT_EQ(target_.Of(alices_), before);
  alice_.GoTo(target_);
  EXPECT_EQ(PayloadsOf(alice_.Get()).size(), 21u);  // And frame zero.
  EXPECT_EQ(alice_.Put("more", "after the move").mesh_status(), 201);
}

TEST_F(ExportImportTest, WhatIsWrittenMeanwhileArrivesToo) {
  const Status moved = Move([this] {
    for (int i = 0; i < 10; ++i) alice_.Put("late" + std::to_string(i), "late");
    bob_.Put("not moved", "x");
  });
  ASSERT_TRUE(moved.ok()) << moved.message();
  ASSERT_TRUE(Activate("move-1", target_.replica()).ok());
  EXPECT_EQ(target_.Of(alices_), source_.Of(alices_));
  EXPECT_TRUE(target_.Of(AccountRanges::OfAccount(bob_.keys().prefix())).empty());
}

TEST_F(ExportImportTest, AnAccountThatIsDeletedMeanwhileIsGoneAtBothEnds) {
  const Status moved = Move([this] { EXPECT_EQ(alice_.Remove().mesh_status(), 201); });
  ASSERT_TRUE(moved.ok()) << moved.message();
  EXPECT_EQ(target_.Of(alices_), source_.Of(alices_));
}

TEST_F(ExportImportTest, AFrozenAccountIsNeitherReadNorWritten) {
  proto::PartitionReply read, written, other;
  ASSERT_TRUE(Move([] {},
                   [&] {
                     read = alice_.Get();
                     written = alice_.Put("no", "no");
                     other = bob_.Put("yes", "yes");
                   })
                  .ok());
  EXPECT_TRUE(read.frozen());
  EXPECT_EQ(read.code(), static_cast<int>(Code::kAborted));
  EXPECT_TRUE(written.frozen());
  EXPECT_EQ(other.mesh_status(), 201);
}

TEST_F(ExportImportTest, WhatHasComeIsNotServedBeforeItIsActivated) {
  ASSERT_TRUE(Move().ok());
  alice_.GoTo(target_);
  EXPECT_TRUE(alice_.Get().frozen());
  target_.Restart();
  EXPECT_TRUE(alice_.Get().frozen());
  ASSERT_TRUE(Activate("move-1", target_.replica()).ok());
  EXPECT_EQ(alice_.Get().mesh_status(), 201);
}

TEST_F(ExportImportTest, AFreezeOutlivesARestart) {
  ASSERT_TRUE(BeginExport()->Freeze().ok());
  source_.Restart();
  EXPECT_TRUE(alice_.Put("no", "no").frozen());
  EXPECT_EQ(bob_.Put("yes", "yes").mesh_status(), 201);
  const auto outgoing = ReadOutgoing(source_.replica());
  ASSERT_EQ(outgoing->size(), 1u);
  EXPECT_EQ(outgoing->front().move, "move-1");
  EXPECT_EQ(outgoing->front().attempt, 1u);
}

TEST_F(ExportImportTest, ThawedAccountsAreServedAgain) {
  ASSERT_TRUE(BeginExport()->Freeze().ok());
  ASSERT_TRUE(Thaw("move-1", 1, source_.replica()).ok());
  EXPECT_EQ(alice_.Put("yes", "yes").mesh_status(), 201);
  EXPECT_TRUE(ReadOutgoing(source_.replica())->empty());
}

TEST_F(ExportImportTest, AThawOfAnEarlierAttemptChangesNothing) {
  ASSERT_TRUE(BeginExport(2)->Freeze().ok());
  ASSERT_TRUE(Thaw("move-1", 1, source_.replica()).ok());
  EXPECT_TRUE(alice_.Get().frozen());
}

TEST_F(ExportImportTest, ANewAttemptThawsTheLastOne) {
  ASSERT_TRUE(BeginExport(1)->Freeze().ok());
  const auto again = BeginExport(2);
  EXPECT_EQ(alice_.Put("yes", "yes").mesh_status(), 201);
}

TEST_F(ExportImportTest, AFrozenMoveIsNotCopiedByItsOwnAttempt) {
  ASSERT_TRUE(BeginExport(2)->Freeze().ok());
  const auto again = MoveExport::Begin(RequestOf(alices_, 2), source_.replica(),
                                       source_.environment(), MoveLimits());
  EXPECT_EQ(again.status().code(), Code::kFailedPrecondition);
}

TEST_F(ExportImportTest, ACopyThatWasGivenUpFreezesNothing) {
  const std::shared_ptr<MoveExport> given = BeginExport();
  given->Cancel(Status(Code::kAborted, "another attempt began"));
  EXPECT_EQ(given->Freeze().code(), Code::kFailedPrecondition);
  EXPECT_EQ(alice_.Put("yes", "yes").mesh_status(), 201);
}

// One that asks within the commit that puts the message in force is not given it: the next one is.
TEST_F(ExportImportTest, AMessageThatHasComeIsLeasedAlsoByWhoAskedAMomentTooSoon) {
  ASSERT_TRUE(PutIntoOutbox().ok());
  ASSERT_TRUE(Move().ok());
  PartitionWriter& writer = target_.replica().writer();
  std::promise<void> begun, end;
  const auto occupied = std::async(std::launch::async, [&] {
    return writer.Run(
        [&](WriteView&) { return begun.set_value(), end.get_future().wait(), false; });
  });
  begun.get_future().wait();
  auto active =
      std::async(std::launch::async, [&] { return Activate("move-1", target_.replica()); });
  while (writer.waiting() < 1) std::this_thread::yield();
  auto leased = std::async(std::launch::async, [&] { return target_.Run(Lease()); });
  while (writer.waiting() < 2) std::this_thread::yield();
  end.set_value();
  ASSERT_TRUE(active.get().ok());
  EXPECT_EQ(leased.get().lease_outbox().entries_size(), 0);
  EXPECT_EQ(target_.Run(Lease()).lease_outbox().entries_size(), 1);
}

TEST_F(ExportImportTest, AReadWhoseSnapshotIsOfATimeBeforeTheAccountCameIsAskedAgain) {
  auto made = std::make_unique<InterruptedStore>();
  InterruptedStore& store = *made;
  target_.RunOn(std::move(made));
  alice_.GoTo(target_);
  store.meanwhile = [this] {
    EXPECT_TRUE(Move().ok());
    EXPECT_TRUE(Activate("move-1", target_.replica()).ok());
  };
  EXPECT_TRUE(alice_.Get().frozen());
  EXPECT_EQ(PayloadsOf(alice_.Get()).size(), 21u);
}

TEST_F(ExportImportTest, TheSourceForgetsWhatHasMoved) {
  ASSERT_TRUE(Move().ok());
  const auto bobs = AccountRanges::OfAccount(bob_.keys().prefix());
  const auto before = source_.Of(bobs);
  source_.environment().owns = [](PartitionId, std::string_view address) {
    return address != kAlice;
  };
  const auto outgoing = ReadOutgoing(source_.replica());
  ASSERT_TRUE(ForgetMoved(outgoing->front(), source_.replica()).ok());
  EXPECT_TRUE(alice_.Get().frozen());
  ASSERT_TRUE(EndOutgoing("move-1", source_.replica()).ok());
  EXPECT_TRUE(source_.Of(alices_).empty());
  EXPECT_EQ(source_.Of(bobs), before);
  // A request that passed the door before is told so, and not that there is no such account.
  const proto::PartitionReply late = alice_.Get();
  EXPECT_EQ(late.code(), static_cast<int>(Code::kAborted));
  EXPECT_FALSE(late.frozen());
}

TEST_F(ExportImportTest, WhatIsDiscardedLeavesNoTrace) {
  const Writes before = target_.Everything();
  MoveImport taken(RequestOf(alices_), alices_, target_.replica());
  ASSERT_TRUE(taken.Begin().ok());
  const std::shared_ptr<MoveExport> given = BeginExport();
  ASSERT_TRUE(Carry(*given, taken, IsCopyEnd).ok());
  target_.Restart();
  ASSERT_EQ(ReadIncoming(target_.replica())->size(), 1u);
  ASSERT_TRUE(Discard("move-1", target_.replica()).ok());
  EXPECT_TRUE(target_.Of(alices_).empty());
  EXPECT_TRUE(ReadIncoming(target_.replica())->empty());
}

TEST_F(ExportImportTest, WhatIsActivatedCannotBeDiscarded) {
  ASSERT_TRUE(Move().ok());
  ASSERT_TRUE(Activate("move-1", target_.replica()).ok());
  ASSERT_TRUE(Discard("move-1", target_.replica()).ok());
  alice_.GoTo(target_);
  EXPECT_EQ(alice_.Get().mesh_status(), 201);
}

TEST_F(ExportImportTest, AForeignKeyIsRefused) {
  MoveImport taken(RequestOf(alices_), alices_, target_.replica());
  ASSERT_TRUE(taken.Begin().ok());
  proto::ExportMessage message;
  message.add_writes()->set_key(alice_.keys().Account());
  message.add_writes()->set_key(bob_.keys().Account());
  EXPECT_EQ(taken.Apply(message).code(), Code::kDataLoss);
  EXPECT_TRUE(target_.Of(alices_).empty());
}

TEST_F(ExportImportTest, ALostChunkIsNoticed) {
  const std::shared_ptr<MoveExport> given = BeginExport();
  MoveImport taken(RequestOf(alices_), alices_, target_.replica());
  ASSERT_TRUE(taken.Begin().ok());
  Status checked;
  (void)given->Stream([&](const proto::ExportMessage& message) {
    if (message.has_copy_end()) checked = taken.CheckCopy(message.copy_end());
    return !message.has_copy_end();
  });
  EXPECT_EQ(checked.code(), Code::kDataLoss);
}

TEST_F(ExportImportTest, ALostWriteOfTheTailIsNoticed) {
  const std::shared_ptr<MoveExport> given = BeginExport();
  MoveImport taken(RequestOf(alices_), alices_, target_.replica());
  ASSERT_TRUE(taken.Begin().ok());
  bool tail = false;
  bool taken_all = true;
  Status compared;
  (void)given->Stream([&](const proto::ExportMessage& message) {
    if (!tail) taken_all = taken_all && taken.Apply(message).ok();
    if (message.has_copy_end()) {
      EXPECT_TRUE(taken.CheckCopy(message.copy_end()).ok());
      tail = true;
      alice_.Put("late", "late");
      EXPECT_TRUE(given->Freeze().ok());
    }
    if (message.has_frozen()) compared = taken.CheckHeads(message.frozen());
    return true;
  });
  EXPECT_TRUE(taken_all);
  EXPECT_EQ(compared.code(), Code::kDataLoss);
}

TEST_F(ExportImportTest, ATailThatOverflowsEndsTheCopy) {
  MoveLimits limits;
  limits.tail_bytes = 2000;
  const std::shared_ptr<MoveExport> given = BeginExport(1, limits);
  for (int i = 0; i < 20; ++i) alice_.Put("late" + std::to_string(i), "late");
  const Status sent = given->Stream([](const proto::ExportMessage&) { return true; });
  EXPECT_EQ(sent.code(), Code::kAborted);
}

TEST_F(ExportImportTest, AProbeFollowsWhatWasWritten) {
  const std::shared_ptr<MoveExport> given = BeginExport();
  size_t tail_writes = 0;
  bool copied = false;
  (void)given->Stream([&](const proto::ExportMessage& message) {
    if (copied) tail_writes += static_cast<size_t>(message.writes_size());
    if (message.has_copy_end()) {
      copied = true;
      alice_.Put("late", "late");
      given->Probe(7);
    }
    return message.probe() != 7;
  });
  EXPECT_GT(tail_writes, 0u);
}

}  // namespace
}  // namespace mesh::backend
