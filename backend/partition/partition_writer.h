// PartitionWriter is the one thread that changes a partition.
//
// It takes every request that waits, runs each against what the store and the
// earlier ones of the batch say, joins all their writes into one commit, syncs
// once, and then answers all of them. Nothing is acknowledged before it is synced;
// an answer that only read what the batch wrote waits for the sync as well.
//
// Every commit carries the next log index, in the commit: replication will ship it.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "backend/partition/environment.h"
#include "backend/partition/head_cache.h"
#include "backend/partition/job_queue.h"
#include "backend/partition/load_meter.h"
#include "backend/partition/move_guard.h"
#include "backend/storage/store.h"
#include "backend/storage/write_view.h"

namespace mesh::backend {

struct WriterLimits {
  // Requests and octets that may wait. More would only be late: at 50 000 a second
  // 4096 are 80 ms.
  size_t queue_requests = 4096;
  size_t queue_bytes = 64u << 20;
  // Of one commit. One sync carries a MiB as fast as 4 KiB.
  size_t batch_requests = 512;
  size_t batch_bytes = 1u << 20;
  // Heads of accounts and containers kept in memory: about 700 octets each.
  size_t head_cache_bytes = 16u << 20;
  // Off only to show that the durability tests notice, and in benchmarks.
  bool sync = true;
};

// Is told what a writer commits, on the writer's thread.
class WriteTee {
 public:
  virtual ~WriteTee() = default;
  // `writes` have been committed, together. Must not block.
  virtual void Follow(const Writes& writes) = 0;
  // Another has taken its place: it will not be told of what comes.
  virtual void Replaced() = 0;
};

class PartitionWriter {
 public:
  // Starts the thread. `store` is prepared (format.h) and holds `partition`; it, `guard` and
  // `environment` outlive this. kDataLoss when the log index cannot be read.
  static Result<std::unique_ptr<PartitionWriter>> Start(Store& store,
                                                        const Environment& environment,
                                                        const WriterLimits& limits,
                                                        const MoveGuard& guard,
                                                        PartitionId partition = 0);

  // Answers everything that waits, records what the owner has tallied, then ends the thread.
  ~PartitionWriter();

  // Takes `job`, or leaves it with the caller when the queue is full. Its done is
  // called on the writer's thread. Thread-safe, never blocks.
  bool Push(Job& job) { return queue_.Push(job); }

  // Runs a task among the requests and waits until it is committed. Its Status is that of
  // the commit; kUnavailable too when the writer ends. Not for the writer's own thread.
  Status Run(std::function<bool(WriteView&)> run,
             std::function<void(const Status&)> committed = nullptr);

  // What follows the commits from the next one on, in place of an earlier one. For a task of
  // this writer, as is DropTee.
  void SetTee(std::shared_ptr<WriteTee> tee) {
    if (tee_ != nullptr) tee_->Replaced();
    tee_ = std::move(tee);
  }
  // `tee` follows no more, if it did.
  void DropTee(const WriteTee* tee) {
    if (tee_.get() == tee) tee_.reset();
  }

  // Queues a sweep of what has expired, if there is room.
  void Sweep();

  // Log index of the last commit. Thread-safe.
  uint64_t log_index() const { return log_index_.load(std::memory_order_relaxed); }
  size_t waiting() const { return queue_.size(); }
  // What it has done for whom.
  const LoadMeter& load() const { return load_; }

 private:
  struct Answer {
    Job job;
    std::unique_ptr<proto::PartitionReply> reply;
  };

  PartitionWriter(Store& store, const Environment& environment, const WriterLimits& limits,
                  const MoveGuard& guard, PartitionId partition, uint64_t log_index);

  void RunThread();
  size_t RunBatch(std::vector<Job>& jobs, size_t first);
  void RunJob(Job job, WriteView& view);
  void RunTransaction(const Job& job, WriteView& view, proto::PartitionReply* reply);
  void RunTask(std::shared_ptr<WriterTask> task, WriteView& view);
  void RunSweep(WriteView& view);
  void SweepUploads(WriteView& view);
  void SweepIncidents(WriteView& view);
  void RecordLastIncidents();
  TransactionContext ContextOver(WriteView& view);
  Status Commit(WriteView& view);
  void Deliver(const Status& committed);

  Store& store_;
  const Environment& environment_;
  const WriterLimits limits_;
  const MoveGuard& guard_;
  const PartitionId partition_;
  JobQueue queue_;
  std::atomic<uint64_t> log_index_;

  // Of the writer's thread.
  PublishedReader<SitePolicy> site_;
  Messaging messaging_;
  const IncidentContext incidents_;
  HeadCache heads_;
  std::vector<Answer> answers_;                     // Of the batch, until it is committed.
  std::vector<std::shared_ptr<WriterTask>> tasks_;  // Likewise.
  std::shared_ptr<WriteTee> tee_;
  Status broken_;   // Why no commit can succeed any more.
  LoadMeter load_;  // Read by others, too.

  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace mesh::backend
