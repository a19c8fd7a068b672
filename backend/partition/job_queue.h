// JobQueue holds the requests that wait for a writer or a reader, bounded in
// number and octets, so that a back end under too much load refuses early instead
// of growing.

#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "backend/partition/cork.h"
#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/mesh/partition.h"

namespace mesh::backend {

class Replica;
class WriteView;

// Work of the partition's own among the requests of its writer. Both are called on the
// writer's thread.
struct WriterTask {
  // Runs between two transactions, unless the partition is broken. True: its writes are
  // kept.
  std::function<bool(WriteView&)> run;
  // What it wrote, and all that ran before it, is committed, or not; nothing has been
  // written since. Called once.
  std::function<void(const Status&)> committed;
};

// A request on its way through a partition. Move only; whoever holds it owes its
// caller one reply.
struct Job {
  Job();
  Job(std::unique_ptr<proto::PartitionRequest> request_in, Deadline deadline_in,
      Partition::Done done_in);
  Job(Job&&) noexcept;
  Job& operator=(Job&&) noexcept;
  ~Job();

  std::unique_ptr<proto::PartitionRequest> request;  // Null: `task`, or else the sweep.
  std::shared_ptr<WriterTask> task;
  Deadline deadline{};
  Partition::Done done;
  Replica* replica = nullptr;  // Where a read runs.
  // Of the account, for who counts by account (load_meter.h): the hash that gives its slot, and
  // whether it is here with its slot.
  uint64_t hash = 0;
  bool by_slot = false;
  MonotonicTime queued{};
  size_t bytes = 0;
};

// Thread-safe.
class JobQueue final : private CorkTarget {
 public:
  JobQueue(size_t jobs_max, size_t bytes_max) : jobs_max_(jobs_max), bytes_max_(bytes_max) {}

  // Takes `job` unless the queue is full or stopped; then `job` stays with the
  // caller. A queue that is empty takes a job of any size.
  bool Push(Job& job);

  // Takes a task whatever else waits: there are few. False once stopped.
  bool PushTask(std::shared_ptr<WriterTask> task);

  // Waits for jobs and moves the oldest into `out`: at most `jobs_max`, and no more
  // than `bytes_max` unless the first alone has more. False once stopped and empty.
  bool Pop(size_t jobs_max, size_t bytes_max, std::vector<Job>& out);

  // No more jobs are taken; those that wait can still be popped.
  void Stop();

  size_t size() const;

 private:
  void Uncork() override { ready_.notify_one(); }

  const size_t jobs_max_;
  const size_t bytes_max_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Job> jobs_;  // Guarded by mutex_, as is all below.
  size_t bytes_ = 0;
  size_t sleeping_ = 0;
  bool stopped_ = false;
};

}  // namespace mesh::backend
