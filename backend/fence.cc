#include "backend/fence.h"

#include <utility>

#include "backend/partition/environment.h"
#include "common/base/status.h"
#include "proto/partition.pb.h"

namespace mesh::backend {
namespace {

std::unique_ptr<proto::PartitionReply> NotLookedAt() {
  auto reply = std::make_unique<proto::PartitionReply>();
  SetHeldOff(proto::OBSTACLE_UNPROVEN, reply.get());
  return reply;
}

std::unique_ptr<proto::PartitionReply> Unknown() {
  auto reply = std::make_unique<proto::PartitionReply>();
  SetFailure(Code::kUnavailable, "this back end could not prove its lease when it had the answer",
             reply.get());
  reply->set_obstacle(proto::OBSTACLE_UNPROVEN);
  return reply;
}

}  // namespace

Fence::Fence(Partition& partitions, std::function<bool()> owned, Registry& registry)
    : partitions_(partitions),
      owned_(std::move(owned)),
      refused_(registry.GetCounter("mesh_backend_fenced_total",
                                   "Requests not taken, or not acknowledged, because this back "
                                   "end could not prove its lease of its name.")) {}

void Fence::Call(std::unique_ptr<proto::PartitionRequest> request, Deadline deadline, Done done) {
  const uint64_t id = request->call_id();
  if (!owned_()) return done(Refuse(id, NotLookedAt()));
  // What was committed after the lease could not be proved is acknowledged to nobody.
  partitions_.Call(std::move(request), deadline, [this, id, done = std::move(done)](auto reply) {
    done(owned_() ? std::move(reply) : Refuse(id, Unknown()));
  });
}

std::unique_ptr<proto::PartitionReply> Fence::Refuse(
    uint64_t call_id, std::unique_ptr<proto::PartitionReply> reply) const {
  refused_.Add();
  reply->set_call_id(call_id);
  return reply;
}

}  // namespace mesh::backend
