#include "common/cluster/ownership.h"

#include <algorithm>
#include <utility>

#include "common/base/log.h"
#include "common/cluster/records.h"

namespace mesh::cluster {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr std::chrono::milliseconds kIntervalMax{10'000};

}  // namespace

int64_t GoodUntil(int64_t sent, int64_t seconds) {
  const int64_t lease = seconds * kSecond;
  return sent + lease - std::max(lease / 20, kSecond);
}

Ownership::Ownership(const OwnershipOptions& options, DataDir data_dir, ClusterStore& store,
                     const Clock& clock, const BootClock& boot_clock)
    : options_(options),
      keys_(options.cluster),
      data_dir_(std::move(data_dir)),
      store_(store),
      clock_(clock),
      boot_clock_(boot_clock),
      boot_id_(boot_clock.BootId()) {}

std::chrono::milliseconds Ownership::interval() const {
  return std::min(kIntervalMax, std::chrono::milliseconds(options_.lease_seconds * 100));
}

double Ownership::SecondsLeft() const {
  const int64_t left = good_until_.load(std::memory_order_relaxed) - boot_clock_.NowNanos();
  return static_cast<double>(std::max<int64_t>(left, 0)) / kSecond;
}

void Ownership::Resume() {
  const std::optional<KeptLease> kept = data_dir_.ReadLease();
  if (!kept || boot_id_.empty() || kept->boot_id != boot_id_ || kept->name != options_.name) return;
  if (kept->sent > boot_clock_.NowNanos()) return;
  good_until_ = GoodUntil(kept->sent, kept->seconds);
}

Status Ownership::Renew() {
  const int64_t sent = boot_clock_.NowNanos();
  MESH_ASSIGN(const GrantedLease lease, store_.Grant(options_.lease_seconds, Soon()));
  bool may_hold = false;
  const Status taken = Take(lease, &may_hold);
  if (taken.ok()) {
    Confirm(lease, sent);
  } else if (!may_hold) {
    Drop(lease.id);
  }
  return taken;
}

Status Ownership::CheckEpoch() {
  if (!options_.known_epoch) return Status();
  MESH_ASSIGN(const Snapshot snapshot, store_.Read(keys_.Epoch(), Soon()));
  const Entry* const entry = snapshot.Find(keys_.Epoch());
  const auto epoch = entry == nullptr ? std::nullopt : ParseDecimal(entry->value);
  if (!epoch || *epoch >= options_.known_epoch()) return Status();
  return Status(Code::kUnavailable, "etcd has an older epoch than ours: it was rolled back");
}

// `*may_hold`: whether the name may stand under the lease; then its end would be the name's.
Status Ownership::Take(const GrantedLease& lease, bool* may_hold) {
  MESH_RETURN_IF_ERROR(CheckEpoch());
  MESH_ASSIGN(const Snapshot snapshot, store_.Read(keys_.Owner(options_.name), Soon()));
  Result<Compare> owner = Comparison(snapshot);
  if (!owner.ok()) {
    good_until_ = 0;  // etcd says that it is not ours.
    return owner.status();
  }
  std::vector<Compare> compares = {*owner};
  if (owner->revision == 0 && !Owned()) compares.push_back({keys_.Hold(), 0});
  const OwnerRecord record{data_dir_.id(), boot_id_};
  const Status status =
      store_.Commit(compares, {{owner->key, record.Text(), lease.id}}, Soon()).status();
  *may_hold = status.code() != Code::kAborted && status.code() != Code::kNotFound;
  if (status.code() != Code::kAborted || compares.size() == 1) return status;
  return Status(Code::kFailedPrecondition,
                "etcd was restored, and the name \"" + options_.name +
                    "\" may still be in use: it is held back until that cannot be");
}

// That the name is free, or ours as we have just read it.
Result<Compare> Ownership::Comparison(const Snapshot& snapshot) const {
  const std::string key = keys_.Owner(options_.name);
  const Entry* const entry = snapshot.Find(key);
  if (entry == nullptr) return Compare{key, 0};
  const Result<OwnerRecord> record = OwnerRecord::Parse(entry->value);
  if (record.ok() && record->data_dir_id == data_dir_.id()) return Compare{key, entry->revision};
  return Status(Code::kFailedPrecondition,
                "the name \"" + options_.name + "\" is held by another data directory (" +
                    (record.ok() ? record->data_dir_id : "unreadable") + ", ours is " +
                    data_dir_.id() + ") until its lease ends");
}

void Ownership::Confirm(const GrantedLease& lease, int64_t sent) {
  static LogLimiter limiter(std::chrono::seconds(60));
  Drop(std::exchange(lease_, lease.id));
  const Status kept = data_dir_.WriteLease({options_.name, boot_id_, sent, lease.seconds});
  uint64_t suppressed = 0;
  if (!kept.ok() && limiter.Allow(clock_.Now(), &suppressed)) {
    Log(LogLevel::kWarning, "the lease is not kept on disk", {{"error", kept.message()}});
  }
  good_until_ = GoodUntil(sent, lease.seconds);
}

// It would end by itself.
void Ownership::Drop(LeaseId lease) {
  if (lease != kNoLease) (void)store_.Revoke(lease, Soon()).ok();
}

}  // namespace mesh::cluster
