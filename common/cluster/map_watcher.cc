#include "common/cluster/map_watcher.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "common/base/log.h"
#include "common/cluster/durable_file.h"

namespace mesh::cluster {
namespace {

// Between two writes of the map to disk: moves may change it many times in a second.
constexpr std::chrono::milliseconds kWriteEvery{1000};
// How long a watch may take to tell what etcd has said in answer to a question.
constexpr std::chrono::milliseconds kWatchLag{200};

void Warn(LogLimiter& limiter, const Clock& clock, std::string_view event, const std::string& why) {
  uint64_t suppressed = 0;
  if (!limiter.Allow(clock.Now(), &suppressed)) return;
  Log(LogLevel::kWarning, event, {{"why", why}, {"suppressed", std::to_string(suppressed)}});
}

}  // namespace

MapWatcher::MapWatcher(const MapWatcherOptions& options, ClusterStore& store, const Clock& clock,
                       Registry& registry)
    : options_(options),
      keys_(options.cluster),
      store_(store),
      clock_(clock),
      errors_(registry.GetCounter("mesh_etcd_errors_total",
                                  "Questions to etcd about the map that got no answer.")),
      watch_restarts_(registry.GetCounter("mesh_etcd_watch_restarts_total",
                                          "Watches of the map that broke and were made again.")),
      refused_(registry.GetCounter("mesh_map_refused_total",
                                   "Maps in etcd that were missing, older than ours or wrong.")),
      maps_(registry.GetCounter("mesh_map_changes_total", "Maps that were put in force.")),
      state_(keys_) {
  Export(registry);
}

MapWatcher::~MapWatcher() { Stop(); }

void MapWatcher::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  watch_.reset();
  AnswerWaiting();
}

void MapWatcher::AddSink(Sink sink) {
  const std::lock_guard lock(sinks_mutex_);
  if (auto map = current(); map != nullptr) sink(std::move(map));
  sinks_.push_back(std::move(sink));
}

void MapWatcher::Export(Registry& registry) {
  registry.AddCallback("mesh_map_confirmed_timestamp_seconds",
                       "When etcd last said that the map in force is the newest; 0: not yet.", {},
                       false, [this] { return static_cast<double>(confirmed_.load()) / 1000; });
}

Status MapWatcher::LoadCache() {
  if (options_.cache_file.empty()) return Status(Code::kNotFound, "no map is kept on disk");
  MESH_ASSIGN(const std::string text, ReadWhole(options_.cache_file));
  MESH_ASSIGN(MapDocument document, MapDocument::Parse(text));
  MESH_ASSIGN(PartitionMap map, PartitionMap::Build(document));
  state_.Remember(document.back_ends);
  HandOn(std::move(document), std::make_shared<const PartitionMap>(std::move(map)));
  to_keep_.clear();
  return Status();
}

void MapWatcher::Start() {
  thread_ = std::thread([this] { Run(); });
}

bool MapWatcher::AwaitMap(Deadline deadline) {
  std::unique_lock lock(mutex_);
  return first_map_.wait_until(lock, deadline, [this] { return map_ != nullptr; });
}

void MapWatcher::Request(uint64_t epoch, std::function<void()> then) {
  bool stopped = false;
  {
    const std::lock_guard lock(mutex_);
    stopped = stopping_;
    if (!stopped) waiting_.push_back({epoch, then});
  }
  if (stopped) return then();
  wake_.notify_all();
}

std::shared_ptr<const PartitionMap> MapWatcher::current() const {
  const std::lock_guard lock(mutex_);
  return map_;
}

uint64_t MapWatcher::CurrentEpoch() const {
  const auto map = current();
  return map == nullptr ? 0 : map->epoch();
}

void MapWatcher::Run() {
  pthread_setname_np(pthread_self(), "map-watcher");
  do {
    Round();
  } while (Sleep());
  next_write_ = MonotonicTime();
  KeepOnDisk();
}

// Only those questions are answered that were there before etcd was asked.
void MapWatcher::Round() {
  std::vector<Waiting> waiting;
  {
    const std::lock_guard lock(mutex_);
    waiting.swap(waiting_);
  }
  TakeBatches();
  if (changed_) Publish();
  uint64_t wanted = 0;
  for (const Waiting& one : waiting) wanted = std::max(wanted, one.epoch + 1);
  const bool ask = clock_.Now() >= next_confirm_ || CurrentEpoch() < wanted;
  if (ask && must_read_) {
    ReadAll();
  } else if (ask) {
    Confirm();
    if (must_read_ && CurrentEpoch() < wanted) ReadAll();
  }
  for (const Waiting& one : waiting) one.then();
  KeepOnDisk();
}

// Whether to go on. What wakes it: a change, a question, the end, and time.
bool MapWatcher::Sleep() {
  std::unique_lock lock(mutex_);
  MonotonicTime until = next_confirm_;
  if (!to_keep_.empty()) until = std::min(until, next_write_);
  wake_.wait_until(lock, until, [this] {
    return stopping_ || !batches_.empty() || !waiting_.empty() || overrun_;
  });
  return !stopping_;
}

void MapWatcher::TakeBatches() {
  std::vector<WatchBatch> batches;
  {
    const std::lock_guard lock(mutex_);
    batches.swap(batches_);
    if (std::exchange(overrun_, false)) {
      must_read_ = true;
      next_confirm_ = clock_.Now();
    }
  }
  for (const WatchBatch& batch : batches) changed_ |= state_.Apply(batch);
}

