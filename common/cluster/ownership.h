// Ownership of a back end's name: who holds it may serve the accounts that the map gives to
// that name, and nobody else can be given it meanwhile (docs/CLUSTER.md has the argument,
// docs/decisions/0007 the choice).
//
// The name stands in etcd under a long lease. Each renewal is a new lease, which etcd's
// majority agrees on; the owner counts from the moment it sent the renewal and stops, by the
// boot clock, before the lease can have ended. So an etcd that is away for less than the lease
// costs nothing, and one that is away for longer never leads to two owners.

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/cluster/boot_clock.h"
#include "common/cluster/cluster_keys.h"
#include "common/cluster/cluster_store.h"
#include "common/cluster/data_dir.h"

namespace mesh::cluster {

struct OwnershipOptions {
  std::string cluster;
  std::string name;  // The back end's.
  int64_t lease_seconds = 3600;
  std::chrono::milliseconds answer_time{2000};  // For one answer of etcd's.
  // The epoch of the map in force. An etcd with a lower one was rolled back, and what it says
  // of owners may be of the past. Null: 0.
  std::function<uint64_t()> known_epoch;
};

// Renew is for one thread; Owned for any.
class Ownership {
 public:
  // The references outlive it.
  Ownership(const OwnershipOptions& options, DataDir data_dir, ClusterStore& store,
            const Clock& clock, const BootClock& boot_clock);

  // Whether the name is ours now. Takes nanoseconds.
  bool Owned() const {
    return boot_clock_.NowNanos() < good_until_.load(std::memory_order_relaxed);
  }

  // Seconds until it is not unless it is renewed; 0 when it is not.
  double SecondsLeft() const;

  // Goes on with the lease of the process before, if it was of this run of the machine and
  // is still good. Blocks on the disk.
  void Resume();

  // Takes the name, or renews what we have of it. kFailedPrecondition: it is another data
  // directory's, or held back after etcd was restored; kUnavailable, kAborted: not known; what
  // we have stays good for its time. Blocks on etcd and the disk.
  Status Renew();

  // How often Renew is called: a tenth of the lease, at most ten seconds.
  std::chrono::milliseconds interval() const;

 private:
  Result<Compare> Comparison(const Snapshot& snapshot) const;
  Status CheckEpoch();
  Status Take(const GrantedLease& lease, bool* may_hold);
  void Confirm(const GrantedLease& lease, int64_t sent);
  void Drop(LeaseId lease);
  Deadline Soon() const { return clock_.In(options_.answer_time); }

  const OwnershipOptions options_;
  const ClusterKeys keys_;
  const DataDir data_dir_;
  ClusterStore& store_;
  const Clock& clock_;
  const BootClock& boot_clock_;
  const std::string boot_id_;
  LeaseId lease_ = kNoLease;  // Of the last renewal that was confirmed.
  std::atomic<int64_t> good_until_{0};
};

// Boot-clock nanoseconds up to which a lease of `seconds`, whose renewal was sent at `sent`, is
// good: five per cent, and at least a second, before it can end. Clocks that run unequally
// and an answer on its way have room in that.
int64_t GoodUntil(int64_t sent, int64_t seconds);

}  // namespace mesh::cluster
