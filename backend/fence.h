// Fence stands before the partitions of a back end that must own its name to serve: while it
// does not, nothing is read, written or acknowledged (docs/CLUSTER.md).

#pragma once

#include <functional>
#include <memory>

#include "common/base/metrics.h"
#include "common/mesh/partition.h"

namespace mesh::backend {

// Thread-safe.
class Fence final : public Partition {
 public:
  // `owned` says whether the name is ours now; any thread, in nanoseconds. The references
  // outlive the fence and its calls.
  Fence(Partition& partitions, std::function<bool()> owned, Registry& registry);

  // kAborted and `frozen` when the name is not ours: the request was not looked at. kUnavailable
  // when it was lost while the request was under way: the outcome is unknown.
  void Call(std::unique_ptr<proto::PartitionRequest> request, Deadline deadline,
            Done done) override;

 private:
  Partition& partitions_;
  const std::function<bool()> owned_;
  Counter& refused_;
};

}  // namespace mesh::backend
