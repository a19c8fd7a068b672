// PeerTable knows which service each domain is, and when to ask again: it keeps what was
// verified and what failed, believes the first service that a domain shows and no other
// soon, and lets all who ask for a domain share one fetch. It asks nobody itself.

#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "frontend/peers/peer_metrics.h"
#include "frontend/peers/peer_pins.h"
#include "frontend/peers/peer_service.h"

namespace mesh::frontend {

// For one thread.
class PeerTable {
 public:
  // Asks a domain, and calls `done` once, on this thread, possibly before it returns, and
  // within kFetchTime.
  using Fetch = std::function<void(const std::string& domain, PeerDone done)>;

  // `clock` and `metrics` outlive this.
  PeerTable(const Clock& clock, PeerMetrics& metrics, Fetch fetch);
  // Whoever waits is told kUnavailable.
  ~PeerTable();
  PeerTable(const PeerTable&) = delete;
  PeerTable& operator=(const PeerTable&) = delete;

  // `done` is called exactly once, from one of these functions or the destructor, by the
  // deadline if Tick is called then; it must not call back.
  void Find(const std::string& domain, Deadline deadline, PeerDone done);
  // Who asks for the domain next is answered as ever, and the domain is asked again, unless that
  // failed just now.
  void Doubt(const std::string& domain);
  // From now on these pins hold. What contradicts them is forgotten.
  void SetPins(std::shared_ptr<const PeerPins> pins);
  // Answers those whose deadline has passed.
  void Tick();
  // When the next Tick is due; `otherwise` if nobody waits.
  MonotonicTime NextTick(MonotonicTime otherwise) const;

 private:
  enum class State { kIdle, kQueued, kFetching };
  struct Waiting {
    Deadline deadline;
    PeerDone done;
  };
  struct Domain {
    State state = State::kIdle;
    std::shared_ptr<const PeerService> service;  // Null: none that is good.
    MonotonicTime refresh{};                     // Of `service`.
    MonotonicTime end{};                         // Likewise.
    std::string udf;                             // Pinned or believed; empty for a stranger.
    std::string candidate;                       // Shown since, and not believed yet.
    MonotonicTime candidate_since{};
    Status failure;  // Of the last fetch; OK if it went well.
    int failures = 0;
    MonotonicTime retry{};  // After a failure, nobody is asked before.
    MonotonicTime used{};
  };
  using Domains = std::map<std::string, Domain>;

  // The domain's row, made if there is room; null if there is none.
  Domain* Row(const std::string& domain);
  bool MakeRoom();
  void Wait(const std::string& name, Domain& domain, Waiting waiting);
  void Enqueue(const std::string& name, Domain& domain);
  void FetchQueued();
  bool NextQueued(std::string* name);
  void Finish(const std::string& name, bool stranger, const PeerResult& result);
  void Answer(const std::string& name, const PeerResult& result);
  void Believe(Domain& domain, const std::shared_ptr<const PeerService>& service);
  void Fail(Domain& domain, const Status& failure);
  // OK if the domain may be that service.
  Status Judge(const std::string& name, Domain& domain, const std::string& udf);
  Status JudgeCandidate(const std::string& name, Domain& domain, const std::string& udf);

  const Clock& clock_;
  PeerMetrics& metrics_;
  const Fetch fetch_;
  std::shared_ptr<const PeerPins> pins_ = std::make_shared<PeerPins>();
  Domains domains_;
  std::map<std::string, std::vector<Waiting>> waiting_;  // By domain; none is empty.
  size_t waiting_count_ = 0;
  // Domains in state kQueued, oldest first.
  std::deque<std::string> known_;
  std::deque<std::string> strangers_;
  size_t fetching_ = 0;
  size_t strangers_fetching_ = 0;
};

}  // namespace mesh::frontend
