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
                           std::shared_ptr<const PartitionMap> map, Environment& environment,
                           OpenStore open_store)
    : options_(options),
      environment_(environment),
      since_(environment.clock.Now()),
      open_store_(std::move(open_store)),
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
  std::unique_ptr<PartitionSet> set(
      new PartitionSet(options, std::move(map), environment, open_store));
  for (const PartitionId id : ids) {
    MESH_ASSIGN(std::unique_ptr<Replica> replica, set->MakeReplica(id));
    set->Add(std::move(replica));
  }
  set->sweeper_ = std::thread([set = set.get()] { set->RunSweeper(); });
  if (options.opener_metrics != nullptr) {
    set->opener_ = std::make_unique<PartitionOpener>(
        options.opener, *options.opener_metrics,
        [set = set.get()](PartitionId id) { return set->OpenLater(id); });
  }
  return set;
}

PartitionSet::~PartitionSet() {
  opener_.reset();
  {
    const std::lock_guard lock(stop_mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
  if (sweeper_.joinable()) sweeper_.join();
}

Result<std::unique_ptr<Replica>> PartitionSet::MakeReplica(PartitionId id) {
  MESH_ASSIGN(std::unique_ptr<Store> store, open_store_(id));
  return Replica::Start(id, std::move(store), environment_, options_.writer,
                        ReadPool::Readers(options_.reader));
}

void PartitionSet::Add(std::unique_ptr<Replica> replica) {
  const std::lock_guard lock(mutex_);
  replicas_[replica->id()] = std::move(replica);
}

// For the opener, which is told of none that is open.
Status PartitionSet::OpenLater(PartitionId id) {
  MESH_ASSIGN(std::unique_ptr<Replica> replica, MakeReplica(id));
  if (options_.opened) options_.opened(*replica);
  Add(std::move(replica));
  return {};
}

std::map<PartitionId, Replica*> PartitionSet::replicas() const {
  const std::lock_guard lock(mutex_);
  std::map<PartitionId, Replica*> open;
  for (const auto& [id, replica] : replicas_) open[id] = replica.get();
  return open;
}

Replica* PartitionSet::Find(PartitionId partition) const {
  const std::lock_guard lock(mutex_);
  return FindLocked(partition);
}

Replica* PartitionSet::FindLocked(PartitionId partition) const {
  const auto found = replicas_.find(partition);
  return found == replicas_.end() ? nullptr : found->second.get();
}

void PartitionSet::RunSweeper() {
  pthread_setname_np(pthread_self(), "sweeper");
  std::unique_lock lock(stop_mutex_);
  while (!stop_.wait_for(lock, options_.sweep_interval, [this] { return stopping_; })) Sweep();
}

void PartitionSet::Sweep() {
  for (const auto& [id, replica] : replicas()) {
    replica->writer().Sweep();
    replica->TakeFigures();
  }
}

std::shared_ptr<const PartitionMap> PartitionSet::CurrentMap() const {
  const std::lock_guard lock(mutex_);
  return map_;
}

// The opener is told with the lock: a partition that became open between the look and the word
// would be opened, and counted, again.
void PartitionSet::UpdateMap(std::shared_ptr<const PartitionMap> map) {
  std::vector<PartitionId> missing = map->PartitionsOf(options_.name);
  const std::lock_guard lock(mutex_);
  environment_.map_epoch = map->epoch();
  map_ = std::move(map);
  std::erase_if(missing, [this](PartitionId id) { return replicas_.contains(id); });
  if (opener_ != nullptr) opener_->Want(missing);
}

std::vector<PartitionLoad> PartitionSet::Loads() const {
  const std::shared_ptr<const PartitionMap> map = CurrentMap();
  std::vector<PartitionLoad> loads;
  for (const auto& [id, replica] : replicas()) {
    if (map->Has(id) && map->HomeOf(id).name == options_.name) loads.push_back(replica->Load(*map));
  }
  return loads;
}

// Notes in `job` where the account is.
Result<Replica*> PartitionSet::OwnerOf(Job& job) const {
  const proto::PartitionRequest& request = *job.request;
  std::shared_ptr<const PartitionMap> map;
  Replica* replica = nullptr;
  {
    const std::lock_guard lock(mutex_);
    map = map_;
    replica = FindLocked(request.partition());
  }
  bool owns = NamesNoAccount(request);
  if (!owns) {
    owns = map->OwnerOf(request.account()) == request.partition();
    job.hash = SipHash(map->slot_key(), request.account());
    job.by_slot = map->slots()[SlotOfHash(job.hash)] == request.partition();
  }
  if (request.map_epoch() > map->epoch() && options_.behind) options_.behind(request.map_epoch());
  // A sender with a newer map may know that the account has left.
  if (request.map_epoch() > map->epoch() || !owns || !map->Has(request.partition()) ||
      map->HomeOf(request.partition()).name != options_.name) {
    return WrongOwner(map->epoch());
  }
  const bool opens_later = options_.opener_metrics != nullptr;
  if (replica == nullptr && !opens_later) return WrongOwner(map->epoch());
  return replica;
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
  if (*owner == nullptr) {
    auto reply = std::make_unique<proto::PartitionReply>();
    SetHeldOff(proto::OBSTACLE_OPENING, reply.get());
    return AnswerJob(environment_, job, std::move(reply));
  }
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
