// What the connections and requests of one event loop have been refused for, on its way into the
// partitions' incident spools.
//
// It is tallied here, the same of the same source as one, and told every few seconds: of an
// account to its owner, and everything else to the partitions of the map in turn, so that none
// has more of it than another and none must be there. What could not be told is told to the next
// one. A loop that drains tells the rest.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/mesh/incident_tally.h"
#include "frontend/net/event_loop.h"
#include "frontend/routing/router.h"
#include "frontend/service/incident_sink.h"

namespace mesh::frontend {

// How often a loop tells. An operator who watches waits no longer; and at most
// kIncidentsTalliedMax records each time are little for an owner.
inline constexpr std::chrono::seconds kIncidentReportTime{5};

// What no event loop sees, such as another service that is not what it was. Thread-safe.
class SharedIncidents final : public IncidentSink {
 public:
  explicit SharedIncidents(const Clock& clock) : clock_(clock) {}

  void Note(IncidentKind kind, std::string_view reason, std::string_view source,
            std::string_view account) override;
  std::vector<Incident> Take();

 private:
  const Clock& clock_;
  std::mutex mutex_;
  IncidentTally tally_;  // Guarded by mutex_.
};

// What the reporters of a process count. The metrics outlive them.
struct IncidentMetrics {
  explicit IncidentMetrics(Registry& registry);

  Counter& noted;   // Occurrences.
  Counter& failed;  // Reports that a partition did not take; they are made again.
};

// For the loop's thread. Reports under way end with the router, or before.
class LoopIncidents final : public IncidentSink {
 public:
  // `shared` is told too, by whichever loop comes first. Everything outlives this but `router`,
  // which may end before and is not used after that.
  LoopIncidents(Router& router, net::EventLoop& loop, SharedIncidents& shared,
                IncidentMetrics& metrics);

  void Note(IncidentKind kind, std::string_view reason, std::string_view source,
            std::string_view account) override;
  void TellNow(std::function<void()> done) override;

 private:
  using Parts = std::map<PartitionId, std::vector<Incident>>;

  void Tick();
  bool Tell();
  void GoOn();
  Parts Divide(const PartitionMap& map);
  void Send(PartitionId partition, std::vector<Incident> incidents);
  void PutBack(std::vector<Incident> incidents);

  Router& router_;
  net::EventLoop& loop_;
  SharedIncidents& shared_;
  IncidentMetrics& metrics_;
  IncidentTally tally_;
  net::Timer timer_{[this] { Tick(); }};
  size_t turn_ = 0;             // Whose of the map's partitions it is.
  size_t under_way_ = 0;        // Reports.
  std::function<void()> told_;  // Of TellNow, until that is over.
  int rounds_left_ = 0;         // Of TellNow.
};

}  // namespace mesh::frontend
