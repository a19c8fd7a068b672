#include "backend/partition/partition_set.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/unit/backend/partition/partition_fixture.h"

namespace mesh::backend {
namespace {

std::shared_ptr<const PartitionMap> Map(int epoch, const std::string& home) {
  const auto map = PartitionMap::Parse(R"({"epoch": )" + std::to_string(epoch) +
                                       R"(, "slotKey": "000102030405060708090a0b0c0d0e0f",
          "backEnds": [{"name": "b1", "address": "127.0.0.1:1"},
                       {"name": "b2", "address": "127.0.0.1:2"}],
          "partitions": [{"id": 1, "backEnd": ")" +
                                       home + R"(", "slots": [[0, 16383]]}]})");
  MESH_CHECK(map.ok());
  return std::make_shared<const PartitionMap>(*map);
}

// Partition 2 has been added to b1, and Bob is pinned to it.
std::shared_ptr<const PartitionMap> MapWithTwo(int epoch) {
  const auto map = PartitionMap::Parse(R"({"epoch": )" + std::to_string(epoch) +
                                       R"(, "slotKey": "000102030405060708090a0b0c0d0e0f",
          "backEnds": [{"name": "b1", "address": "127.0.0.1:1"}],
          "partitions": [{"id": 1, "backEnd": "b1", "slots": [[0, 16383]]},
                         {"id": 2, "backEnd": "b1", "slots": []}],
          "pins": [{"account": "bob@example.com", "partition": 2}]})");
  MESH_CHECK(map.ok());
  return std::make_shared<const PartitionMap>(*map);
}

class PartitionSetTest : public PartitionFixture {
 protected:
  ~PartitionSetTest() override {
    gate_.Open();
    set_.reset();
  }

  Status Open(size_t read_threads = 1, const std::string& name = "b1") {
    PartitionSetOptions options;
    options.name = name;
    options.reader.threads = read_threads;
    options.writer.queue_requests = 2;
    options.behind = [this](uint64_t epoch) { asked_for_ = epoch; };
    options.opened = [this](Replica& replica) { opened_ = replica.id(); };
    options.opener = {std::chrono::milliseconds(1), std::chrono::milliseconds(2)};
    options.opener_metrics = opens_later_ ? &opener_metrics_ : nullptr;
    auto opened = PartitionSet::Open(options, Map(5, "b1"), environment_,
                                     [this](PartitionId id) { return OpenStore(id); });
    if (!opened.ok()) return opened.status();
    set_ = *std::move(opened);
    return {};
  }

  // Partition 2 waits at the gate, and cannot be opened `failures_` times.
  Result<std::unique_ptr<Store>> OpenStore(PartitionId id) {
    if (id == 2) gate_.Pass();
    if (id == 2) ++stores_of_two_;
    if (id == 2 && failures_-- > 0) return Status(Code::kUnavailable, "no room on the disk");
    auto store = std::make_unique<MemoryStore>();
    if (id == 1) store_ = store.get();
    return std::unique_ptr<Store>(std::move(store));
  }

  proto::PartitionReply CallBob() {
    auto request = Request("bob@example.com");
    request->set_partition(2);
    return Call(std::move(request));
  }

  static void Await(const std::function<bool()>& condition) {
    while (!condition()) std::this_thread::yield();
  }

  proto::PartitionReply Call(std::unique_ptr<proto::PartitionRequest> request) {
    const std::string name = "call " + std::to_string(++calls_);
    set_->Call(std::move(request), clock_.In(std::chrono::seconds(5)), replies_.Expect(name));
    return replies_.Await(name);
  }

  OpenerMetrics opener_metrics_{registry_};
  bool opens_later_ = true;
  std::atomic<int> failures_{0};
  std::atomic<int> stores_of_two_{0};  // Attempts to open it.
  std::atomic<PartitionId> opened_{0};
  MemoryStore* store_ = nullptr;  // Of partition 1.
  std::unique_ptr<PartitionSet> set_;
  int calls_ = 0;
  uint64_t asked_for_ = 0;  // The epoch that the set has heard of and not seen.
};

TEST_F(PartitionSetTest, AWriteIsSeenByTheNextRead) {
  for (const size_t threads : {0, 2}) {
    ASSERT_TRUE(Open(threads).ok());
    const auto written = Call(Request("alice"));
    EXPECT_EQ(written.code(), 0);
    EXPECT_EQ(written.map_epoch(), 5u);
    auto read = Request("alice");
    read->mutable_status();
    EXPECT_EQ(Call(std::move(read)).message(), "there");
  }
}

