#include "common/cluster/registration.h"

#include <utility>

namespace mesh::cluster {
namespace {

// Between two writes of a record whose figures have changed: every front end hears of each.
constexpr std::chrono::seconds kWriteEvery{30};
// For the last word: whoever waits for a program that ends does not wait for etcd.
constexpr std::chrono::milliseconds kLeaveTime{500};

}  // namespace

Registration::Registration(const std::string& cluster, std::string name,
                           std::function<NodeRecord()> record, ClusterStore& store,
                           const Clock& clock, std::chrono::milliseconds answer_time)
    : keys_(cluster),
      name_(std::move(name)),
      record_(std::move(record)),
      store_(store),
      clock_(clock),
      answer_time_(answer_time) {}

Status Registration::Keep() {
  if (lease_ == kNoLease) return Register();
  const Status alive = store_.KeepAlive(lease_, Soon()).status();
  if (alive.code() == Code::kNotFound) {
    lease_ = kNoLease;
    return Register();
  }
  if (!alive.ok() || clock_.Now() < next_write_ || record_().Text() == written_) return alive;
  return Write(lease_);
}

Status Registration::Register() {
  MESH_ASSIGN(const GrantedLease lease, store_.Grant(kNodeLeaseSeconds, Soon()));
  const Status written = Write(lease.id);
  if (written.ok()) {
    lease_ = lease.id;
  } else {
    (void)store_.Revoke(lease.id, Soon()).ok();
  }
  return written;
}

Status Registration::Write(LeaseId lease) {
  const NodeRecord record = record_();
  MESH_ASSIGN(const Snapshot snapshot, store_.Read(keys_.Node(name_), Soon()));
  const Entry* const entry = snapshot.Find(keys_.Node(name_));
  if (entry != nullptr) {
    const Result<NodeRecord> other = NodeRecord::Parse(entry->value);
    if (other.ok() && other->data_dir_id != record.data_dir_id) {
      return Status(Code::kFailedPrecondition, "another data directory (" + other->data_dir_id +
                                                   ") is registered as \"" + name_ + "\", at " +
                                                   other->address);
    }
  }
  const Compare compare{keys_.Node(name_), entry == nullptr ? 0 : entry->revision};
  MESH_RETURN_IF_ERROR(
      store_.Commit({compare}, {{compare.key, record.Text(), lease}}, Soon()).status());
  written_ = record.Text();
  next_write_ = clock_.In(kWriteEvery);
  return Status();
}

void Registration::Leave() {
  if (lease_ == kNoLease) return;
  (void)store_.Revoke(std::exchange(lease_, kNoLease), clock_.In(kLeaveTime)).ok();
}

}  // namespace mesh::cluster
