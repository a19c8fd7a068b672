// MapWatcher follows a cluster's partition map and hands each new one on.
//
// It has a thread of its own, which alone waits for etcd: with etcd away, frozen, wiped or rolled
// back the last map stays in force, and its age shows in a metric. A map that etcd has lost or
// that is older than ours is refused; an operator restores it (docs/OPERATIONS.md).

#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/base/status.h"
#include "common/cluster/cluster_state.h"
#include "common/cluster/cluster_store.h"
#include "common/mesh/partition_map.h"

namespace mesh::cluster {

// Changes that wait for the watcher's thread; beyond that it reads everything again.
inline constexpr size_t kWatchBatchesMax = 4096;

struct MapWatcherOptions {
  std::string cluster;     // Its name.
  std::string cache_file;  // Where the last map is kept; empty: nowhere.
  // How often etcd is asked whether the map is still the one in force.
  std::chrono::milliseconds confirm_every{2000};
  // For one answer of etcd's.
  std::chrono::milliseconds answer_time{2000};
};

class MapWatcher {
 public:
  // Takes each map in turn, on the watcher's thread (AddSink, LoadCache: on the caller's).
  // Its epoch is never below the one before. Must not call the watcher.
  using Sink = std::function<void(std::shared_ptr<const PartitionMap>)>;

  // `store`, `clock` and `registry` outlive the watcher.
  MapWatcher(const MapWatcherOptions& options, ClusterStore& store, const Clock& clock,
             Registry& registry);
  ~MapWatcher();

  // Gives `sink` the current map, if there is one, and then each later one. Thread-safe.
  void AddSink(Sink sink);

  // Hands on the map that was kept on disk. kNotFound: there is none. Called before Start, if
  // at all. Blocks on the disk.
  Status LoadCache();

  void Start();

  // Whether there has been a map by `deadline`. Blocks until then.
  bool AwaitMap(Deadline deadline);

  // Ends the thread; blocks until etcd has answered, or its time is over. Callbacks that
  // wait are called. No sink is given a map afterwards.
  void Stop();

  // Looks for a map newer than `epoch`, then calls `then` on the watcher's thread, after Stop
  // on the caller's, whether there is one or not. Thread-safe; does not block.
  void Request(uint64_t epoch, std::function<void()> then);

  // The last that was handed on; null before the first. Thread-safe.
  std::shared_ptr<const PartitionMap> current() const;

 private:
  struct Waiting {
    uint64_t epoch;
    std::function<void()> then;
  };

  void Export(Registry& registry);
  void Run();
  void Round();
  void TakeBatches();
  void ReadAll();
  void Confirm();
  void AwaitBatches(uint64_t epoch);
  void BeginWatch(Revision from);
  void Publish();
  void HandOn(MapDocument document, std::shared_ptr<const PartitionMap> map);
  void Refuse(const std::string& why);
  void Failed(const Status& status);
  void AnswerWaiting();
  void KeepOnDisk();
  void Note(const WatchBatch& batch);
  bool Sleep();
  uint64_t CurrentEpoch() const;

  const MapWatcherOptions options_;
  const ClusterKeys keys_;
  ClusterStore& store_;
  const Clock& clock_;
  Counter& errors_;
  Counter& watch_restarts_;
  Counter& refused_;
  Counter& maps_;
  std::atomic<WallMillis> confirmed_{0};  // When etcd last said that our map is in force.

  // The thread's own.
  ClusterState state_;
  MonotonicTime next_confirm_;
  MonotonicTime next_write_;
  bool must_read_ = true;
  bool changed_ = false;  // state_ may make another map.
  std::string to_keep_;   // The map's text, until it is on disk; empty: it is.

  std::mutex sinks_mutex_;   // Held while maps are handed on, so that they come in order.
  std::vector<Sink> sinks_;  // Guarded by sinks_mutex_.

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable first_map_;
  std::shared_ptr<const PartitionMap> map_;  // Guarded by mutex_, as are those below.
  std::vector<WatchBatch> batches_;
  std::vector<Waiting> waiting_;
  bool overrun_ = false;  // batches_ was full, or the watch has ended.
  bool stopping_ = false;
  std::unique_ptr<ClusterWatch> watch_;  // The thread's own; its events take mutex_.
  std::thread thread_;
};

}  // namespace mesh::cluster
