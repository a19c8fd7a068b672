// The file of --message-policy, read at start and again whenever it changes. One that cannot be
// read leaves the last one in force, and a log line says why.

#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "backend/model/site_policy.h"
#include "common/base/published.h"
#include "common/base/status.h"

namespace mesh::backend {

class SitePolicyFile {
 public:
  // Publishes what the file at `path` says in `target`, which outlives this, and looks at it again
  // every `interval`. kUnavailable, or what SitePolicy::Parse says: then nothing was started.
  static Result<std::unique_ptr<SitePolicyFile>> Open(
      std::string path, Published<SitePolicy>& target,
      std::chrono::milliseconds interval = std::chrono::seconds(1));
  ~SitePolicyFile();

 private:
  SitePolicyFile(std::string path, Published<SitePolicy>& target);

  Status Reload();
  void Run(std::chrono::milliseconds interval);

  const std::string path_;
  Published<SitePolicy>& target_;
  std::string text_;     // What is in force. Of the thread, once it runs; likewise below.
  std::string refused_;  // What was complained of last.

  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;  // Guarded by mutex_.
  std::thread thread_;
};

}  // namespace mesh::backend
