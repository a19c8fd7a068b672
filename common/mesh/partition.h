// Partition is what the front end asks of the owner of an account. There are two
// implementations: frontend/rpc speaks gRPC to another process, and
// backend/partition answers in this one (a direct listener, and tests).

#pragma once

#include <functional>
#include <memory>

#include "common/base/clock.h"

namespace mesh {

namespace proto {
class PartitionRequest;
class PartitionReply;
}  // namespace proto

class Partition {
 public:
  // Always called exactly once for each Call, from any thread, possibly before
  // Call returns. Must not block.
  using Done = std::function<void(std::unique_ptr<proto::PartitionReply>)>;

  virtual ~Partition() = default;

  // Runs `request` on its partition. Never blocks: when a queue is full the reply
  // is kResourceExhausted at once. A reply with a code other than OK means that
  // nothing was done, except kDeadlineExceeded and kUnavailable after the request
  // left this process, where the outcome is unknown. Thread-safe.
  virtual void Call(std::unique_ptr<proto::PartitionRequest> request, Deadline deadline,
                    Done done) = 0;
};

}  // namespace mesh