TEST_F(PartitionSetTest, RefusesWhatItDoesNotOwn) {
  ASSERT_TRUE(Open().ok());
  auto elsewhere = Request("alice");
  elsewhere->set_partition(2);
  const auto reply = Call(std::move(elsewhere));
  EXPECT_EQ(static_cast<Code>(reply.code()), Code::kAborted);
  EXPECT_EQ(reply.map_epoch(), 5u);

  set_->UpdateMap(Map(6, "b2"));
  const auto moved = Call(Request("alice"));
  EXPECT_EQ(static_cast<Code>(moved.code()), Code::kAborted);
  EXPECT_EQ(moved.map_epoch(), 6u);
  EXPECT_EQ(Stored(*store_, "alice"), std::nullopt);
}

TEST_F(PartitionSetTest, WhatIsAskedOfAPartitionNamesNoAccount) {
  ASSERT_TRUE(Open().ok());
  const auto lease = [&](PartitionId partition) {
    auto request = Request("");
    request->set_partition(partition);
    request->mutable_lease_outbox();
    return static_cast<Code>(Call(std::move(request)).code());
  };
  EXPECT_EQ(lease(1), Code::kOk);
  EXPECT_EQ(lease(2), Code::kAborted);
  set_->UpdateMap(Map(6, "b2"));
  EXPECT_EQ(lease(1), Code::kAborted);
}

TEST_F(PartitionSetTest, TransactionsLearnWhichAddressesAreOfTheirPartition) {
  ASSERT_TRUE(Open().ok());
  EXPECT_TRUE(environment_.owns(1, "alice@example.com"));
  EXPECT_FALSE(environment_.owns(2, "alice@example.com"));
}

TEST_F(PartitionSetTest, RefusesASenderWhoKnowsMoreThanIt) {
  ASSERT_TRUE(Open().ok());
  auto newer = Request("alice");
  newer->set_map_epoch(6);
  EXPECT_EQ(static_cast<Code>(Call(std::move(newer)).code()), Code::kAborted);
  EXPECT_EQ(asked_for_, 6u);
  asked_for_ = 0;
  auto older = Request("alice");
  older->set_map_epoch(4);
  EXPECT_EQ(Call(std::move(older)).code(), 0);
  EXPECT_EQ(asked_for_, 0u);
}

TEST_F(PartitionSetTest, RefusesARequestWithoutATransaction) {
  ASSERT_TRUE(Open().ok());
  auto empty = Request("alice");
  empty->clear_transaction();
  EXPECT_EQ(static_cast<Code>(Call(std::move(empty)).code()), Code::kUnimplemented);
}

TEST_F(PartitionSetTest, RefusesAtOnceWhenTheQueueIsFull) {
  ASSERT_TRUE(Open().ok());
  const Deadline deadline = clock_.In(std::chrono::seconds(5));
  set_->Call(Request("gate"), deadline, replies_.Expect("gate"));
  gate_.AwaitWaiting();
  set_->Call(Request("a"), deadline, replies_.Expect("a"));
  set_->Call(Request("b"), deadline, replies_.Expect("b"));
  set_->Call(Request("c"), deadline, replies_.Expect("c"));
  EXPECT_EQ(replies_.CodeOf("c"), Code::kResourceExhausted);
  gate_.Open();
  EXPECT_EQ(replies_.CodeOf("b"), Code::kOk);
}

TEST_F(PartitionSetTest, APartitionThatTheMapAddsIsOpenedAndServed) {
  ASSERT_TRUE(Open().ok());
  set_->UpdateMap(MapWithTwo(6));
  EXPECT_EQ(opener_metrics_.waiting.Value(), 1);
  gate_.Open();
  Await([this] { return opener_metrics_.opened.Value() == 1; });
  EXPECT_EQ(CallBob().code(), 0);
  EXPECT_EQ(opened_, 2u);
  EXPECT_EQ(set_->replicas().size(), 2u);
  Await([this] { return opener_metrics_.waiting.Value() == 0; });
}

TEST_F(PartitionSetTest, RequestsForAPartitionThatIsBeingOpenedMayBeSentAgain) {
  ASSERT_TRUE(Open().ok());
  set_->UpdateMap(MapWithTwo(6));
  gate_.AwaitWaiting();
  const auto early = CallBob();
  EXPECT_EQ(static_cast<Code>(early.code()), Code::kAborted);
  EXPECT_TRUE(early.frozen());
  EXPECT_EQ(early.obstacle(), proto::OBSTACLE_OPENING);
  EXPECT_EQ(Call(Request("alice")).code(), 0);  // The others notice nothing.
}

