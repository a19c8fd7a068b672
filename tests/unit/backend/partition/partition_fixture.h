// A partition over a MemoryStore whose transactions are one line each, so that
// tests of the writer are about the writer.

#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "backend/partition/environment.h"
#include "backend/storage/memory_store.h"
#include "common/base/metrics.h"
#include "proto/partition.pb.h"
#include "tests/support/fake_clock.h"

namespace mesh::backend {

// Collects replies; any thread may bring them.
class Replies {
 public:
  Partition::Done Expect(const std::string& name) {
    return [this, name](std::unique_ptr<proto::PartitionReply> reply) {
      const std::lock_guard lock(mutex_);
      order_.push_back(name);
      replies_[name] = *reply;
      came_.notify_all();
    };
  }
  proto::PartitionReply Await(const std::string& name) {
    std::unique_lock lock(mutex_);
    came_.wait(lock, [&] { return replies_.count(name) != 0; });
    return replies_[name];
  }
  Code CodeOf(const std::string& name) { return static_cast<Code>(Await(name).code()); }
  size_t count() {
    const std::lock_guard lock(mutex_);
    return order_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::map<std::string, proto::PartitionReply> replies_;
  std::vector<std::string> order_;
};

// A gate that transactions wait at, so that a test knows what is in a batch.
class Gate {
 public:
  // Called by the transaction.
  void Pass() {
    std::unique_lock lock(mutex_);
    waiting_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void AwaitWaiting() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_; });
  }
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool waiting_ = false;
  bool open_ = false;
};

class PartitionFixture : public testing::Test {
 protected:
  // The account says what happens: "gate" waits at the gate, "fail..." puts and is
  // dropped, "erase" deletes the range of all names, anything else puts itself and
  // answers with what was there.
  Outcome Execute(const proto::PartitionRequest& request, TransactionContext& context,
                  proto::PartitionReply* reply) {
    const std::string& name = request.account();
    if (name == "gate") gate_.Pass();
    const Result<std::optional<std::string>> there =
        context.reader.Get(ColumnFamily::kIndex, "name:" + name);
    reply->set_mesh_status(201);
    reply->set_message(there->value_or("none"));
    if (context.view == nullptr) return Outcome::kDrop;
    if (name == "erase") {
      context.view->DeleteRange(ColumnFamily::kIndex, PrefixRange("name:"));
      return Outcome::kKeep;
    }
    context.view->Put(ColumnFamily::kIndex, "name:" + name, "there");
    return name.rfind("fail", 0) == 0 ? Outcome::kDrop : Outcome::kKeep;
  }

  std::unique_ptr<proto::PartitionRequest> Request(const std::string& name) {
    auto request = std::make_unique<proto::PartitionRequest>();
    request->set_call_id(name.size());
    request->set_partition(1);
    request->set_account(name);
    request->mutable_upload();
    return request;
  }

  std::optional<std::string> Stored(Store& store, const std::string& name) {
    return *store.NewSnapshot()->Get(ColumnFamily::kIndex, "name:" + name);
  }

  Gate gate_;
  FakeClock clock_;
  Registry registry_;
  PartitionMetrics metrics_{registry_};
  std::vector<Status> broken_;
  Replies replies_;
  Environment environment_{
      clock_,
      {},
      {},
      crypto::SystemRandom(),
      metrics_,
      [this](const Status& why) { broken_.push_back(why); },
      [this](const proto::PartitionRequest& request, TransactionContext& context,
             proto::PartitionReply* reply) { return Execute(request, context, reply); },
      [](TransactionContext& context, size_t) -> Result<size_t> {
        context.view->Put(ColumnFamily::kIndex, "name:swept", "there");
        return size_t{1};
      }};
};

}  // namespace mesh::backend
