// Reloader reads again what has changed on disk: once a second, on SIGHUP, and when
// asked. It has a thread of its own, because event loops must not wait for a disk.

#pragma once

#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "common/base/unique_fd.h"

namespace mesh::frontend {

class Reloader {
 public:
  // Keeps SIGHUP for Reloader. Called before any thread is made.
  static void BlockSignal();

  // `reload` is called on the reloader's thread; `forced` when SIGHUP asked for it.
  explicit Reloader(std::function<void(bool forced)> reload);
  // Ends the thread; a reload under way is finished. Callbacks that wait are called.
  ~Reloader();
  Reloader(const Reloader&) = delete;
  Reloader& operator=(const Reloader&) = delete;

  // Reloads soon, then calls `then` on the reloader's thread. Thread-safe.
  void Request(std::function<void()> then);

 private:
  void Run();
  // Waits for something to do; whether it was SIGHUP.
  bool Wait();

  const std::function<void(bool)> reload_;
  UniqueFd hangup_;  // A signalfd.
  UniqueFd wake_;    // An eventfd.
  std::mutex mutex_;
  std::vector<std::function<void()>> waiting_;  // Guarded by mutex_.
  bool stopping_ = false;                       // Guarded by mutex_.
  std::thread thread_;                          // Last: it uses all of the above.
};

}  // namespace mesh::frontend
