// LookupTable looks domains up, many at a time, and gives each caller its answer: from
// what is kept, or from a lookup that all who ask for the same domain share.

#pragma once

#include <poll.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/discovery/cache.h"
#include "common/discovery/dns_channel.h"
#include "common/discovery/limits.h"
#include "common/discovery/lookup.h"

namespace mesh::discovery {

struct ResolverOptions {
  NameServers name_servers;
  std::chrono::milliseconds query_time = kQueryTime;
  std::chrono::milliseconds lookup_time = kLookupTime;
};

// The hosts of a service in the order of use, drawn anew for each caller, or why there are
// none: as Outcome, and
//   kInvalidArgument    `domain` is not a DNS name in lower case
//   kDeadlineExceeded   the caller's deadline passed
//   kResourceExhausted  kWaitingMax callers wait
using TargetsDone = std::function<void(Result<std::vector<ServiceTarget>>)>;

// For one thread, that of a Resolver.
class LookupTable {
 public:
  // `clock` outlives this.
  LookupTable(ResolverOptions options, const Clock& clock, RandomNumber random);
  // Whoever waits is told kUnavailable.
  ~LookupTable();
  LookupTable(const LookupTable&) = delete;
  LookupTable& operator=(const LookupTable&) = delete;

  // `done` is called exactly once, from Resolve, Process or the destructor; it must not
  // call back.
  void Resolve(const std::string& domain, Deadline deadline, TargetsDone done);

  // Appends the sockets to poll, and how long at most: `wait_max` or less.
  Duration AddPolls(std::vector<pollfd>* polls, Duration wait_max);
  // Goes on with what those sockets brought and with what is due.
  void Process(std::span<const pollfd> polls);

 private:
  struct Waiting {
    Deadline deadline;
    TargetsDone done;
  };
  // A domain that somebody asks about. Its lookup begins when there is room.
  struct Active {
    std::vector<Waiting> waiting;
    std::unique_ptr<Lookup> lookup;       // Null: not begun.
    std::unique_ptr<DnsChannel> channel;  // Likewise.
    size_t polls = 0;                     // How many it appended.
    Deadline end{};
  };

  void Begin(const std::string& domain, Active& active);
  void BeginWaiting();
  void Ask(Active& active, const std::vector<Question>& questions);
  void Finish(const std::string& domain, Outcome outcome);
  void DropLate(Active& active);
  void Answer(const TargetsDone& done, const Result<std::vector<Candidate>>& candidates) const;

  const ResolverOptions options_;
  const Clock& clock_;
  const RandomNumber random_;
  Cache cache_;
  std::map<std::string, Active> active_;
  std::deque<std::string> queue_;  // Domains of active_ that have not begun, oldest first.
  size_t begun_ = 0;
  size_t waiting_ = 0;
};

}  // namespace mesh::discovery
