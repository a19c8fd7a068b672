#include "tests/support/fake_cluster_store.h"

#include <utility>

namespace mesh::testing {

using cluster::Change;
using cluster::Compare;
using cluster::Entry;
using cluster::GrantedLease;
using cluster::LeaseId;
using cluster::Revision;
using cluster::Snapshot;
using cluster::WatchBatch;

class FakeClusterStore::FakeWatch final : public cluster::ClusterWatch {
 public:
  FakeWatch(FakeClusterStore& store, std::string prefix, Revision from, cluster::WatchEvents events)
      : store_(store), prefix_(std::move(prefix)), events_(std::move(events)), next_(from) {}

  ~FakeWatch() override {
    const std::lock_guard lock(store_.mutex_);
    store_.watches_.erase(this);
  }

  void Begin() {
    if (over_ || store_.frozen_) return;
    if (store_.down_) return Lost();
    if (store_.revision_ + 1 < next_) return End();
    if (std::exchange(established_, true)) return;
    events_.established();
  }

  void Lost() {
    if (over_ || !std::exchange(established_, false)) return;
    events_.lost(Status(Code::kUnavailable, "the fake store is down"));
  }

  void End() {
    if (!std::exchange(over_, true)) events_.compacted();
  }

  void CatchUp(const std::vector<WatchBatch>& history) {
    for (size_t i = 0; i < history.size() && established_ && !over_; ++i) {
      if (history[i].revision >= next_) Tell(WatchBatch(history[i]));
    }
  }

 private:
  void Tell(WatchBatch batch) {
    next_ = batch.revision + 1;
    std::erase_if(batch.changes,
                  [this](const Change& change) { return !change.key.starts_with(prefix_); });
    if (!batch.changes.empty()) events_.changed(batch);
  }

