// PartitionOpener opens partitions that the map gives to this back end while it serves, on a
// thread of its own, because opening one blocks on the disk. One that cannot be opened is told in
// the log, counted, and tried again until it can be or the map takes it away.

#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "common/base/metrics.h"
#include "common/base/status.h"
#include "common/mesh/partition_map.h"

namespace mesh::backend {

struct OpenerLimits {
  // Between two attempts at one partition: the first wait and, doubling, the longest. An operator
  // who has made room on a disk need not wait longer than that.
  std::chrono::milliseconds retry_min{500};
  std::chrono::milliseconds retry_max{30'000};
};

// What the openers of a process count. Outlives them.
struct OpenerMetrics {
  explicit OpenerMetrics(Registry& registry);

  Counter& opened;    // While the back end served.
  Counter& failures;  // Attempts.
  Gauge& waiting;     // Partitions that the map gives to us and that are not open, now.
};

class PartitionOpener {
 public:
  // Opens one partition; called on the opener's thread, may block.
  using Open = std::function<Status(PartitionId)>;

  PartitionOpener(const OpenerLimits& limits, OpenerMetrics& metrics, Open open);
  // Ends the thread; waits for the attempt that is under way.
  ~PartitionOpener();

  // What is to be open and is not, from now on in place of what was wanted before; an attempt that
  // is under way goes on. Thread-safe, does not block.
  void Want(const std::vector<PartitionId>& partitions);

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Wanted {
    Time next;  // Attempt.
    std::chrono::milliseconds wait;
  };

  void Run();
  bool AwaitDue(PartitionId* partition);
  void Try(PartitionId partition);
  void Failed(PartitionId partition, const Status& why);

  const OpenerLimits limits_;
  OpenerMetrics& metrics_;
  const Open open_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::map<PartitionId, Wanted> wanted_;  // Guarded by mutex_.
  bool stopping_ = false;                 // Guarded by mutex_.
  std::thread thread_;                    // Last: it uses all of the above.
};

}  // namespace mesh::backend
