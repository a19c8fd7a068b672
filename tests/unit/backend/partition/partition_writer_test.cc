#include "backend/partition/partition_writer.h"

#include <gtest/gtest.h>

#include "backend/storage/format.h"
#include "tests/unit/backend/partition/partition_fixture.h"

namespace mesh::backend {
namespace {

class PartitionWriterTest : public PartitionFixture {
 protected:
  PartitionWriterTest() { EXPECT_TRUE(PrepareStore(store_, 1).ok()); }
  ~PartitionWriterTest() override { gate_.Open(); }

  void Start(const WriterLimits& limits = {}) {
    auto started = PartitionWriter::Start(store_, environment_, limits, guard_);
    ASSERT_TRUE(started.ok());
    writer_ = *std::move(started);
  }

  bool Push(const std::string& name, Duration time = std::chrono::seconds(5)) {
    Job job(Request(name), clock_.In(time), replies_.Expect(name));
    job.queued = clock_.Now();
    return writer_->Push(job);
  }

  // Holds the writer in a batch of its own, so that what is pushed next is one batch.
  void HoldWriter() {
    ASSERT_TRUE(Push("gate"));
    gate_.AwaitWaiting();
  }

  // What is tallied of a caller whom the owner refuses.
  std::vector<Incident> TalliedOf(proto::Caller::Mode mode) {
    environment_.execute = [](const auto&, auto&, proto::PartitionReply* reply) {
      reply->set_refusal(proto::REFUSAL_MODE);
      return Outcome::kDrop;
    };
    Start();
    auto request = Request("alice");
    request->mutable_caller()->set_mode(mode);
    Job job(std::move(request), clock_.In(std::chrono::seconds(5)), replies_.Expect("alice"));
    EXPECT_TRUE(writer_->Push(job));
    replies_.Await("alice");
    return environment_.incidents.Take(1);
  }

