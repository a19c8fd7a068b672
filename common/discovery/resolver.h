// Resolver finds the hosts of Mesh Services by DNS, for any thread: a thread of its own asks
// and waits (docs/PROTOCOL.md, "Discovery").

#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/base/unique_fd.h"
#include "common/discovery/lookup_table.h"
#include "common/discovery/service_target.h"

namespace mesh::discovery {

class Resolver {
 public:
  // `clock` outlives this; `random` is called on the resolver's thread. The name servers have
  // passed CheckNameServers.
  Resolver(ResolverOptions options, const Clock& clock, RandomNumber random);
  // Ends the thread; whoever waits is told kUnavailable.
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // The hosts of the service of `domain`, in lower case; `done` (lookup_table.h) is called
  // exactly once, on the resolver's thread, by the deadline or soon after, or before Resolve
  // returns when too many wait; it must not block. Any thread; does not block.
  void Resolve(std::string domain, Deadline deadline, const TargetsDone& done);

  // The same, and waits for it: for programs that have nothing else to do. Not on the
  // resolver's thread.
  Result<std::vector<ServiceTarget>> ResolveNow(std::string domain, Deadline deadline);

 private:
  struct Request {
    std::string domain;
    Deadline deadline;
    TargetsDone done;
  };

  void Run();
  // False when too many wait.
  bool Put(Request request);
  // What has been asked since; false when the thread is to end.
  bool Take(std::vector<Request>* requests);

  const ResolverOptions options_;
  const Clock& clock_;
  const RandomNumber random_;
  UniqueFd wake_;  // An eventfd.
  std::mutex mutex_;
  std::vector<Request> requests_;  // Guarded by mutex_; at most kWaitingMax.
  bool stopping_ = false;          // Guarded by mutex_.
  std::thread thread_;             // Last: it uses all of the above.
};

}  // namespace mesh::discovery
