// ClusterStore is what the programs of one cluster agree through: a small store of
// keys, strongly consistent, with transactions, leases and a watch. EtcdStore speaks to
// etcd; tests/support has one in memory.
//
// No request of a client ever waits for it. What it holds is in docs/CLUSTER.md.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"

namespace mesh::cluster {

// Counts the store's changes; grows with each commit that changes something. Every key
// carries that of its last change.
using Revision = int64_t;

// Keys that are written under a lease vanish with it.
using LeaseId = int64_t;
inline constexpr LeaseId kNoLease = 0;

struct Entry {
  std::string key;
  std::string value;
  Revision revision = 0;  // Of its last change.
  LeaseId lease = kNoLease;
};

// Some keys as they all were at one revision, in order of key.
struct Snapshot {
  Revision revision = 0;  // Of the store. A watch that goes on from here begins at revision + 1.
  std::vector<Entry> entries;

  // The entry of `key`, or null.
  const Entry* Find(std::string_view key) const;
};

// Holds when `key` was last changed at `revision`; 0: when there is no such key.
struct Compare {
  std::string key;
  Revision revision = 0;
};

struct Change {
  std::string key;
  std::optional<std::string> value;  // Nothing: the key is deleted.
  LeaseId lease = kNoLease;
};

// Everything that one commit, or the end of one lease, did to the keys watched. Of a key
// that was deleted, `value` is nothing.
struct WatchBatch {
  Revision revision = 0;
  std::vector<Change> changes;
};

// What a watch tells, on a thread of the store's, one call at a time. None of these may
// block for long or end the watch; all must be set.
struct WatchEvents {
  // In order of revision, each once, none left out.
  std::function<void(const WatchBatch&)> changed;
  // The store takes the watch: at first, and again after each lost().
  std::function<void()> established;
  // The store cannot be reached, or has stopped answering. The watch goes on by itself
  // where it was; nothing is missed.
  std::function<void(const Status& why)> lost;
  // The store no longer keeps what comes next (it was compacted, or is not the store it
  // was): read again and make a new watch. Nothing is told afterwards.
  std::function<void()> compacted;
};

// Ends the watch when destroyed; no event is told after that. Destruction blocks until
// an event that is being told has returned.
class ClusterWatch {
 public:
  virtual ~ClusterWatch() = default;
};

struct GrantedLease {
  LeaseId id = kNoLease;
  int64_t seconds = 0;  // The store may give more than was asked for.
};

// Thread-safe. Every call blocks, at most until its deadline, so none is made on an event
// loop. kUnavailable: the store could not be reached or did not answer in time; for calls
// that change something, whether they did is then unknown.
class ClusterStore {
 public:
  virtual ~ClusterStore() = default;

  // All keys that begin with `prefix`, as the majority of the store has them now: never
  // from a member that may be behind.
  virtual Result<Snapshot> Read(std::string_view prefix, Deadline deadline) = 0;

  // Makes all of `changes` if all of `compares` hold, in one revision, which is returned.
  // kAborted: a compare did not hold, and nothing was changed. kNotFound: a lease is gone,
  // and nothing was changed. No key may stand in `changes` twice.
  virtual Result<Revision> Commit(const std::vector<Compare>& compares,
                                  const std::vector<Change>& changes, Deadline deadline) = 0;

  // Tells every change of keys that begin with `prefix`, from `from` on. Does not block;
  // the store outlives the watch.
  virtual std::unique_ptr<ClusterWatch> Watch(std::string_view prefix, Revision from,
                                              WatchEvents events) = 0;

  // A lease of at least `seconds`.
  virtual Result<GrantedLease> Grant(int64_t seconds, Deadline deadline) = 0;

  // The lease lives on for its full time from now; returns that, in seconds. kNotFound: it
  // has ended.
  virtual Result<int64_t> KeepAlive(LeaseId lease, Deadline deadline) = 0;

  // Whole seconds the lease has left unless it is renewed. kNotFound: it has ended.
  virtual Result<int64_t> TimeLeft(LeaseId lease, Deadline deadline) = 0;

  // Ends the lease now, with its keys. OK too when it has ended already.
  virtual Status Revoke(LeaseId lease, Deadline deadline) = 0;
};

}  // namespace mesh::cluster
