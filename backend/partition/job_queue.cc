#include "backend/partition/job_queue.h"

#include <utility>

#include "proto/partition.pb.h"

namespace mesh::backend {

Job::Job() = default;
Job::Job(Job&&) noexcept = default;
Job& Job::operator=(Job&&) noexcept = default;
Job::~Job() = default;

Job::Job(std::unique_ptr<proto::PartitionRequest> request_in, Deadline deadline_in,
         Partition::Done done_in)
    : request(std::move(request_in)),
      deadline(deadline_in),
      done(std::move(done_in)),
      bytes(request->ByteSizeLong()) {}

bool JobQueue::Push(Job& job) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_ || jobs_.size() >= jobs_max_) return false;
    if (!jobs_.empty() && bytes_ + job.bytes > bytes_max_) return false;
    bytes_ += job.bytes;
    jobs_.push_back(std::move(job));
    wake = sleeping_ > 0;
  }
  if (wake) (void)Cork::Defer(*this);
  return true;
}

bool JobQueue::PushTask(std::shared_ptr<WriterTask> task) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return false;
  jobs_.emplace_back().task = std::move(task);
  if (sleeping_ > 0) ready_.notify_one();
  return true;
}

bool JobQueue::Pop(size_t jobs_max, size_t bytes_max, std::vector<Job>& out) {
  std::unique_lock lock(mutex_);
  ++sleeping_;
  ready_.wait(lock, [this] { return stopped_ || !jobs_.empty(); });
  --sleeping_;
  for (size_t bytes = 0; !jobs_.empty() && out.size() < jobs_max; jobs_.pop_front()) {
    Job& job = jobs_.front();
    if (!out.empty() && bytes + job.bytes > bytes_max) break;
    bytes += job.bytes;
    bytes_ -= job.bytes;
    out.push_back(std::move(job));
  }
  // A wake-up stands for any number of jobs: pass it on while some are left.
  if (!jobs_.empty() && sleeping_ > 0) ready_.notify_one();
  return !out.empty();
}

void JobQueue::Stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  ready_.notify_all();
}

size_t JobQueue::size() const {
  const std::lock_guard lock(mutex_);
  return jobs_.size();
}

}  // namespace mesh::backend
