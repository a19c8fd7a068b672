// A ClusterStore in memory, which fails when the test says so.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/cluster/cluster_store.h"

namespace mesh::testing {

// Thread-safe. Watches are told on the thread that caused the event, before the call that
// caused it returns; so no caller may hold a lock that its events take. Leases end by
// `clock`, and are looked at by every call and by ExpireLeases(). Outlives its watches.
class FakeClusterStore final : public cluster::ClusterStore {
 public:
  explicit FakeClusterStore(const Clock& clock) : clock_(clock) {}

  Result<cluster::Snapshot> Read(std::string_view prefix, Deadline deadline) override;
  Result<cluster::Revision> Commit(const std::vector<cluster::Compare>& compares,
                                   const std::vector<cluster::Change>& changes,
                                   Deadline deadline) override;
  std::unique_ptr<cluster::ClusterWatch> Watch(std::string_view prefix, cluster::Revision from,
                                               cluster::WatchEvents events) override;
  Result<cluster::GrantedLease> Grant(int64_t seconds, Deadline deadline) override;
  Result<int64_t> KeepAlive(cluster::LeaseId lease, Deadline deadline) override;
  Result<int64_t> TimeLeft(cluster::LeaseId lease, Deadline deadline) override;
  Status Revoke(cluster::LeaseId lease, Deadline deadline) override;

  // Nobody can reach it; watches are told. Up again, they go on where they were.
  void SetDown(bool down);
  // Calls get no answer (at once: no test waits), watches hear nothing.
  void SetFrozen(bool frozen);
  // The next Commit is made, and its caller told kUnavailable.
  void LoseNextReply();
  // Watches are told that what they would hear next is no longer kept.
  void Compact();
  // Everything is gone, and revisions begin again.
  void Wipe();
  // Ends the leases whose time has come.
  void ExpireLeases();

  // Without compares, past every failure: what somebody else did.
  void Put(const std::string& key, const std::string& value);
  void Delete(const std::string& key);
  // Nothing: there is no such key.
  std::optional<std::string> Value(const std::string& key);
  // How often Read, Commit, Grant, KeepAlive, TimeLeft and Revoke were called.
  int calls();

 private:
  class FakeWatch;
  struct Lease {
    int64_t seconds = 0;
    MonotonicTime end;
  };

  Status Begin();
  bool Holds(const cluster::Compare& compare) const;
  void Apply(const std::vector<cluster::Change>& changes);
  void EndLease(cluster::LeaseId lease);
  void CatchUp();

  const Clock& clock_;
  // Taken again by events that call the store.
  std::recursive_mutex mutex_;
  cluster::Revision revision_ = 1;
  cluster::LeaseId last_lease_ = 0;
  std::map<std::string, cluster::Entry, std::less<>> entries_;
  std::map<cluster::LeaseId, Lease> leases_;
  std::vector<cluster::WatchBatch> history_;
  std::set<FakeWatch*> watches_;
  bool down_ = false;
  bool frozen_ = false;
  bool lose_reply_ = false;
  int calls_ = 0;
};

}  // namespace mesh::testing
