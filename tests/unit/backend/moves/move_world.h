// A cluster of two back ends in one process, for stories about whole moves: real partitions
// over MemoryStores, the fake store of the cluster, and a link on which a test decides what
// arrives.

#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "backend/moves/move_source.h"
#include "backend/moves/move_target.h"
#include "backend/storage/memory_store.h"
#include "backend/storage/move_keys.h"
#include "common/cluster/records.h"
#include "proto/move.pb.h"
#include "tests/support/fake_cluster_store.h"
#include "tests/unit/backend/transactions/bench.h"

namespace mesh::backend {

// A store that outlives the partition that opened it, as a disk does.
class KeptStore final : public Store {
 public:
  explicit KeptStore(std::shared_ptr<MemoryStore> kept) : kept_(std::move(kept)) {}
  std::unique_ptr<Reader> NewSnapshot() override { return kept_->NewSnapshot(); }
  Status Commit(const Writes& writes, bool sync) override { return kept_->Commit(writes, sync); }

 private:
  const std::shared_ptr<MemoryStore> kept_;
};

// One back end. Kill and Start as of a process.
class Node {
 public:
  Node(std::string name, MoveLedger& ledger, SourceLink& link, const MoveLimits& limits)
      : name_(std::move(name)), ledger_(ledger), link_(link), limits_(limits) {}

  void Start(std::shared_ptr<const PartitionMap> map) {
    environment_.reset(new Environment{clock_, map->slot_key(), policy_, crypto::SystemRandom(),
                                       metrics_, [](const Status&) {}});
    PartitionSetOptions options;
    options.name = name_;
    options.reader.threads = 0;
    const auto open = [this](PartitionId id) -> Result<std::unique_ptr<Store>> {
      auto& kept = disks_[id];
      if (kept == nullptr) kept = std::make_shared<MemoryStore>();
      return std::unique_ptr<Store>(std::make_unique<KeptStore>(kept));
    };
    set_ = *PartitionSet::Open(options, std::move(map), *environment_, open);
    source_ = std::make_unique<MoveSource>(*set_, *environment_, limits_, move_metrics_);
    target_ =
        std::make_unique<MoveTarget>(*set_, *environment_, ledger_, link_, limits_, move_metrics_);
  }
  // Nothing of it may run but copies that the link has taken.
  void Kill() {
    source_->Stop();
    (void)link_.Command("", {});  // Lets a test's link wait for its threads.
    target_.reset();
    source_.reset();
    set_.reset();
  }

  PartitionSet& set() { return *set_; }
  MoveSource& source() { return *source_; }
  MoveTarget& target() { return *target_; }
  MoveMetrics& metrics() { return move_metrics_; }

  proto::PartitionReply Call(proto::PartitionRequest request) {
    const auto reply = std::make_shared<std::promise<proto::PartitionReply>>();
    auto made = reply->get_future();
    set_->Call(std::make_unique<proto::PartitionRequest>(std::move(request)),
               clock_.In(std::chrono::minutes(1)),
               [reply](std::unique_ptr<proto::PartitionReply> one) { reply->set_value(*one); });
    return made.get();
  }

 private:
  const std::string name_;
  MoveLedger& ledger_;
  SourceLink& link_;
  const MoveLimits limits_;
  SystemClock clock_;
  Registry registry_;
  PartitionMetrics metrics_{registry_};
  MoveMetrics move_metrics_{registry_};
  AccountPolicy policy_;
  std::map<PartitionId, std::shared_ptr<MemoryStore>> disks_;
  std::unique_ptr<Environment> environment_;
  std::unique_ptr<PartitionSet> set_;
  std::unique_ptr<MoveSource> source_;
  std::unique_ptr<MoveTarget> target_;
};

// Messages on their way from a copy that runs on a thread of its own.
class LinkedStream final : public CopyStream {
 public:
  LinkedStream(MoveSource& source, const proto::ExportRequest& request,
               std::function<bool()> arrives)
      : arrives_(std::move(arrives)), thread_([this, &source, request] {
          const Status end = source.Export(
              request, [this](const proto::ExportMessage& message) { return Push(message); });
          const std::lock_guard lock(mutex_);
          end_ = end.ok() ? Status(Code::kUnavailable, "the copy has ended") : end;
          changed_.notify_all();
        }) {}
  ~LinkedStream() override { Join(); }

