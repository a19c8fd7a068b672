#include "frontend/peers/hello_fetcher.h"

#include <algorithm>
#include <utility>

#include "frontend/peers/hello_reply.h"
#include "frontend/peers/peer_limits.h"
#include "frontend/peers/public_address.h"

namespace mesh::frontend {

// One domain that is asked.
struct HelloFetcher::Attempt {
  const std::string name;  // In the certificate, SNI and Host.
  const Deadline end;
  const PeerDone done;
  std::vector<discovery::ServiceTarget> targets{};
  size_t tried = 0;
  Status failure{};  // Of the last host.
};

HelloFetcher::HelloFetcher(discovery::Resolver& resolver, PeerTransport& transport,
                           const Clock& clock, bool allow_private, Post post)
    : resolver_(resolver),
      transport_(transport),
      clock_(clock),
      allow_private_(allow_private),
      post_(std::move(post)) {}

void HelloFetcher::Fetch(const std::string& domain, PeerDone done) {
  std::string name(discovery::kServiceName);
  name.append(".").append(domain);
  auto attempt =
      std::make_shared<Attempt>(Attempt{std::move(name), clock_.In(kFetchTime), std::move(done)});
  resolver_.Resolve(domain, attempt->end, [this, attempt](Targets targets) {
    post_([this, attempt, targets = std::move(targets)]() mutable {
      TakeTargets(attempt, std::move(targets));
    });
  });
}

void HelloFetcher::TakeTargets(const std::shared_ptr<Attempt>& attempt, Targets targets) {
  if (!targets.ok()) return attempt->done(targets.status());
  attempt->targets = allow_private_ ? *std::move(targets) : PublicTargets(*std::move(targets));
  attempt->failure = Status(Code::kFailedPrecondition,
                            "the hosts of " + attempt->name + " have no public address");
  TryNext(attempt);
}

void HelloFetcher::TryNext(const std::shared_ptr<Attempt>& attempt) {
  const Duration left = attempt->end - clock_.Now();
  const size_t hosts = std::min(attempt->targets.size(), kAttemptsMax);
  if (attempt->tried >= hosts || left <= Duration::zero()) return attempt->done(attempt->failure);
  const discovery::ServiceTarget& target = attempt->targets[attempt->tried++];
  PeerPost post{attempt->name, target};
  post.headers = {{"Content-Type", "application/json"}};
  post.body = HelloRequestBody();
  post.reply_bytes_max = kHelloBytesMax;
  post.time = std::min<Duration>(left, kAttemptTime);
  transport_.Post(std::move(post), [this, attempt](const Result<client::HttpReply>& reply) {
    TakeReply(attempt, reply);
  });
}

void HelloFetcher::TakeReply(const std::shared_ptr<Attempt>& attempt,
                             const Result<client::HttpReply>& reply) {
  attempt->failure = reply.status();
  if (reply.ok()) {
    Result<ConnectionHost> connection = VerifyHelloReply(*reply, clock_.WallNow());
    if (connection.ok()) {
      return attempt->done(std::make_shared<const PeerService>(
          PeerService{*std::move(connection), std::move(attempt->targets)}));
    }
    attempt->failure = connection.status();
  }
  TryNext(attempt);
}

}  // namespace mesh::frontend
