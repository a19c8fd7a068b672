// What a watch has told, for tests to wait on.

#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "common/cluster/cluster_store.h"

namespace mesh::cluster {

class WatchRecorder {
 public:
  WatchEvents Events() {
    return {[this](const WatchBatch& batch) { Note([&] { batches_.push_back(batch); }); },
            [this] { Note([this] { ++established_; }); },
            [this](const Status&) { Note([this] { ++lost_; }); },
            [this] { Note([this] { ++compacted_; }); }};
  }

  // False if that many have not come within a minute.
  bool AwaitBatches(size_t count) {
    return Await([&] { return batches_.size() >= count; });
  }
  bool AwaitEstablished(int count) {
    return Await([&] { return established_ >= count; });
  }
  bool AwaitLost(int count) {
    return Await([&] { return lost_ >= count; });
  }
  bool AwaitCompacted() {
    return Await([&] { return compacted_ > 0; });
  }

  std::vector<WatchBatch> batches() {
    const std::lock_guard lock(mutex_);
    return batches_;
  }

 private:
  void Note(const std::function<void()>& note) {
    {
      const std::lock_guard lock(mutex_);
      note();
    }
    noted_.notify_all();
  }
  bool Await(const std::function<bool()>& there) {
    std::unique_lock lock(mutex_);
    return noted_.wait_for(lock, std::chrono::minutes(1), there);
  }

  std::mutex mutex_;
  std::condition_variable noted_;
  std::vector<WatchBatch> batches_;
  int established_ = 0;
  int lost_ = 0;
  int compacted_ = 0;
};

}  // namespace mesh::cluster
