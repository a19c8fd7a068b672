#include "backend/cluster_member.h"

#include <unistd.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "common/base/log.h"
#include "common/process/build_info.h"

namespace mesh::backend {
namespace {

// How often a wait looks at what it waits for.
constexpr std::chrono::milliseconds kLook{50};
// One answer of etcd's: a third of the shortest leases, and no longer than this.
constexpr std::chrono::milliseconds kAnswerTime{2000};

std::string HostName() {
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  return host;
}

// Where front ends reach what listens on `listen`, at the port that was bound.
std::string AddressOf(const std::string& listen, int port) {
  std::string host = listen.substr(0, listen.rfind(':'));
  if (host.empty() || host == "0.0.0.0" || host == "[::]") host = HostName();
  return host + ":" + std::to_string(port);
}

}  // namespace

ClusterMember::ClusterMember(const BackendOptions& options, const Clock& clock, Registry& registry)
    : options_(options), clock_(clock), registry_(registry) {}

Result<std::unique_ptr<ClusterMember>> ClusterMember::Open(const BackendOptions& options,
                                                           const Clock& clock, Registry& registry) {
  std::unique_ptr<ClusterMember> member(new ClusterMember(options, clock, registry));
  MESH_RETURN_IF_ERROR(member->OpenParts());
  return member;
}

Status ClusterMember::OpenParts() {
  MESH_ASSIGN(cluster::DataDir data_dir, cluster::DataDir::Open(options_.data_dir));
  data_dir_id_ = data_dir.id();
  MESH_ASSIGN(store_, cluster::OpenClusterStore(options_.cluster, clock_));
  cluster::MapWatcherOptions watcher;
  watcher.cluster = options_.cluster.cluster;
  watcher.cache_file = options_.cluster.map_cache;
  watcher_ = std::make_unique<cluster::MapWatcher>(watcher, *store_, clock_, registry_);
  const Status kept = watcher_->LoadCache();
  if (!kept.ok() && kept.code() != Code::kNotFound) {
    Log(LogLevel::kWarning, "the map on disk cannot be used", {{"why", kept.message()}});
  }
  watcher_->Start();
  cluster::OwnershipOptions owner;
  owner.cluster = options_.cluster.cluster;
  owner.name = options_.name;
  owner.lease_seconds = options_.owner_lease_seconds;
  owner.answer_time =
      std::min(kAnswerTime, std::chrono::milliseconds(owner.lease_seconds * 1000 / 3));
  owner.known_epoch = [watcher = watcher_.get()] {
    const auto map = watcher->current();
    return map == nullptr ? uint64_t{0} : map->epoch();
  };
  membership_ = std::make_unique<cluster::Membership>(owner, std::move(data_dir), *store_, clock_,
                                                      boot_clock_, registry_);
  return Status();
}

bool ClusterMember::HasPartition() const {
  const auto map = watcher_->current();
  return map != nullptr && !map->PartitionsOf(options_.name).empty();
}

Result<std::shared_ptr<const PartitionMap>> ClusterMember::Join(
    const std::function<bool()>& stopped) {
  LogLimiter limiter(std::chrono::seconds(10));
  while (!HasPartition() && !stopped()) {
    uint64_t suppressed = 0;
    if (limiter.Allow(clock_.Now(), &suppressed)) {
      Log(LogLevel::kInfo, "waits for a map that gives it a partition", {{"name", options_.name}});
    }
    std::this_thread::sleep_for(kLook);
  }
  if (stopped() || !membership_->Acquire(stopped)) {
    return Status(Code::kAborted, "ended while it waited");
  }
  membership_->Start();
  return watcher_->current();
}

void ClusterMember::Follow(PartitionSet& partitions) {
  watcher_->AddSink([&partitions](std::shared_ptr<const PartitionMap> map) {
    partitions.UpdateMap(std::move(map));
  });
}

void ClusterMember::Behind(uint64_t epoch) {
  if (looking_.exchange(true)) return;
  watcher_->Request(epoch - 1, [this] { looking_ = false; });
}

void ClusterMember::Register(int rpc_port, std::function<NodeLoad()> load) {
  const std::string address =
      options_.advertise.empty() ? AddressOf(options_.rpc.listen, rpc_port) : options_.advertise;
  membership_->Register(
      [this, address, load = std::move(load)] { return Record(address, load()); });
}

cluster::NodeRecord ClusterMember::Record(const std::string& address, const NodeLoad& load) const {
  cluster::NodeRecord record;
  record.address = address;
  record.direct_host = options_.direct_host;
  record.zone = options_.zone;
  record.version = BuildVersion();
  record.data_dir_id = data_dir_id_;
  record.data_bytes = load.data_bytes;
  record.requests = load.requests;
  return record;
}

}  // namespace mesh::backend
