#include "frontend/peers/peers.h"

#include <algorithm>
#include <utility>

#include "common/base/bytes.h"
#include "common/crypto/random.h"
#include "frontend/peers/hello_fetcher.h"
#include "frontend/peers/peer_limits.h"
#include "frontend/peers/peer_table.h"

namespace mesh::frontend {
namespace {

// Without anything to do the thread sleeps; this only bounds one sleep.
constexpr std::chrono::seconds kSleepMax{60};

uint32_t RandomNumber() { return ReadBigEndian32(crypto::RandomBytes(sizeof(uint32_t))); }

discovery::ResolverOptions ResolverOptionsOf(const PeerOptions& options) {
  discovery::ResolverOptions resolver;
  resolver.name_servers = options.name_servers;
  return resolver;
}

}  // namespace

// What the thread owns.
class Peers::Worker {
 public:
  explicit Worker(Peers& peers)
      : fetcher_(resolver_, peers.transport_, peers.clock_, peers.options_.allow_private,
                 [&peers](std::function<void()> work) {
                   peers.Post([work = std::move(work)](Worker&) { work(); });
                 }),
        table_(peers.clock_, peers.metrics_,
               [this](const std::string& domain, PeerDone done) {
                 fetcher_.Fetch(domain, std::move(done));
               }),
        resolver_(ResolverOptionsOf(peers.options_), peers.clock_, &RandomNumber) {
    table_.SetPins(peers.pins_.current());
  }

  PeerTable& table() { return table_; }

 private:
  HelloFetcher fetcher_;
  PeerTable table_;
  discovery::Resolver resolver_;  // Ends first: its thread calls the fetcher.
};

Result<std::unique_ptr<Peers>> Peers::Start(const PeerOptions& options, const Clock& clock,
                                            Registry& registry, IncidentSink* incidents) {
  std::unique_ptr<Peers> peers(new Peers(options, clock, registry, incidents));
  MESH_RETURN_IF_ERROR(peers->pins_.Reload());
  peers->thread_ = std::thread([&peers = *peers] { peers.Run(); });
  return peers;
}

Peers::Peers(const PeerOptions& options, const Clock& clock, Registry& registry,
             IncidentSink* incidents)
    : options_(options),
      clock_(clock),
      metrics_(registry, incidents),
      pins_(options.pins_file),
      transport_({options.ca_file, options.allow_private}) {}

Peers::~Peers() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  transport_.Wake();
  thread_.join();
}

void Peers::Find(std::string domain, Deadline deadline, const PeerDone& done) {
  {
    const std::lock_guard lock(mutex_);
    if (finds_ < kPeerWaitingMax) {
      ++finds_;
      work_.push_back([domain = std::move(domain), deadline, done](Worker& worker) {
        worker.table().Find(domain, deadline, done);
      });
      transport_.Wake();
      return;
    }
  }
  metrics_.Refused();
  done(Status(Code::kResourceExhausted, "too many wait for other services"));
}

void Peers::Doubt(std::string domain) {
  Post([domain = std::move(domain)](Worker& worker) { worker.table().Doubt(domain); });
}

Status Peers::ReloadPins(bool always) {
  bool read = always;
  if (always) {
    MESH_RETURN_IF_ERROR(pins_.Reload());
  } else {
    MESH_ASSIGN(read, pins_.ReloadIfChanged());
  }
  if (read) {
    Post([pins = pins_.current()](Worker& worker) { worker.table().SetPins(pins); });
  }
  return Status();
}

void Peers::Post(Work work) {
  {
    const std::lock_guard lock(mutex_);
    work_.push_back(std::move(work));
  }
  transport_.Wake();
}

std::vector<Peers::Work> Peers::TakeWork() {
  const std::lock_guard lock(mutex_);
  finds_ = 0;
  return std::exchange(work_, {});
}

void Peers::Run() {
  Worker worker(*this);
  PeerTable& table = worker.table();
  bool stopping = false;
  while (!stopping) {
    const MonotonicTime now = clock_.Now();
    const MonotonicTime next = table.NextTick(now + kSleepMax);
    transport_.Wait(std::max(Duration::zero(), Duration(next - now)));
    for (const Work& work : TakeWork()) work(worker);
    table.Tick();
    const std::lock_guard lock(mutex_);
    stopping = stopping_ && work_.empty();
  }
}

}  // namespace mesh::frontend