  Status Next(proto::ExportMessage* message) override {
    if (!arrives_()) Cancel();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return cancelled_ || !messages_.empty() || !end_.ok(); });
    if (cancelled_) return Status(Code::kUnavailable, "the link is cut");
    if (messages_.empty()) return end_;
    *message = std::move(messages_.front());
    messages_.pop_front();
    changed_.notify_all();
    return {};
  }
  void Cancel() override {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    changed_.notify_all();
  }
  void Join() {
    Cancel();
    if (thread_.joinable()) thread_.join();
  }

 private:
  bool Push(const proto::ExportMessage& message) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return cancelled_ || messages_.size() < 4; });
    if (!cancelled_) messages_.push_back(message);
    changed_.notify_all();
    return !cancelled_;
  }

  const std::function<bool()> arrives_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<proto::ExportMessage> messages_;
  Status end_;
  bool cancelled_ = false;
  std::thread thread_;
};

// Each thing that goes over the link is an event, of which the test may make something.
class TestLink final : public SourceLink {
 public:
  enum class Fate { kArrives, kLost, kReplyLost };

  std::function<Node*(const std::string& address)> find;
  std::function<Fate()> event = [] { return Fate::kArrives; };

  Result<std::shared_ptr<CopyStream>> Export(const std::string& address,
                                             const proto::ExportRequest& request) override {
    Node* const node = find(address);
    if (node == nullptr || event() != Fate::kArrives) return Cut();
    stream_ = std::make_shared<LinkedStream>(node->source(), request,
                                             [this] { return event() == Fate::kArrives; });
    return std::shared_ptr<CopyStream>(stream_);
  }
  Status Command(const std::string& address, const proto::MoveCommand& command) override {
    if (address.empty()) {  // A node is killed: its copies have ended when this returns.
      if (stream_ != nullptr) stream_->Join();
      return {};
    }
    const Fate fate = event();
    Node* const node = find(address);
    if (node == nullptr || fate == Fate::kLost) return Cut();
    const Status done = node->source().Command(command);
    return fate == Fate::kArrives ? done : Cut();
  }

 private:
  static Status Cut() { return Status(Code::kUnavailable, "the link is cut"); }

  std::shared_ptr<LinkedStream> stream_;
};

class MoveWorld {
 public:
  explicit MoveWorld(const MoveLimits& limits = {})
      : b1("b1", ledger, link, limits), b2("b2", ledger, link, limits) {
    cluster.Put("/mesh/test/epoch", "1");
    for (const char* const name : {"b1", "b2"}) {
      mesh::cluster::NodeRecord node;
      node.address = std::string(name) + ":1";
      cluster.Put("/mesh/test/nodes/" + std::string(name), node.Text());
    }
    cluster.Put("/mesh/test/map",
                R"({"epoch": 1, "slotKey": "00112233445566778899aabbccddeeff",)"
                R"("backEnds": [{"name": "b1"}, {"name": "b2"}],)"
                R"("partitions": [{"id": 1, "backEnd": "b1", "slots": [[0, 16383]]},)"
                R"({"id": 2, "backEnd": "b2", "slots": []}]})");
    link.find = [this](const std::string& address) { return address == "b1:1" ? &b1 : &b2; };
    bench.lenient = true;
    last_map = Map();
    b1.Start(last_map);
    b2.Start(last_map);
  }
  ~MoveWorld() {
    b1.Kill();
    b2.Kill();
  }

