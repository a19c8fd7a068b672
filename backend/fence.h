// Fence stands before the partitions of a back end that must own its name to serve: while it
// cannot prove its lease of it, nothing is read, written or acknowledged (docs/CLUSTER.md). It may
// come back: once etcd has confirmed the lease anew, it serves on.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "common/base/metrics.h"
#include "common/mesh/partition.h"

namespace mesh::backend {

// Thread-safe.
class Fence final : public Partition {
 public:
  // `owned` says whether the lease is proved now; any thread, in nanoseconds. The references
  // outlive the fence and its calls.
  Fence(Partition& partitions, std::function<bool()> owned, Registry& registry);

  // kAborted and `frozen` when the lease is not proved: the request was not looked at.
  // kUnavailable when that was so only when the answer came: the outcome is unknown. Both name
  // the obstacle UNPROVEN.
  void Call(std::unique_ptr<proto::PartitionRequest> request, Deadline deadline,
            Done done) override;

 private:
  std::unique_ptr<proto::PartitionReply> Refuse(uint64_t call_id,
                                                std::unique_ptr<proto::PartitionReply> reply) const;

  Partition& partitions_;
  const std::function<bool()> owned_;
  Counter& refused_;
};

}  // namespace mesh::backend
