// Router sends a request to the partition that owns its account.
//
// It asks nobody: the answer is in the partition map that it has. When an owner
// says that it is not the owner, the router asks for a newer map and tries once
// more; moving an account costs its next request one round trip.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/mesh/partition.h"
#include "common/mesh/partition_map.h"
#include "frontend/routing/map_holder.h"

namespace mesh::frontend {

// What a router is given. Everything outlives it.
struct RouterOptions {
  const MapHolder& map;
  const Clock& clock;
  // Makes the way to a back end. Called once for each address, on the router's thread.
  std::function<std::unique_ptr<Partition>(const BackEnd&)> connect;
  // Looks for a map newer than `epoch`, then calls `then` on the router's thread
  // whether there is one or not.
  std::function<void(uint64_t epoch, std::function<void()> then)> refresh;
};

// For one thread, an event loop's; the partitions must call Done on it. Calls that
// are under way when the router is destroyed must have been answered.
class Router {
 public:
  // Makes the request again for a second try. Called while the first try is under
  // way, on the router's thread; null: there is no second try.
  using Remake = std::function<std::unique_ptr<proto::PartitionRequest>()>;

  explicit Router(RouterOptions options);
  ~Router();
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  // Sets map_epoch and partition of `request`, whose account must be set, and calls
  // the owner. Without any map: kUnavailable. `done` is called exactly once, on the
  // router's thread, possibly before Call returns.
  void Call(std::unique_ptr<proto::PartitionRequest> request, Deadline deadline, Remake remake,
            Partition::Done done);

  // The same for a request that is for a partition and no account; tried once.
  void CallPartition(PartitionId partition, std::unique_ptr<proto::PartitionRequest> request,
                     Deadline deadline, Partition::Done done);

  // PartitionMap::DirectHostOf, in the current map; empty without one.
  std::string DirectHostOf(std::string_view canonical_address);
  // PartitionMap::IsDirectHost, in the current map.
  bool IsDirectHost(std::string_view host);

  // Connects to every back end of the map now, so that first requests need not wait.
  void ConnectAll();

 private:
  struct Attempt;

  const PartitionMap* Current();
  Partition& BackEndAt(const BackEnd& back_end);
  void Send(std::unique_ptr<proto::PartitionRequest> request, Deadline deadline,
            Partition::Done done);
  void SendTo(PartitionId partition, std::unique_ptr<proto::PartitionRequest> request,
              Deadline deadline, Partition::Done done);
  void TryAgain(const std::shared_ptr<Attempt>& attempt, uint64_t epoch,
                std::unique_ptr<proto::PartitionReply> refusal);

  const RouterOptions options_;
  std::shared_ptr<const PartitionMap> map_;
  uint64_t version_ = 0;
  std::map<std::string, std::unique_ptr<Partition>, std::less<>> partitions_;  // By address.
};

}  // namespace mesh::frontend
