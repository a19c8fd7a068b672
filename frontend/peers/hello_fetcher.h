// HelloFetcher finds out which service a domain is: DNS, then the Hello of one host after
// another until one proves itself.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/discovery/resolver.h"
#include "frontend/peers/peer_service.h"
#include "frontend/peers/peer_transport.h"

namespace mesh::frontend {

// For one thread.
class HelloFetcher {
 public:
  // Runs work on the fetcher's thread, soon. Any thread.
  using Post = std::function<void(std::function<void()>)>;

  // Everything outlives this. `allow_private` as in the transport's options.
  HelloFetcher(discovery::Resolver& resolver, PeerTransport& transport, const Clock& clock,
               bool allow_private, Post post);

  // Asks `domain`, which CanBeLookedUp. `done` is called once, on this thread, not before Fetch
  // returns, within kFetchTime; never after the fetcher is gone.
  void Fetch(const std::string& domain, PeerDone done);

 private:
  struct Attempt;
  using Targets = Result<std::vector<discovery::ServiceTarget>>;

  void TakeTargets(const std::shared_ptr<Attempt>& attempt, Targets targets);
  void TryNext(const std::shared_ptr<Attempt>& attempt);
  void TakeReply(const std::shared_ptr<Attempt>& attempt, const Result<client::HttpReply>& reply);

  discovery::Resolver& resolver_;
  PeerTransport& transport_;
  const Clock& clock_;
  const bool allow_private_;
  const Post post_;
};

}  // namespace mesh::frontend
