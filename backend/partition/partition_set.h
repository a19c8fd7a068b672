// PartitionSet is every partition that lives on this back end, and the door to
// them: it checks that a request has come to the owner of its account, then sends
// it to the partition's writer or to a reader.

#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "backend/partition/environment.h"
#include "backend/partition/partition_writer.h"
#include "backend/partition/read_pool.h"
#include "backend/partition/replica.h"
#include "common/mesh/partition.h"
#include "common/mesh/partition_map.h"

namespace mesh::backend {

struct PartitionSetOptions {
  std::string name;  // This back end's, in the map.
  WriterLimits writer;
  ReadLimits reader;
  std::chrono::milliseconds sweep_interval{10'000};  // Of expired uploads.
  // Called when a request was made under a newer map than ours, of this epoch. Any thread; must
  // not block. Null: nobody can find a newer one.
  std::function<void(uint64_t epoch)> behind;
};

class PartitionSet final : public Partition {
 public:
  // Opens the store of a partition; called once for each at start.
  using OpenStore = std::function<Result<std::unique_ptr<Store>>(PartitionId)>;

  // Opens every partition that `map` gives to the back end called options.name.
  // kFailedPrecondition when the map has none for it. `environment` outlives this.
  // Blocks on the disk.
  static Result<std::unique_ptr<PartitionSet>> Open(const PartitionSetOptions& options,
                                                    std::shared_ptr<const PartitionMap> map,
                                                    Environment& environment,
                                                    const OpenStore& open_store);

  // Answers everything that waits, then closes the stores.
  ~PartitionSet() override;

  // Partition. kAborted: this back end does not own the account, or the sender knows
  // a newer map than we do. kResourceExhausted: the partition's queue is full.
  void Call(std::unique_ptr<proto::PartitionRequest> request, Deadline deadline,
            Done done) override;

  // Owners as of now. The stores that are open stay the same: partitions that `map`
  // adds to this back end are refused. Thread-safe.
  void UpdateMap(std::shared_ptr<const PartitionMap> map);

  // Queues a sweep of expired uploads and of incidents in every partition, and counts what waits in
  // its outbox. Also done now and then. For one thread at a time.
  void Sweep();

  const std::map<PartitionId, std::unique_ptr<Replica>>& replicas() const { return replicas_; }
  // What was done lately for the accounts that are here, by partition. Takes a millisecond for
  // each; thread-safe.
  std::vector<PartitionLoad> Loads() const;
  // When it was opened: what it counts is counted since then.
  MonotonicTime since() const { return since_; }
  // The map in force. Thread-safe.
  std::shared_ptr<const PartitionMap> map() const { return CurrentMap(); }
  size_t reads_waiting() const { return reads_.waiting(); }

 private:
  PartitionSet(const PartitionSetOptions& options, std::shared_ptr<const PartitionMap> map,
               Environment& environment);

  Result<Replica*> OwnerOf(Job& job) const;
  void Route(Job& job);
  void RunSweeper();
  std::shared_ptr<const PartitionMap> CurrentMap() const;

  const PartitionSetOptions options_;
  Environment& environment_;
  const MonotonicTime since_;
  mutable std::mutex map_mutex_;
  std::shared_ptr<const PartitionMap> map_;                   // Guarded by map_mutex_.
  std::map<PartitionId, std::unique_ptr<Replica>> replicas_;  // Const after Open.
  ReadPool reads_;  // After the replicas, which its jobs name.

  std::mutex stop_mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;  // Guarded by stop_mutex_.
  std::thread sweeper_;
};

}  // namespace mesh::backend