  FakeClusterStore& store_;
  const std::string prefix_;
  const cluster::WatchEvents events_;
  Revision next_;
  bool established_ = false;
  bool over_ = false;
};

Status FakeClusterStore::Begin() {
  ++calls_;
  if (down_ || frozen_) return Status(Code::kUnavailable, "the fake store does not answer");
  ExpireLeases();
  return Status();
}

Result<Snapshot> FakeClusterStore::Read(std::string_view prefix, Deadline) {
  const std::lock_guard lock(mutex_);
  MESH_RETURN_IF_ERROR(Begin());
  Snapshot snapshot{revision_, {}};
  for (auto entry = entries_.lower_bound(prefix);
       entry != entries_.end() && entry->first.starts_with(prefix); ++entry) {
    snapshot.entries.push_back(entry->second);
  }
  return snapshot;
}

Result<Revision> FakeClusterStore::Commit(const std::vector<Compare>& compares,
                                          const std::vector<Change>& changes, Deadline) {
  const std::lock_guard lock(mutex_);
  MESH_RETURN_IF_ERROR(Begin());
  for (const Compare& compare : compares) {
    if (!Holds(compare)) return Status(Code::kAborted, "the fake store: " + compare.key);
  }
  for (const Change& change : changes) {
    if (change.lease == cluster::kNoLease || leases_.contains(change.lease)) continue;
    return Status(Code::kNotFound, "the fake store: no such lease");
  }
  Apply(changes);
  const Revision revision = revision_;
  if (std::exchange(lose_reply_, false)) {
    return Status(Code::kUnavailable, "the fake store's reply was lost");
  }
  return revision;
}

bool FakeClusterStore::Holds(const Compare& compare) const {
  const auto found = entries_.find(compare.key);
  return (found == entries_.end() ? 0 : found->second.revision) == compare.revision;
}

void FakeClusterStore::Apply(const std::vector<Change>& changes) {
  if (changes.empty()) return;
  ++revision_;
  for (const Change& change : changes) {
    if (change.value.has_value()) {
      entries_[change.key] = Entry{change.key, *change.value, revision_, change.lease};
    } else {
      entries_.erase(change.key);
    }
  }
  history_.push_back({revision_, changes});
  CatchUp();
}

// A watch may end while others are told.
void FakeClusterStore::CatchUp() {
  if (down_ || frozen_) return;
  for (FakeWatch* const watch : std::set(watches_)) {
    if (!watches_.contains(watch)) continue;
    watch->Begin();
    if (watches_.contains(watch)) watch->CatchUp(history_);
  }
}

std::unique_ptr<cluster::ClusterWatch> FakeClusterStore::Watch(std::string_view prefix,
                                                               Revision from,
                                                               cluster::WatchEvents events) {
  const std::lock_guard lock(mutex_);
  auto watch = std::make_unique<FakeWatch>(*this, std::string(prefix), from, std::move(events));
  watches_.insert(watch.get());
  CatchUp();
  return watch;
}

Result<GrantedLease> FakeClusterStore::Grant(int64_t seconds, Deadline) {
  const std::lock_guard lock(mutex_);
  MESH_RETURN_IF_ERROR(Begin());
  leases_[++last_lease_] = {seconds, clock_.In(std::chrono::seconds(seconds))};
  return GrantedLease{last_lease_, seconds};
}

Result<int64_t> FakeClusterStore::KeepAlive(LeaseId lease, Deadline) {
  const std::lock_guard lock(mutex_);
  MESH_RETURN_IF_ERROR(Begin());
  const auto found = leases_.find(lease);
  if (found == leases_.end()) return Status(Code::kNotFound, "the fake store: no such lease");
  found->second.end = clock_.In(std::chrono::seconds(found->second.seconds));
  return found->second.seconds;
}

Result<int64_t> FakeClusterStore::TimeLeft(LeaseId lease, Deadline) {
  const std::lock_guard lock(mutex_);
  MESH_RETURN_IF_ERROR(Begin());
  const auto found = leases_.find(lease);
  if (found == leases_.end()) return Status(Code::kNotFound, "the fake store: no such lease");
  return std::chrono::duration_cast<std::chrono::seconds>(found->second.end - clock_.Now()).count();
}

Status FakeClusterStore::Revoke(LeaseId lease, Deadline) {
  const std::lock_guard lock(mutex_);
  MESH_RETURN_IF_ERROR(Begin());
  EndLease(lease);
  return Status();
}

void FakeClusterStore::EndLease(LeaseId lease) {
  if (leases_.erase(lease) == 0) return;
  std::vector<Change> changes;
  for (const auto& [key, entry] : entries_) {
    if (entry.lease == lease) changes.push_back({key, std::nullopt, cluster::kNoLease});
  }
  Apply(changes);
}

void FakeClusterStore::ExpireLeases() {
  const std::lock_guard lock(mutex_);
  if (down_ || frozen_) return;
  std::vector<LeaseId> ended;
  for (const auto& [id, lease] : leases_) {
    if (lease.end <= clock_.Now()) ended.push_back(id);
  }
  for (const LeaseId id : ended) EndLease(id);
}

void FakeClusterStore::SetDown(bool down) {
  const std::lock_guard lock(mutex_);
  down_ = down;
  for (FakeWatch* const watch : std::set(watches_)) {
    if (down && watches_.contains(watch)) watch->Lost();
  }
  CatchUp();
}

void FakeClusterStore::SetFrozen(bool frozen) {
  const std::lock_guard lock(mutex_);
  frozen_ = frozen;
  CatchUp();
}

void FakeClusterStore::LoseNextReply() {
  const std::lock_guard lock(mutex_);
  lose_reply_ = true;
}

void FakeClusterStore::Compact() {
  const std::lock_guard lock(mutex_);
  history_.clear();
  for (FakeWatch* const watch : std::set(watches_)) {
    if (watches_.contains(watch)) watch->End();
  }
}

void FakeClusterStore::Wipe() {
  const std::lock_guard lock(mutex_);
  entries_.clear();
  leases_.clear();
  revision_ = 1;
  Compact();
}

void FakeClusterStore::Put(const std::string& key, const std::string& value) {
  const std::lock_guard lock(mutex_);
  Apply({{key, value, cluster::kNoLease}});
}

void FakeClusterStore::Delete(const std::string& key) {
  const std::lock_guard lock(mutex_);
  Apply({{key, std::nullopt, cluster::kNoLease}});
}

std::optional<std::string> FakeClusterStore::Value(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return std::nullopt;
  return found->second.value;
}

int FakeClusterStore::calls() {
  const std::lock_guard lock(mutex_);
  return calls_;
}

}  // namespace mesh::testing
