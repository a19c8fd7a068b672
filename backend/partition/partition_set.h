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
#include "backend/partition/partition_opener.h"
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
  // Called once for each partition that is opened after Open, before it serves, on the opener's
  // thread. May be null.
  std::function<void(Replica&)> opened;
  OpenerLimits opener;
  // Null: partitions that a later map adds are not opened, and refused.
  OpenerMetrics* opener_metrics = nullptr;
};

class PartitionSet final : public Partition {
 public:
  // Opens the store of a partition: for each at start, later on the opener's thread, again after a
  // failure. Never for two at a time.
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
  // a newer map than we do; with `frozen`: it does, and is just opening the partition.
  // kResourceExhausted: the partition's queue is full.
  void Call(std::unique_ptr<proto::PartitionRequest> request, Deadline deadline,
            Done done) override;

  // Owners as of now. Begins to open what `map` adds to this back end; what it takes away stays
  // open and is refused. Does not block. Thread-safe.
  void UpdateMap(std::shared_ptr<const PartitionMap> map);

  // Queues a sweep of expired uploads and of incidents in every partition, and counts what waits in
  // its outbox. Also done now and then. For one thread at a time.
  void Sweep();

  // Those that are open now, in order of id; each lives as long as this. Thread-safe.
  std::map<PartitionId, Replica*> replicas() const;
  // Null: it is not open here. Thread-safe.
  Replica* Find(PartitionId partition) const;
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
               Environment& environment, OpenStore open_store);

  // Owned and null: it is not open yet.
  Result<Replica*> OwnerOf(Job& job) const;
  Result<std::unique_ptr<Replica>> MakeReplica(PartitionId id);
  void Add(std::unique_ptr<Replica> replica);
  Status OpenLater(PartitionId id);
  Replica* FindLocked(PartitionId partition) const;
  void Route(Job& job);
  void RunSweeper();
  std::shared_ptr<const PartitionMap> CurrentMap() const;

  const PartitionSetOptions options_;
  Environment& environment_;
  const MonotonicTime since_;
  const OpenStore open_store_;
  mutable std::mutex mutex_;
  std::shared_ptr<const PartitionMap> map_;                   // Guarded by mutex_.
  std::map<PartitionId, std::unique_ptr<Replica>> replicas_;  // Likewise; none is ever taken out.
  ReadPool reads_;  // After the replicas, which its jobs name.

  std::mutex stop_mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;  // Guarded by stop_mutex_.
  std::thread sweeper_;
  std::unique_ptr<PartitionOpener> opener_;  // Null: nothing is opened after Open.
};

}  // namespace mesh::backend
