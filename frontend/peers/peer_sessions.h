// PeerSessions makes the calls to other services: an exchange in mode Service with each, and
// what follows under the ticket that it gave. It finds and posts by what it is given.

#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/base/published.h"
#include "common/client/cached_session.h"
#include "common/client/known_service.h"
#include "common/client/sealed_credentials.h"
#include "common/crypto/random.h"
#include "frontend/peers/peer_metrics.h"
#include "frontend/peers/peer_service.h"
#include "frontend/peers/peer_transport.h"
#include "frontend/service/peer_calls.h"
#include "frontend/service/service_keys.h"

namespace mesh::frontend {

// For one thread.
class PeerSessions {
 public:
  // What it stands on; everything outlives it, and answers on its thread.
  struct Environment {
    const Clock& clock;
    crypto::RandomSource& random;
    const Published<ServiceKeys>& keys;
    PeerCallMetrics& metrics;
    std::function<void(const std::string& domain, Deadline, PeerDone)> find;
    // The hosts that were found are not where they were.
    std::function<void(const std::string& domain)> doubt;
    std::function<void(PeerPost, PeerTransport::Done)> post;
  };

  explicit PeerSessions(Environment environment);
  // Whoever waits is told kUnavailable; nothing that was given out may be called after that.
  ~PeerSessions();
  PeerSessions(const PeerSessions&) = delete;
  PeerSessions& operator=(const PeerSessions&) = delete;

  // As PeerCalls::Call, from one of these functions or what was given out; if Tick is called
  // when it is due.
  void Call(PeerCall call, PeerCalls::Then then);
  // Answers those whose deadline has passed.
  void Tick();
  // When the next Tick is due; `otherwise` if nobody waits.
  MonotonicTime NextTick(MonotonicTime otherwise) const;

 private:
  struct Errand;
  using ErrandPtr = std::shared_ptr<Errand>;
  // With the service of one domain, as one of ours.
  struct Session {
    client::KnownService service;
    client::CachedSession ticket;
    size_t host = 0;                 // Of its targets, the one that answered last.
    bool opening = false;            // A call is on its way to a ticket.
    std::vector<ErrandPtr> waiting;  // For that ticket.
    size_t calls = 0;
    MonotonicTime used{};
  };
  using SessionName = std::pair<std::string, std::string>;  // From, to.

  void TakeService(const ErrandPtr& errand, const PeerResult& found);
  Session& SessionOf(const PeerCall& call, const PeerService& service);
  void MakeRoom();
  void Begin(const ErrandPtr& errand);
  void Step(const ErrandPtr& errand);
  void TakeReply(const ErrandPtr& errand, Result<client::HttpReply> reply);
  void TakeAnswer(const ErrandPtr& errand, client::HttpReply reply);
  void TryNextHost(const ErrandPtr& errand, const Status& failure);
  void Opened(const ErrandPtr& errand, const Status& outcome);
  void Finish(const ErrandPtr& errand, Result<PeerAnswer> result);
  bool HasTicket(const Session& session) const;
  client::Caller Ourselves(const std::string& domain);

  const Environment environment_;
  PublishedReader<ServiceKeys> keys_;
  std::shared_ptr<const ServiceKeys> shown_keys_;  // Those that shown_ was made of.
  binding::RequestExtra shown_;                    // What we show in exchanges.
  std::map<SessionName, Session> sessions_;
  std::map<uint64_t, ErrandPtr> errands_;  // All that are not answered.
  uint64_t last_errand_ = 0;
};

}  // namespace mesh::frontend
