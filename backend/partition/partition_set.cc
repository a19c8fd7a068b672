#include "backend/partition/partition_set.h"

#include <pthread.h>

#include <utility>

#include "proto/partition.pb.h"

namespace mesh::backend {
namespace {

// What is asked of a partition names no account.
bool NamesNoAccount(const proto::PartitionRequest& request) {
  return request.has_lease_outbox() || request.has_record_incidents() ||
         request.has_list_incidents();
}

Status WrongOwner(uint64_t epoch) {
  return Status(Code::kAborted, "wrong owner under the map of epoch " + std::to_string(epoch));
}

}  // namespace

PartitionSet::PartitionSet(const PartitionSetOptions& options,
                           std::shared_ptr<const PartitionMap> map, Environment& environment)
    : options_(options),
      environment_(environment),
      since_(environment.clock.Now()),
      map_(std::move(map)),
      reads_(options.reader) {
  environment_.map_epoch = map_->epoch();
  environment_.owns = [this](PartitionId partition, std::string_view address) {
    return CurrentMap()->OwnerOf(address) == partition;
  };
}

Result<std::unique_ptr<PartitionSet>> PartitionSet::Open(const PartitionSetOptions& options,
                                                         std::shared_ptr<const PartitionMap> map,
                                                         Environment& environment,
                                                         const OpenStore& open_store) {
  const std::vector<PartitionId> ids = map->PartitionsOf(options.name);
  if (ids.empty()) {
    return Status(Code::kFailedPrecondition, "the map gives no partition to a back end called \"" +
                                                 options.name +
                                                 "\"; check --name and the map's backEnds");
  }
  std::unique_ptr<PartitionSet> set(new PartitionSet(options, std::move(map), environment));
  for (const PartitionId id : ids) {
    MESH_ASSIGN(std::unique_ptr<Store> store, open_store(id));
    MESH_ASSIGN(set->replicas_[id],
                Replica::Start(id, std::move(store), environment, options.writer,
                               ReadPool::Readers(options.reader)));
  }
  set->sweeper_ = std::thread([set = set.get()] { set->RunSweeper(); });
  return set;
}

PartitionSet::~PartitionSet() {
  {
    const std::lock_guard lock(stop_mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
  if (sweeper_.joinable()) sweeper_.join();
}

void PartitionSet::RunSweeper() {
  pthread_setname_np(pthread_self(), "sweeper");
  std::unique_lock lock(stop_mutex_);
  while (!stop_.wait_for(lock, options_.sweep_interval, [this] { return stopping_; })) Sweep();
}

void PartitionSet::Sweep() {
  for (const auto& [id, replica] : replicas_) {
    replica->writer().Sweep();
    replica->TakeFigures();
  }
}

std::shared_ptr<const PartitionMap> PartitionSet::CurrentMap() const {
  const std::lock_guard lock(map_mutex_);
  return map_;
}

void PartitionSet::UpdateMap(std::shared_ptr<const PartitionMap> map) {
  const std::lock_guard lock(map_mutex_);
  environment_.map_epoch = map->epoch();
  map_ = std::move(map);
}

std::vector<PartitionLoad> PartitionSet::Loads() const {
  const std::shared_ptr<const PartitionMap> map = CurrentMap();
  std::vector<PartitionLoad> loads;
  for (const auto& [id, replica] : replicas_) {
    if (map->Has(id) && map->HomeOf(id).name == options_.name) loads.push_back(replica->Load(*map));
  }
  return loads;
}

// Notes in `job` where the account is.
Result<Replica*> PartitionSet::OwnerOf(Job& job) const {
  const proto::PartitionRequest& request = *job.request;
  const std::shared_ptr<const PartitionMap> map = CurrentMap();
  const auto replica = replicas_.find(request.partition());
  bool owns = NamesNoAccount(request);
  if (!owns) {
    owns = map->OwnerOf(request.account()) == request.partition();
    job.hash = SipHash(map->slot_key(), request.account());
    job.by_slot = map->slots()[SlotOfHash(job.hash)] == request.partition();
  }
  if (request.map_epoch() > map->epoch() && options_.behind) options_.behind(request.map_epoch());
  // A sender with a newer map may know that the account has left.
  if (request.map_epoch() > map->epoch() || replica == replicas_.end() || !owns ||
      !map->Has(request.partition()) || map->HomeOf(request.partition()).name != options_.name) {
    return WrongOwner(map->epoch());
  }
  return replica->second.get();
}

void PartitionSet::Call(std::unique_ptr<proto::PartitionRequest> request, Deadline deadline,
                        Done done) {
  Job job(std::move(request), deadline, std::move(done));
  job.queued = environment_.clock.Now();
  environment_.metrics.in_flight.Add(1);
  Route(job);
}

void PartitionSet::Route(Job& job) {
  const Result<Replica*> owner = OwnerOf(job);
  if (!owner.ok()) return RefuseJob(environment_, job, owner.status());
  const TransactionRow* row = FindTransaction(*job.request);
  if (row == nullptr) {
    return RefuseJob(environment_, job,
                     Status(Code::kUnimplemented, "the request holds no transaction served here"));
  }
  job.replica = *owner;
  const bool taken = row->writes ? job.replica->writer().Push(job) : reads_.Push(job);
  if (taken) return;
  RefuseJob(environment_, job,
            Status(Code::kResourceExhausted, "too many requests wait for this partition"));
}

}  // namespace mesh::backend
