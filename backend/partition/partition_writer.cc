#include "backend/partition/partition_writer.h"

#include <pthread.h>

#include <future>
#include <utility>

#include "backend/storage/format.h"
#include "backend/storage/key_schema.h"
#include "common/base/log.h"
#include "proto/partition.pb.h"

namespace mesh::backend {
namespace {

// Expired uploads that one sweep forgets: bounds the batch it shares.
constexpr size_t kSweepMax = 64;

uint64_t NanosSince(MonotonicTime start, MonotonicTime end) {
  return end <= start ? 0 : static_cast<uint64_t>((end - start).count());
}

}  // namespace

Result<std::unique_ptr<PartitionWriter>> PartitionWriter::Start(Store& store,
                                                                const Environment& environment,
                                                                const WriterLimits& limits,
                                                                const MoveGuard& guard,
                                                                PartitionId partition) {
  MESH_ASSIGN(const uint64_t log_index, ReadLogIndex(*store.NewSnapshot()));
  return std::unique_ptr<PartitionWriter>(
      new PartitionWriter(store, environment, limits, guard, partition, log_index));
}

PartitionWriter::PartitionWriter(Store& store, const Environment& environment,
                                 const WriterLimits& limits, const MoveGuard& guard,
                                 PartitionId partition, uint64_t log_index)
    : store_(store),
      environment_(environment),
      limits_(limits),
      guard_(guard),
      partition_(partition),
      queue_(limits.queue_requests, limits.queue_bytes),
      log_index_(log_index),
      site_(environment.site_policy),
      messaging_{std::make_shared<const SitePolicy>(), &environment.deliveries,
                 [this](std::string_view address) {
                   return Serves(environment_, guard_, partition_, address) == Serving::kYes;
                 },
                 [&guard](std::string_view prefix) { return guard.Blocks(prefix); }},
      incidents_{partition, environment.incident_limits, environment.incident_figures,
                 environment.incidents},
      heads_(limits.head_cache_bytes),
      load_(environment.clock.Now()),
      thread_([this] { RunThread(); }) {}

PartitionWriter::~PartitionWriter() {
  queue_.Stop();
  thread_.join();
}

void PartitionWriter::Sweep() {
  Job job;
  (void)queue_.Push(job);  // A full queue has better things to do; the next sweep comes.
}

Status PartitionWriter::Run(std::function<bool(WriteView&)> run,
                            std::function<void(const Status&)> committed) {
  // Shared: the writer still holds it when the caller has gone on.
  const auto result = std::make_shared<std::promise<Status>>();
  std::future<Status> done = result->get_future();
  auto task = std::make_shared<WriterTask>();
  task->run = std::move(run);
  task->committed = [result, then = std::move(committed)](const Status& status) {
    if (then) then(status);
    result->set_value(status);
  };
  if (queue_.PushTask(std::move(task))) return done.get();
  return Status(Code::kUnavailable, "the partition's writer has ended");
}

void PartitionWriter::RunThread() {
  pthread_setname_np(pthread_self(), "writer");
  std::vector<Job> jobs;
  while (queue_.Pop(limits_.batch_requests, limits_.batch_bytes, jobs)) {
    for (size_t done = 0; done < jobs.size();) done = RunBatch(jobs, done);
    jobs.clear();
  }
  RecordLastIncidents();
}

// What was tallied since the last sweep would end with the process.
void PartitionWriter::RecordLastIncidents() {
  if (!broken_.ok()) return;
  const std::unique_ptr<Reader> snapshot = store_.NewSnapshot();
  const CachedReader reader(*snapshot, heads_);
  WriteView view(reader);
  SweepIncidents(view);
  Deliver(Commit(view));  // To nobody.
}

// Runs jobs from `first` on until the batch is full, commits and answers. Returns
// the first job that was left for the next batch.
size_t PartitionWriter::RunBatch(std::vector<Job>& jobs, size_t first) {
  const MonotonicTime start = environment_.clock.Now();
  const std::unique_ptr<Reader> snapshot = store_.NewSnapshot();
  const CachedReader reader(*snapshot, heads_);
  WriteView view(reader);
  size_t next = first;
  while (next < jobs.size() && !view.closed() && view.bytes() < limits_.batch_bytes) {
    RunJob(std::move(jobs[next++]), view);
  }
  environment_.metrics.execute_time.ObserveNanos(NanosSince(start, environment_.clock.Now()));
  environment_.metrics.batch_requests.Add(next - first);
  Deliver(Commit(view));
  return next;
}

void PartitionWriter::RunJob(Job job, WriteView& view) {
  if (job.request == nullptr) {
    job.task == nullptr ? RunSweep(view) : RunTask(std::move(job.task), view);
    return;
  }
  const MonotonicTime now = environment_.clock.Now();
  environment_.metrics.queue_time.ObserveNanos(NanosSince(job.queued, now));
  auto reply = std::make_unique<proto::PartitionReply>();
  if (!broken_.ok()) {
    SetFailure(Code::kUnavailable, broken_.message(), reply.get());
  } else if (job.deadline <= now) {
    SetFailure(Code::kDeadlineExceeded, "the deadline passed in the partition's queue",
               reply.get());
  } else {
    RunTransaction(job, view, reply.get());
  }
  answers_.push_back({std::move(job), std::move(reply)});
}

TransactionContext PartitionWriter::ContextOver(WriteView& view) {
  if (site_.current() != nullptr) messaging_.site = site_.current();
  return {view,
          &view,
          environment_.clock.WallNow(),
          environment_.slot_key,
          environment_.policy,
          environment_.random,
          &messaging_,
          &incidents_};
}

void PartitionWriter::RunTransaction(const Job& job, WriteView& view,
                                     proto::PartitionReply* reply) {
  if (RefuseMoved(environment_, guard_, partition_, *job.request, reply)) return;
  TransactionContext context = ContextOver(view);
  view.Begin();
  const Outcome outcome = environment_.execute(*job.request, context, reply);
  if (outcome == Outcome::kRepeat) environment_.metrics.repeats.Add();
  if (outcome == Outcome::kKeep) {
    view.Keep();
  } else {
    view.Drop();
  }
}

// A task may change what the guard blocks and what waits in the outbox.
void PartitionWriter::RunTask(std::shared_ptr<WriterTask> task, WriteView& view) {
  if (broken_.ok()) {
    view.Begin();
    task->run(view) ? view.Keep() : view.Drop();
    messaging_.outbox_from = 0;
  }
  tasks_.push_back(std::move(task));
}

void PartitionWriter::RunSweep(WriteView& view) {
  if (!broken_.ok()) return;
  SweepUploads(view);
  SweepIncidents(view);
}

void PartitionWriter::SweepIncidents(WriteView& view) {
  TransactionContext context = ContextOver(view);
  view.Begin();
  if (environment_.sweep_incidents(context).ok()) return view.Keep();
  view.Drop();
  environment_.metrics.sweep_failures.Add();
}

void PartitionWriter::SweepUploads(WriteView& view) {
  TransactionContext context = ContextOver(view);
  view.Begin();
  const Result<size_t> swept = environment_.sweep(context, kSweepMax);
  if (swept.ok()) {
    view.Keep();
    environment_.metrics.expired_uploads.Add(*swept);
    return;
  }
  view.Drop();
  environment_.metrics.sweep_failures.Add();
}

Status PartitionWriter::Commit(WriteView& view) {
  if (!broken_.ok()) return broken_;
  if (view.empty() && !view.closed()) return {};
  const uint64_t log_index = log_index_.load(std::memory_order_relaxed) + 1;
  const size_t bytes = view.bytes();
  Writes writes = view.Take();
  writes.push_back({Write::Kind::kPut, ColumnFamily::kIndex, LogIndexKey(), IndexValue(log_index)});

  const MonotonicTime start = environment_.clock.Now();
  const Status committed = store_.Commit(writes, limits_.sync);
  environment_.metrics.commit_time.ObserveNanos(NanosSince(start, environment_.clock.Now()));
  if (committed.ok()) {
    log_index_.store(log_index, std::memory_order_relaxed);
    heads_.Follow(writes);
    if (tee_ != nullptr) tee_->Follow(writes);
    environment_.metrics.batches.Add();
    environment_.metrics.batch_bytes.Add(bytes);
  } else {
    messaging_.outbox_from = 0;
  }
  if (!committed.ok() && committed.code() != Code::kResourceExhausted) {
    broken_ = committed;
    Log(LogLevel::kError, "commit failed; nothing of it was acknowledged",
        {{"error", committed.message()}, {"next", "restart opens the store again"}});
    environment_.on_broken(committed);
  }
  return committed;
}

// Answers the batch. Unless it was committed no answer of it stands: even a refusal
// may rest on what an earlier request of the batch wrote.
void PartitionWriter::Deliver(const Status& committed) {
  for (const std::shared_ptr<WriterTask>& task : tasks_) task->committed(committed);
  // What a lease of this batch has passed over, because the guard still blocked it, may be due.
  if (!tasks_.empty()) messaging_.outbox_from = 0;
  tasks_.clear();
  const Cork cork;
  const MonotonicTime now = environment_.clock.Now();
  for (Answer& answer : answers_) {
    if (!committed.ok()) {
      const bool full = committed.code() == Code::kResourceExhausted;
      SetFailure(full ? committed.code() : Code::kUnavailable, committed.message(),
                 answer.reply.get());
    }
    CountLoad(answer.job, *answer.reply, now, load_);
    AnswerJob(environment_, answer.job, std::move(answer.reply));
  }
  answers_.clear();
}

}  // namespace mesh::backend
