#include "backend/partition/read_pool.h"

#include <pthread.h>

#include "backend/partition/replica.h"

namespace mesh::backend {
namespace {

// Reads that one thread takes at a time: enough to share a wake-up, few enough that
// the other threads get theirs.
constexpr size_t kTakeMax = 16;
constexpr size_t kTakeBytesMax = 1u << 20;

}  // namespace

ReadPool::ReadPool(const ReadLimits& limits) : queue_(limits.queue_requests, limits.queue_bytes) {
  for (size_t i = 0; i < limits.threads; ++i) threads_.emplace_back([this, i] { Run(i); });
}

ReadPool::~ReadPool() {
  queue_.Stop();
  for (std::thread& thread : threads_) thread.join();
}

bool ReadPool::Push(Job& job) {
  if (!threads_.empty()) return queue_.Push(job);
  job.replica->Read(job, 0);
  return true;
}

void ReadPool::Run(size_t reader) {
  pthread_setname_np(pthread_self(), "reader");
  std::vector<Job> jobs;
  while (queue_.Pop(kTakeMax, kTakeBytesMax, jobs)) {
    const Cork cork;
    for (Job& job : jobs) job.replica->Read(job, reader);
    jobs.clear();
  }
}

}  // namespace mesh::backend
