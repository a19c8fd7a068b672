// Published<T> holds what is current of something that is replaced whole while others
// read it: keys, certificates, the face of the service. What was read stays valid for as
// long as its reader holds it.

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

namespace mesh {

// Thread-safe. Outlives its readers.
template <typename T>
class Published {
 public:
  // Null until the first Publish.
  std::shared_ptr<const T> current() const {
    const std::lock_guard lock(mutex_);
    return current_;
  }

  void Publish(std::shared_ptr<const T> next) {
    const std::lock_guard lock(mutex_);
    current_ = std::move(next);
    version_.fetch_add(1, std::memory_order_release);
  }

  // Counts the values there have been.
  uint64_t version() const { return version_.load(std::memory_order_acquire); }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> current_;  // Guarded by mutex_.
  std::atomic<uint64_t> version_{0};
};

// One thread's view of it, which takes the lock only when there is a new one.
template <typename T>
class PublishedReader {
 public:
  explicit PublishedReader(const Published<T>& source) : source_(source) {}

  const std::shared_ptr<const T>& current() {
    const uint64_t version = source_.version();
    if (version != version_) {
      current_ = source_.current();
      version_ = version;
    }
    return current_;
  }

 private:
  const Published<T>& source_;
  std::shared_ptr<const T> current_;
  uint64_t version_ = 0;
};

}  // namespace mesh
