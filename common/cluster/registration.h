// Registration keeps a back end's record under nodes/ as long as it runs: where front
// ends reach it, and how busy it is. Only the owner of the name registers.

#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/cluster/cluster_keys.h"
#include "common/cluster/cluster_store.h"
#include "common/cluster/records.h"

namespace mesh::cluster {

// A back end that is gone without a word is off the list after this. Front ends go on with
// its last address, so a short one costs nothing, and a long one tells operators late.
inline constexpr int64_t kNodeLeaseSeconds = 15;

// For one thread.
class Registration {
 public:
  // `record` says what to register, each time; called on the thread of Keep.
  Registration(const std::string& cluster, std::string name, std::function<NodeRecord()> record,
               ClusterStore& store, const Clock& clock, std::chrono::milliseconds answer_time);

  // Registers, or stays registered; called every kNodeLeaseSeconds / 5. kFailedPrecondition: the
  // name is registered by another data directory. Blocks on the store.
  Status Keep();

  // Takes the record away. Blocks on the store.
  void Leave();

 private:
  Status Register();
  Status Write(LeaseId lease);
  Deadline Soon() const { return clock_.In(answer_time_); }

  const ClusterKeys keys_;
  const std::string name_;
  const std::function<NodeRecord()> record_;
  ClusterStore& store_;
  const Clock& clock_;
  const std::chrono::milliseconds answer_time_;
  LeaseId lease_ = kNoLease;
  std::string written_;
  MonotonicTime next_write_;
};

}  // namespace mesh::cluster