  std::shared_ptr<const PartitionMap> Map() { return ledger.ReadMap()->map; }
  void TellMap() {
    const Result<KeptMap> kept = ledger.ReadMap();
    if (!kept.ok()) return;
    b1.set().UpdateMap(kept->map);
    b2.set().UpdateMap(kept->map);
  }
  void Restart(Node& node) {
    node.Kill();
    node.Start(last_map);
  }

  // As a front end would ask, under the map that it knows.
  proto::PartitionReply Ask(std::string_view account, proto::PartitionRequest request) {
    const Result<KeptMap> kept = ledger.ReadMap();
    if (kept.ok()) last_map = kept->map;
    request.set_account(std::string(account));
    request.set_partition(last_map->OwnerOf(account));
    request.set_map_epoch(last_map->epoch());
    return (request.partition() == 1 ? b1 : b2).Call(std::move(request));
  }
  proto::PartitionReply Create(std::string_view account) {
    proto::PartitionRequest request = bench.RequestOf(account);
    proto::CreateRequest* create = request.mutable_create();
    create->set_account_address(std::string(account));
    create->set_signed_profile_mesh("[profile]");
    create->set_signed_assertion_account("[assertion]");
    create->set_profile_mesh_digest(DigestOf(account));
    create->set_profile_account_digest(ProfileDigestOf(account));
    create->add_administrator_udfs(AdministratorOf(account));
    return Ask(account, request);
  }
  bool Put(std::string_view account, const std::string& unique_id) {
    proto::PartitionRequest request = bench.RequestOf(account);
    *request.mutable_upload() = To(kContacts, {New(unique_id, "payload of " + unique_id)});
    return Ask(account, request).mesh_status() == 201;
  }
  // The payloads that are found; nothing: it is not answered.
  std::vector<std::string> Get(std::string_view account) {
    proto::PartitionRequest request = bench.RequestOf(account);
    *request.mutable_download() = backend::Ask(kContacts);
    const proto::PartitionReply reply = Ask(account, request);
    if (reply.mesh_status() != 201 || reply.download().updates_size() != 1) return {};
    return PayloadsOf(reply);
  }

  MoveRecord Plan(const std::string& id, PartitionId from, PartitionId to,
                  const std::string& account = {}) {
    MoveRecord record;
    record.id = id;
    record.source = from;
    record.target = to;
    record.account = account;
    if (account.empty()) record.slots = {{0, 16383}};
    EXPECT_TRUE(ledger.Create(record).ok());
    return record;
  }
  MoveRecord Read(const std::string& id) { return (*ledger.Read(id))->record; }

  // Lets everybody look once, and hear of the map.
  void Look() {
    for (Node* node : {&b1, &b2}) {
      node->target().Round();
      TellMap();
      node->source().Tend(ledger);
    }
  }
  MoveRecord LookUntilOver(const std::string& id) {
    for (int i = 0; i < 50 && !IsOver(Read(id).phase); ++i) Look();
    Look();
    return Read(id);
  }

  // Keys of accounts that `node` holds of partition `id`, and what is left of moves.
  size_t KeysOf(Node& node, PartitionId id) {
    const auto reader = node.set().replicas().at(id)->store().NewSnapshot();
    size_t keys = 0;
    for (const ColumnFamily family : {ColumnFamily::kIndex, ColumnFamily::kPayload}) {
      const auto cursor = reader->Scan(family, "", std::string(64, '\xff'));
      for (; cursor->Valid(); cursor->Next()) {
        const bool own = cursor->key() == PartitionRecordKey() || cursor->key() == LogIndexKey();
        keys += own ? 0 : 1;
      }
    }
    return keys;
  }

  SystemClock clock;
  mesh::testing::FakeClusterStore cluster{clock};
  MoveLedger ledger{"test", cluster, clock};
  TestLink link;
  Bench bench;
  Node b1;
  Node b2;
  std::shared_ptr<const PartitionMap> last_map;  // Of whoever asks, and of who starts.
};

}  // namespace mesh::backend