  MemoryStore store_;
  MoveGuard guard_;
  std::unique_ptr<PartitionWriter> writer_;
};

TEST_F(PartitionWriterTest, AnswersAfterItsCommit) {
  Start();
  Push("alice");
  const proto::PartitionReply reply = replies_.Await("alice");
  EXPECT_EQ(reply.code(), 0);
  EXPECT_EQ(reply.mesh_status(), 201);
  EXPECT_EQ(reply.call_id(), 5u);
  EXPECT_EQ(Stored(store_, "alice"), "there");
}

TEST_F(PartitionWriterTest, WhatWasTalliedIsRecordedBeforeItEnds) {
  environment_.sweep_incidents = [](TransactionContext& context) {
    context.view->Put(ColumnFamily::kIndex, "name:tallied", "there");
    return Status();
  };
  Start();
  Push("alice");
  replies_.Await("alice");
  EXPECT_EQ(Stored(store_, "tallied"), std::nullopt);
  writer_.reset();
  EXPECT_EQ(Stored(store_, "tallied"), "there");
}

TEST_F(PartitionWriterTest, WhenNothingWasTalliedItEndsWithoutACommit) {
  Start();
  Push("alice");
  replies_.Await("alice");
  const size_t before = store_.commits();
  writer_.reset();
  EXPECT_EQ(store_.commits(), before);
}

TEST_F(PartitionWriterTest, WhomItRefusesIsAnIncident) {
  const std::vector<Incident> tallied = TalliedOf(proto::Caller::SERVICE);
  ASSERT_EQ(tallied.size(), 1u);
  EXPECT_EQ(tallied[0].reason, "mode");
  EXPECT_EQ(tallied[0].account, "alice");
}

TEST_F(PartitionWriterTest, WhatAnOperatorAsksIsNone) {
  EXPECT_TRUE(TalliedOf(proto::Caller::OPERATOR).empty());
}

TEST_F(PartitionWriterTest, WhatWaitsIsOneCommit) {
  Start();
  HoldWriter();
  for (const char* name : {"a", "b", "c", "d"}) Push(name);
  const size_t before = store_.commits();
  gate_.Open();
  for (const char* name : {"a", "b", "c", "d"}) EXPECT_EQ(replies_.CodeOf(name), Code::kOk);
  EXPECT_EQ(store_.commits(), before + 2);  // The gate's, and that of the four.
}

TEST_F(PartitionWriterTest, TheLaterOneSeesTheEarlierOneOfItsBatch) {
  Start();
  HoldWriter();
  Push("twin");
  Job second(Request("twin"), clock_.In(std::chrono::seconds(5)), replies_.Expect("second"));
  ASSERT_TRUE(writer_->Push(second));
  gate_.Open();
  EXPECT_EQ(replies_.Await("twin").message(), "none");
  EXPECT_EQ(replies_.Await("second").message(), "there");
}

TEST_F(PartitionWriterTest, AFailedTransactionLeavesNoTrace) {
  Start();
  HoldWriter();
  for (const char* name : {"before", "fail", "after"}) Push(name);
  gate_.Open();
  EXPECT_EQ(replies_.CodeOf("after"), Code::kOk);
  EXPECT_EQ(Stored(store_, "before"), "there");
  EXPECT_EQ(Stored(store_, "fail"), std::nullopt);
  EXPECT_EQ(Stored(store_, "after"), "there");
}

TEST_F(PartitionWriterTest, ADeletedRangeEndsItsBatch) {
  Start();
  HoldWriter();
  for (const char* name : {"before", "erase", "after"}) Push(name);
  const size_t commits = store_.commits();
  gate_.Open();
  EXPECT_EQ(replies_.CodeOf("after"), Code::kOk);
  EXPECT_EQ(store_.commits(), commits + 3);
  EXPECT_EQ(Stored(store_, "before"), std::nullopt);
  EXPECT_EQ(Stored(store_, "after"), "there");
}

TEST_F(PartitionWriterTest, WhatIsLateIsNotRun) {
  Start();
  HoldWriter();
  Push("late", Duration(0));
  Push("in time");
  gate_.Open();
  EXPECT_EQ(replies_.CodeOf("late"), Code::kDeadlineExceeded);
  EXPECT_EQ(replies_.CodeOf("in time"), Code::kOk);
  EXPECT_EQ(Stored(store_, "late"), std::nullopt);
}

TEST_F(PartitionWriterTest, AFullQueueLeavesTheJobWithItsCaller) {
  WriterLimits limits;
  limits.queue_requests = 2;
  Start(limits);
  HoldWriter();
  EXPECT_TRUE(Push("a"));
  EXPECT_TRUE(Push("b"));
  EXPECT_FALSE(Push("c"));
  gate_.Open();
  EXPECT_EQ(replies_.CodeOf("b"), Code::kOk);
  EXPECT_EQ(Stored(store_, "c"), std::nullopt);
}

TEST_F(PartitionWriterTest, AQueueFullOfOctetsTakesNoMore) {
  WriterLimits limits;
  limits.queue_bytes = 2000;
  Start(limits);
  HoldWriter();
  EXPECT_TRUE(Push(std::string(1500, 'a')));
  EXPECT_FALSE(Push(std::string(1500, 'b')));
  EXPECT_TRUE(Push("small"));
}

TEST_F(PartitionWriterTest, AFailedSyncAcknowledgesNothingAndBreaksTheWriter) {
  Start();
  HoldWriter();
  for (const char* name : {"a", "fail", "b"}) Push(name);
  store_.FailNextCommit(Status(Code::kUnavailable, "sync failed"));
  gate_.Open();
  for (const char* name : {"gate", "a", "fail", "b"}) {
    EXPECT_EQ(replies_.CodeOf(name), Code::kUnavailable);
    EXPECT_EQ(replies_.Await(name).mesh_status(), 0);
  }
  Push("later");
  EXPECT_EQ(replies_.CodeOf("later"), Code::kUnavailable);
  writer_.reset();
  ASSERT_EQ(broken_.size(), 1u);
  EXPECT_EQ(broken_[0].message(), "sync failed");
  EXPECT_EQ(Stored(store_, "a"), std::nullopt);
}

TEST_F(PartitionWriterTest, AFullDiskRefusesAndHeals) {
  Start();
  store_.FailNextCommit(Status(Code::kResourceExhausted, "disk nearly full"));
  Push("refused");
  EXPECT_EQ(replies_.CodeOf("refused"), Code::kResourceExhausted);
  Push("taken");
  EXPECT_EQ(replies_.CodeOf("taken"), Code::kOk);
  EXPECT_TRUE(broken_.empty());
}

TEST_F(PartitionWriterTest, EveryCommitHasTheNextLogIndex) {
  Start();
  Push("a");
  replies_.Await("a");
  Push("b");
  replies_.Await("b");
  EXPECT_EQ(writer_->log_index(), 2u);
  EXPECT_EQ(*ReadLogIndex(*store_.NewSnapshot()), 2u);
  writer_.reset();
  Start();
  Push("c");
  replies_.Await("c");
  EXPECT_EQ(*ReadLogIndex(*store_.NewSnapshot()), 3u);
}

TEST_F(PartitionWriterTest, ARefusalNeedsNoCommit) {
  Start();
  const size_t before = store_.commits();
  Push("fail");
  replies_.Await("fail");
  EXPECT_EQ(store_.commits(), before);
}

TEST_F(PartitionWriterTest, SweepsInABatch) {
  Start();
  writer_->Sweep();
  Push("after");
  replies_.Await("after");
  EXPECT_EQ(Stored(store_, "swept"), "there");
  EXPECT_EQ(metrics_.expired_uploads.Value(), 1u);
}

TEST_F(PartitionWriterTest, AnswersWhatWaitsBeforeItEnds) {
  Start();
  HoldWriter();
  for (const char* name : {"a", "b", "c"}) Push(name);
  gate_.Open();
  writer_.reset();
  EXPECT_EQ(replies_.count(), 4u);
}

}  // namespace
}  // namespace mesh::backend
