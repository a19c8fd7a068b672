// Mover is a back end's part in all moves: it looks at their records, on two threads of its
// own, so that what is frozen here is looked after while something else is taken.

#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "backend/moves/move_limits.h"
#include "backend/moves/move_metrics.h"
#include "backend/moves/move_source.h"
#include "backend/moves/move_target.h"
#include "backend/moves/source_link.h"
#include "common/moves/move_ledger.h"

namespace mesh::backend {

class Mover {
 public:
  // Starts looking with Run, and looks while `owned` says that this back end may serve; any
  // thread, in nanoseconds. The references outlive it.
  Mover(PartitionSet& partitions, const Environment& environment, std::string_view cluster,
        cluster::ClusterStore& store, std::unique_ptr<SourceLink> link, const MoveLimits& limits,
        Registry& registry, std::function<bool()> owned);
  // Stops, and waits for what runs. No copy is served any more.
  ~Mover();

  // Starts the threads. Once, when the back end can be asked.
  void Run();
  // Ends every copy, given and taken; the records say where it was. Does not wait.
  void Stop();

  // What other back ends ask.
  MoveSource& source() { return source_; }

 private:
  void Loop(const char* name, const std::function<void()>& look);

  const MoveLimits limits_;
  const std::function<bool()> owned_;
  MoveMetrics metrics_;
  const std::unique_ptr<SourceLink> link_;
  MoveLedger ledger_;
  MoveSource source_;
  MoveTarget target_;
  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;  // Guarded by mutex_.
  std::thread taking_;
  std::thread giving_;
};

}  // namespace mesh::backend
