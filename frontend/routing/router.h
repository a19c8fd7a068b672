// Router sends a request to the partition that owns its account.
//
// It asks nobody: the answer is in the partition map that it has. When an owner
// says that it is not the owner, the router asks for a newer map and tries once
// more; moving an account costs its next request one round trip. A request that its owner has not
// looked at, because something keeps it from that for a while (Obstacle in
// proto/partition.proto), or that has yet to hear of the map in force, is
// held and sent again until its deadline. All tries carry the same RequestID.

#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/mesh/partition.h"
#include "common/mesh/partition_map.h"
#include "frontend/routing/map_holder.h"

namespace mesh::frontend {

// What one router holds: a quarter of what an event loop admits by default (ServiceOptions),
// so that owners that take nothing for a while leave the others room.
inline constexpr size_t kRouterHeldRequestsMax = 1024;
inline constexpr size_t kRouterHeldBytesMax = 64 * 1024 * 1024;
// Between two tries of a request that is held: the first and the longest. A freeze is over
// within tens of milliseconds.
inline constexpr std::chrono::milliseconds kHeldTimeMin{5};
inline constexpr std::chrono::milliseconds kHeldTimeMax{50};
// Between two looks of a router that follows the map. Nobody waits for one: a back end that is
// called is connected to at once.
inline constexpr std::chrono::milliseconds kFollowTime{1000};

// What the routers of a process count. Outlives them.
struct RouterMetrics {
  explicit RouterMetrics(Registry& registry);

  // Times that a request was held because of `reply`.
  Counter& HoldsFor(const proto::PartitionReply& reply);

  Gauge& held;        // Requests, now.
  Counter& refused;   // Requests beyond the bounds.
  Counter& repeated;  // Asked again after their connection was lost.
  Counter& moved;     // Replies of owners that were not.

 private:
  // By proto::Obstacle; NONE: the owner and we have different maps.
  std::array<Counter*, 5> holds_;
};

// What a router is given. Everything outlives it.
struct RouterOptions {
  const MapHolder& map;
  const Clock& clock;
  // Makes the way to a back end, on the router's thread, where it ends as well. It gives each call
  // its answer by the call's deadline. Called once for each name and address, and again when a back
  // end comes back after its way was let go.
  std::function<std::unique_ptr<Partition>(const BackEnd&)> connect;
  // Looks for a map newer than `epoch`, then calls `then` on the router's thread
  // whether there is one or not.
  std::function<void(uint64_t epoch, std::function<void()> then)> refresh;
  // Calls `then` on the router's thread after `delay`, unless the router is gone, and not from
  // within a partition. Null: nothing is held.
  std::function<void(Duration delay, std::function<void()> then)> later = nullptr;
  RouterMetrics* metrics = nullptr;  // May be null.
  // Whether owners hear of a new map by themselves, so that one with another map than ours is worth
  // waiting for.
  bool map_spreads = true;
};

// How often one request is asked again after its connection was lost: back ends that come and go
// faster are not getting better.
inline constexpr int kLostTriesMax = 3;

// For one thread, an event loop's; the partitions must call Done on it. Calls that
// are under way when the router is destroyed must have been answered; those it holds get
// kUnavailable.
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
  // the owner. A request that was lost with the connection to it is asked again, kLostTriesMax
  // times at most, where that is safe: it only reads, or it has a RequestID, under which the owner
  // applies it once. When that comes to nothing the outcome is not known, and the reply says so.
  // Without any map: kUnavailable. `done` is called exactly once, on the
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
  // The map in force; null: there is none yet. Until the next call of anything here.
  const PartitionMap* map() { return Current(); }

  // Connects to every back end of the map now, so that first requests need not wait, and looks
  // again each kFollowTime: connects to those that have come, and lets go of the way to one that is
  // in the map no more, or has another address there, when the deadline of all that it was called
  // for is over. Once at most, and only with `later`. Without it ways stay until the end.
  void Follow();

 private:
  struct Attempt;
  struct Held;
  // The way to a back end.
  struct Way {
    std::unique_ptr<Partition> partition;
    Deadline busy_until;  // The last of its calls; each is answered by then.
    uint64_t look = 0;    // The last one that found it in the map.
  };
  // Two back ends that had one address in turn are two.
  struct SamePlace {
    bool operator()(const BackEnd& left, const BackEnd& right) const {
      return std::tie(left.address, left.name) < std::tie(right.address, right.name);
    }
  };
  using Ways = std::map<BackEnd, Way, SamePlace>;

  const PartitionMap* Current();
  Way& WayTo(const BackEnd& back_end);
  void ConnectAll();
  void LetGo();
  void Send(std::unique_ptr<proto::PartitionRequest> request, Deadline deadline,
            Partition::Done done);
  void SendTo(PartitionId partition, std::unique_ptr<proto::PartitionRequest> request,
              Deadline deadline, Partition::Done done);
  using AttemptPtr = std::shared_ptr<Attempt>;
  using ReplyPtr = std::unique_ptr<proto::PartitionReply>;

  void Try(std::unique_ptr<proto::PartitionRequest> request, const AttemptPtr& attempt);
  void Judge(const AttemptPtr& attempt, ReplyPtr reply);
  bool MayPass(const proto::PartitionReply& reply) const;
  bool OwnerIsAhead(const proto::PartitionReply& reply) const;
  void Refresh(const AttemptPtr& attempt, ReplyPtr refusal);
  void TryAgain(const AttemptPtr& attempt, uint64_t epoch, ReplyPtr refusal);
  bool Lost(const Attempt& attempt, const proto::PartitionReply& reply) const;
  void AskAgain(const AttemptPtr& attempt, ReplyPtr lost);
  static void Finish(const Attempt& attempt, ReplyPtr reply);
  void Hold(const AttemptPtr& attempt, ReplyPtr refusal);
  void Resume(uint64_t id);
  void CountHeld(int64_t change);

  const RouterOptions options_;
  std::shared_ptr<const PartitionMap> map_;
  uint64_t version_ = 0;
  Ways ways_;
  uint64_t looks_ = 0;  // At the map, by Follow.
  std::unordered_map<uint64_t, std::unique_ptr<Held>> held_;
  uint64_t last_held_ = 0;
  size_t held_bytes_ = 0;
  bool ending_ = false;
};

}  // namespace mesh::frontend
