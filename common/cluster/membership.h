// Membership is what a back end does in its cluster while it runs: it holds its name and stays
// registered under it, on a thread of its own.

#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/base/status.h"
#include "common/cluster/ownership.h"
#include "common/cluster/registration.h"

namespace mesh::cluster {

class Membership {
 public:
  // The references outlive it.
  Membership(const OwnershipOptions& options, DataDir data_dir, ClusterStore& store,
             const Clock& clock, const BootClock& boot_clock, Registry& registry);
  // Ends the thread and takes the registration away; the name stays ours, for the process that
  // starts next on the same data. Blocks on the store.
  ~Membership();

  // Takes the name, or goes on with what the process before had of it. Waits while it is another's
  // or nobody can say; false when `stopped` says that there is no point any more.
  bool Acquire(const std::function<bool()>& stopped);

  // Renews from now on. Called once, after Acquire.
  void Start();

  // Registers what `record` says, from now on; called on Membership's thread. Called once.
  void Register(std::function<NodeRecord()> record);

  // Whether requests may be served now. Any thread; takes nanoseconds.
  bool Owned() const { return ownership_.Owned(); }

 private:
  void Run();
  void Renew();
  void Keep();
  bool SleepUntil(MonotonicTime time);
  void Tell(const char* event, const Status& status);

  const OwnershipOptions options_;
  ClusterStore& store_;
  const Clock& clock_;
  Ownership ownership_;
  Counter& errors_;
  MonotonicTime next_renewal_;
  MonotonicTime next_keep_;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;                       // Guarded by mutex_.
  std::unique_ptr<Registration> registration_;  // Guarded by mutex_ until it is set.
  std::thread thread_;
};

}  // namespace mesh::cluster