TEST_F(PartitionSetTest, AnOpeningThatFailsIsTriedAgain) {
  ASSERT_TRUE(Open().ok());
  gate_.Open();
  failures_ = 3;
  set_->UpdateMap(MapWithTwo(6));
  Await([this] { return opener_metrics_.opened.Value() == 1; });
  EXPECT_EQ(opener_metrics_.failures.Value(), 3u);
  EXPECT_EQ(CallBob().code(), 0);
}

TEST_F(PartitionSetTest, MapsThatComeWhileAPartitionIsOpenedDoNotOpenItAgain) {
  ASSERT_TRUE(Open().ok());
  gate_.Open();
  uint64_t epoch = 5;
  while (set_->replicas().size() < 2) set_->UpdateMap(MapWithTwo(++epoch));
  for (int i = 0; i < 100; ++i) set_->UpdateMap(MapWithTwo(++epoch));
  Await([this] { return opener_metrics_.opened.Value() > 0; });
  Await([this] { return opener_metrics_.waiting.Value() == 0; });
  EXPECT_EQ(opener_metrics_.opened.Value(), 1u);
  EXPECT_EQ(opener_metrics_.failures.Value(), 0u);
  EXPECT_EQ(stores_of_two_, 1);
}

TEST_F(PartitionSetTest, WhatTheMapTakesAwayAgainIsNotOpened) {
  ASSERT_TRUE(Open().ok());
  gate_.Open();
  failures_ = 1'000'000;
  set_->UpdateMap(MapWithTwo(6));
  Await([this] { return opener_metrics_.failures.Value() > 0; });
  set_->UpdateMap(Map(7, "b1"));
  EXPECT_EQ(opener_metrics_.waiting.Value(), 0);
  const auto late = CallBob();
  EXPECT_EQ(static_cast<Code>(late.code()), Code::kAborted);
  EXPECT_FALSE(late.frozen());
}

TEST_F(PartitionSetTest, WithoutAnOpenerWhatTheMapAddsIsRefused) {
  opens_later_ = false;
  ASSERT_TRUE(Open().ok());
  set_->UpdateMap(MapWithTwo(6));
  EXPECT_FALSE(CallBob().frozen());
}

TEST_F(PartitionSetTest, DoesNotStartWithoutAPartition) {
  const Status refused = Open(1, "b2");
  EXPECT_EQ(refused.code(), Code::kFailedPrecondition);
  EXPECT_NE(refused.message().find("\"b2\""), std::string::npos);
}

TEST_F(PartitionSetTest, CountsByTransactionAndAnswer) {
  ASSERT_TRUE(Open().ok());
  Call(Request("alice"));
  const std::string text = registry_.Text();
  EXPECT_NE(text.find(R"(mesh_backend_requests_total{transaction="upload",code="201"} 1)"),
            std::string::npos);
  EXPECT_NE(text.find("mesh_backend_requests_in_flight 0"), std::string::npos);
}

TEST_F(PartitionSetTest, KnowsForWhomItWorks) {
  for (const size_t threads : {0, 2}) {
    ASSERT_TRUE(Open(threads).ok());
    for (int i = 0; i < 3; ++i) Call(Request("alice"));
    auto read = Request("alice");
    read->mutable_status();
    Call(std::move(read));
    Call(Request("bob"));
    auto lease = Request("");  // Asked of the partition, not of an account.
    lease->mutable_lease_outbox();
    Call(std::move(lease));
    clock_.Advance(std::chrono::seconds(1));
    const std::vector<PartitionLoad> loads = set_->Loads();
    ASSERT_EQ(loads.size(), 1u);
    EXPECT_NEAR(loads[0].requests, 5, 0.01);
    EXPECT_GT(loads[0].bytes, 0);
    ASSERT_EQ(loads[0].accounts.size(), 2u);
    EXPECT_EQ(loads[0].accounts[0].account, "alice");
    EXPECT_NEAR(loads[0].accounts[0].requests, 4, 0.01);
    EXPECT_EQ(loads[0].slots.size(), 2u);
  }
}

TEST_F(PartitionSetTest, WhatItRefusesIsNoLoadOfIts) {
  ASSERT_TRUE(Open().ok());
  auto newer = Request("alice");
  newer->set_map_epoch(6);
  Call(std::move(newer));
  EXPECT_EQ(set_->Loads()[0].requests, 0);
  Call(Request("alice"));
  set_->UpdateMap(Map(6, "b2"));
  EXPECT_TRUE(set_->Loads().empty());
}

}  // namespace
}  // namespace mesh::backend
