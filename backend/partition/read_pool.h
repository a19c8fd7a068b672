// ReadPool runs requests that only read, beside the writers.

#pragma once

#include <cstddef>
#include <thread>
#include <vector>

#include "backend/partition/job_queue.h"

namespace mesh::backend {

struct ReadLimits {
  // 0: a read runs on the thread that brought it. Cheaper by a hand-over, but a
  // read that waits for the disk holds up the stream it came on.
  size_t threads = 2;
  size_t queue_requests = 4096;
  size_t queue_bytes = 64u << 20;
};

// Thread-safe.
class ReadPool {
 public:
  explicit ReadPool(const ReadLimits& limits);
  // Answers everything that waits, then ends the threads.
  ~ReadPool();

  // Takes `job`, or leaves it with the caller when the queue is full. The job's
  // replica must outlive the pool, and have been started for so many readers().
  bool Push(Job& job);

  // How many threads read, or 1 for all that do in a pool without threads.
  static size_t Readers(const ReadLimits& limits) {
    return limits.threads == 0 ? 1 : limits.threads;
  }

  size_t waiting() const { return queue_.size(); }

 private:
  void Run(size_t reader);

  JobQueue queue_;
  std::vector<std::thread> threads_;
};

}  // namespace mesh::backend
