#include "backend/fence.h"

#include <utility>

#include "common/base/status.h"
#include "proto/partition.pb.h"

namespace mesh::backend {
namespace {

std::unique_ptr<proto::PartitionReply> Refusal(uint64_t call_id, Code code, const char* why) {
  auto reply = std::make_unique<proto::PartitionReply>();
  reply->set_call_id(call_id);
  reply->set_code(static_cast<int>(code));
  reply->set_message(why);
  return reply;
}

}  // namespace

Fence::Fence(Partition& partitions, std::function<bool()> owned, Registry& registry)
    : partitions_(partitions),
      owned_(std::move(owned)),
      refused_(registry.GetCounter("mesh_backend_fenced_total",
                                   "Requests refused because this back end does not own its name "
                                   "now.")) {}

void Fence::Call(std::unique_ptr<proto::PartitionRequest> request, Deadline deadline, Done done) {
  const uint64_t id = request->call_id();
  if (!owned_()) {
    refused_.Add();
    auto reply = Refusal(id, Code::kAborted, "this back end does not own its name now");
    reply->set_frozen(true);
    return done(std::move(reply));
  }
  // What was committed after the name was lost is acknowledged to nobody.
  partitions_.Call(std::move(request), deadline, [this, id, done = std::move(done)](auto reply) {
    if (owned_()) return done(std::move(reply));
    refused_.Add();
    done(Refusal(id, Code::kUnavailable, "this back end has lost its name"));
  });
}

}  // namespace mesh::backend