void MapWatcher::Note(const WatchBatch& batch) {
  {
    const std::lock_guard lock(mutex_);
    if (batches_.size() >= kWatchBatchesMax) overrun_ = true;
    if (!overrun_) batches_.push_back(batch);
  }
  wake_.notify_all();
}

void MapWatcher::ReadAll() {
  next_confirm_ = clock_.In(options_.confirm_every);
  watch_.reset();
  {
    const std::lock_guard lock(mutex_);
    batches_.clear();
    overrun_ = false;
  }
  const Result<Snapshot> snapshot = store_.Read(keys_.prefix(), clock_.In(options_.answer_time));
  if (!snapshot.ok()) {
    must_read_ = true;
    return Failed(snapshot.status());
  }
  must_read_ = false;
  state_.Reset(*snapshot);
  BeginWatch(snapshot->revision + 1);
  Publish();
}

void MapWatcher::BeginWatch(Revision from) {
  WatchEvents events;
  events.changed = [this](const WatchBatch& batch) { Note(batch); };
  events.established = [] {};
  events.lost = [this](const Status&) { watch_restarts_.Add(); };
  events.compacted = [this] {
    watch_restarts_.Add();
    {
      const std::lock_guard lock(mutex_);
      overrun_ = true;
    }
    wake_.notify_all();
  };
  watch_ = store_.Watch(keys_.prefix(), from, std::move(events));
}

// One small question finds a map that is gone, older or newer, whatever the watch does.
void MapWatcher::Confirm() {
  next_confirm_ = clock_.In(options_.confirm_every);
  const Result<Snapshot> snapshot = store_.Read(keys_.Epoch(), clock_.In(options_.answer_time));
  if (!snapshot.ok()) return Failed(snapshot.status());
  const Entry* const entry = snapshot->Find(keys_.Epoch());
  const auto epoch = entry == nullptr ? std::nullopt : ParseDecimal(entry->value);
  if (!epoch) {
    must_read_ = true;
    return Refuse("etcd has no partition map of this cluster");
  }
  if (*epoch > CurrentEpoch()) AwaitBatches(*epoch);
  if (*epoch == CurrentEpoch()) {
    confirmed_ = clock_.WallNow();
  } else {
    must_read_ = true;
    next_confirm_ = clock_.Now();
  }
}

// The watch is about to tell of `epoch`; if it does not, everything is read again.
void MapWatcher::AwaitBatches(uint64_t epoch) {
  const Deadline deadline = clock_.In(kWatchLag);
  while (CurrentEpoch() < epoch && !must_read_) {
    {
      std::unique_lock lock(mutex_);
      const bool told = wake_.wait_until(
          lock, deadline, [this] { return stopping_ || overrun_ || !batches_.empty(); });
      if (!told || stopping_) return;
    }
    TakeBatches();
    if (changed_) Publish();
  }
}

void MapWatcher::Publish() {
  changed_ = false;
  Result<MapDocument> document = state_.Document();
  if (!document.ok()) return Refuse(document.status().message());
  const auto before = current();
  if (before != nullptr && document->epoch < before->epoch()) {
    return Refuse("etcd has epoch " + std::to_string(document->epoch) + ", ours is " +
                  std::to_string(before->epoch()));
  }
  if (before != nullptr && document->slot_key != before->slot_key()) {
    return Refuse("the map in etcd is of another cluster: its slotKey differs");
  }
  Result<PartitionMap> map = PartitionMap::Build(*document);
  if (!map.ok()) return Refuse(map.status().message());
  confirmed_ = clock_.WallNow();
  HandOn(*std::move(document), std::make_shared<const PartitionMap>(*std::move(map)));
}

void MapWatcher::HandOn(MapDocument document, std::shared_ptr<const PartitionMap> map) {
  if (!options_.cache_file.empty()) to_keep_ = document.Text();
  maps_.Add();
  const std::lock_guard handing(sinks_mutex_);
  {
    const std::lock_guard lock(mutex_);
    map_ = map;
  }
  for (const Sink& sink : sinks_) sink(map);
  first_map_.notify_all();
}

// The last map stays; etcd is read again at the next confirmation.
void MapWatcher::Refuse(const std::string& why) {
  static LogLimiter limiter(std::chrono::seconds(10));
  must_read_ = true;
  refused_.Add();
  Warn(limiter, clock_, "the partition map in etcd is refused; the last one stays", why);
}

void MapWatcher::Failed(const Status& status) {
  static LogLimiter limiter(std::chrono::seconds(10));
  errors_.Add();
  Warn(limiter, clock_, "etcd does not answer; the last map stays", status.message());
}

// At the end.
void MapWatcher::AnswerWaiting() {
  std::vector<Waiting> waiting;
  {
    const std::lock_guard lock(mutex_);
    waiting.swap(waiting_);
  }
  for (const Waiting& one : waiting) one.then();
}

void MapWatcher::KeepOnDisk() {
  if (to_keep_.empty() || clock_.Now() < next_write_) return;
  static LogLimiter limiter(std::chrono::seconds(10));
  next_write_ = clock_.In(kWriteEvery);
  const Status status = WriteDurably(options_.cache_file, to_keep_);
  if (status.ok()) {
    to_keep_.clear();
  } else {
    Warn(limiter, clock_, "the map is not kept on disk", status.message());
  }
}

}  // namespace mesh::cluster
