// Two partitions over MemoryStores with real writers and real transactions, and a move
// between them.

#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "backend/moves/move_export.h"
#include "backend/moves/move_import.h"
#include "backend/partition/replica.h"
#include "backend/storage/memory_store.h"
#include "backend/storage/move_keys.h"
#include "common/base/metrics.h"
#include "proto/move.pb.h"
#include "proto/partition.pb.h"
#include "tests/unit/backend/transactions/bench.h"

namespace mesh::backend {

// One back end with one partition.
class Side {
 public:
  explicit Side(PartitionId id) : id_(id) { Open(); }

  // As if the process had been killed and started again.
  void Restart() {
    auto kept = std::make_unique<MemoryStore>();
    (void)kept->Commit(Everything(), true);
    replica_.reset();
    replica_ = *Replica::Start(id_, std::move(kept), environment_, WriterLimits());
  }

  // Anew, with what is in `store`.
  void RunOn(std::unique_ptr<Store> store) {
    replica_.reset();
    replica_ = *Replica::Start(id_, std::move(store), environment_, WriterLimits());
  }

  Replica& replica() { return *replica_; }
  Environment& environment() { return environment_; }

  proto::PartitionReply Run(const proto::PartitionRequest& request) {
    const auto reply = std::make_shared<std::promise<proto::PartitionReply>>();
    auto made = reply->get_future();
    Job job(std::make_unique<proto::PartitionRequest>(request), clock_.In(std::chrono::minutes(1)),
            [reply](std::unique_ptr<proto::PartitionReply> one) { reply->set_value(*one); });
    job.queued = clock_.Now();
    if (FindTransaction(request)->writes) {
      EXPECT_TRUE(replica_->writer().Push(job));
    } else {
      replica_->Read(job, 0);
    }
    return made.get();
  }

  // Everything that is stored, in order.
  Writes Everything() {
    Writes all;
    const std::unique_ptr<Reader> reader = replica_->store().NewSnapshot();
    for (const ColumnFamily family : {ColumnFamily::kIndex, ColumnFamily::kPayload}) {
      const auto cursor = reader->Scan(family, "", std::string(64, '\xff'));
      for (; cursor->Valid(); cursor->Next()) {
        all.push_back(
            {Write::Kind::kPut, family, std::string(cursor->key()), std::string(cursor->value())});
      }
    }
    return all;
  }
  // What is stored under keys of `accounts`, and their places in queues.
  std::map<std::string, std::string> Of(const AccountRanges& accounts) {
    std::map<std::string, std::string> found;
    for (const Write& write : Everything()) {
      const auto queued = QueuedAccount(write.key);
      if (!accounts.Contains(queued ? *queued : std::string_view(write.key))) continue;
      found[(write.family == ColumnFamily::kIndex ? "I" : "P") + write.key] = write.value;
    }
    return found;
  }

 private:
  void Open() {
    replica_ = *Replica::Start(id_, std::make_unique<MemoryStore>(), environment_, WriterLimits());
  }

  const PartitionId id_;
  SystemClock clock_;
  Registry registry_;
  PartitionMetrics metrics_{registry_};
  AccountPolicy policy_;
  Environment environment_{clock_,   SlotKey{},           policy_, crypto::SystemRandom(),
                           metrics_, [](const Status&) {}};
  std::unique_ptr<Replica> replica_;
};

// Requests as in Bench, run at a Side.
class Person {
 public:
  Person(Bench& bench, Side& side, std::string_view account)
      : bench_(bench), side_(&side), account_(account) {}

  void GoTo(Side& side) { side_ = &side; }

  proto::PartitionReply Create() {
    proto::PartitionRequest request = bench_.RequestOf(account_);
    proto::CreateRequest* create = request.mutable_create();
    create->set_account_address(account_);
    create->set_signed_profile_mesh("[profile]");
    create->set_signed_assertion_account("[assertion]");
    create->set_profile_mesh_digest(DigestOf(account_));
    create->set_profile_account_digest(ProfileDigestOf(account_));
    create->add_administrator_udfs(AdministratorOf(account_));
    return side_->Run(request);
  }
  proto::PartitionReply Put(std::string_view unique_id, std::string_view payload) {
    proto::PartitionRequest request = bench_.RequestOf(account_);
    *request.mutable_upload() = To(kContacts, {New(unique_id, payload)});
    return side_->Run(request);
  }
  proto::PartitionReply Get() {
    proto::PartitionRequest request = bench_.RequestOf(account_);
    *request.mutable_download() = Ask(kContacts);
    return side_->Run(request);
  }
  proto::PartitionReply Remove() {
    proto::PartitionRequest request = bench_.RequestOf(account_);
    request.mutable_delete_();
    return side_->Run(request);
  }
  AccountKeys keys() const { return AccountKeys(SlotOf(bench_.slot_key, account_), account_); }
  const std::string& account() const { return account_; }

 private:
  Bench& bench_;
  Side* side_;
  const std::string account_;
};

class MoveTest : public testing::Test {
 protected:
  MoveTest() {
    bench_.lenient = true;
    EXPECT_EQ(alice_.Create().mesh_status(), 201);
    EXPECT_EQ(bob_.Create().mesh_status(), 201);
    for (int i = 0; i < 20; ++i) {
      EXPECT_EQ(alice_.Put("A" + std::to_string(i), "of alice").mesh_status(), 201);
      EXPECT_EQ(bob_.Put("B" + std::to_string(i), "of bob").mesh_status(), 201);
    }
  }

  static proto::ExportRequest RequestOf(const AccountRanges& accounts, uint32_t attempt = 1) {
    proto::ExportRequest request;
    request.set_move("move-1");
    request.set_attempt(attempt);
    request.set_partition(1);
    for (const std::string& bound : accounts.Bounds()) request.add_bounds(bound);
    return request;
  }
  std::shared_ptr<MoveExport> BeginExport(uint32_t attempt = 1, const MoveLimits& limits = {}) {
    auto begun = MoveExport::Begin(RequestOf(alices_, attempt), source_.replica(),
                                   source_.environment(), limits);
    EXPECT_TRUE(begun.ok()) << begun.status().message();
    return *begun;
  }

  // Hands everything to `import` until `stop` returns true of a message; OK then too.
  Status Carry(MoveExport& from, MoveImport& to,
               const std::function<bool(const proto::ExportMessage&)>& stop) {
    Status taken;
    bool stopped = false;
    const Status sent = from.Stream([&](const proto::ExportMessage& message) {
      taken = to.Apply(message);
      if (taken.ok() && message.has_copy_end()) taken = to.CheckCopy(message.copy_end());
      if (taken.ok() && message.has_frozen()) taken = to.CheckHeads(message.frozen());
      stopped = stop(message);
      return taken.ok() && !stopped;
    });
    MESH_RETURN_IF_ERROR(taken);
    return stopped ? Status() : sent;
  }

  Bench bench_;
  Side source_{1};
  Side target_{2};
  Person alice_{bench_, source_, kAlice};
  Person bob_{bench_, source_, kBob};
  AccountRanges alices_ = AccountRanges::OfAccount(alice_.keys().prefix());
};

inline bool IsCopyEnd(const proto::ExportMessage& message) { return message.has_copy_end(); }
inline bool Never(const proto::ExportMessage& /*message*/) { return false; }

}  // namespace mesh::backend
