#include "backend/partition/environment.h"

#include <string>
#include <utility>

#include "proto/partition.pb.h"

namespace mesh::backend {

void AnswerJob(const Environment& environment, Job& job,
               std::unique_ptr<proto::PartitionReply> reply) {
  reply->set_call_id(job.request->call_id());
  reply->set_map_epoch(environment.map_epoch.load(std::memory_order_relaxed));
  environment.metrics.Answered(*job.request, *reply, environment.clock.Now() - job.queued);
  job.done(std::move(reply));
}

void RefuseJob(const Environment& environment, Job& job, const Status& why) {
  auto reply = std::make_unique<proto::PartitionReply>();
  SetFailure(why.code(), why.message(), reply.get());
  AnswerJob(environment, job, std::move(reply));
}

void SetFrozen(proto::PartitionReply* reply) {
  SetFailure(Code::kAborted, "the account is being moved; ask again", reply);
  reply->set_frozen(true);
}

void SetFailure(Code code, std::string_view message, proto::PartitionReply* reply) {
  reply->Clear();
  reply->set_code(static_cast<int32_t>(code));
  reply->set_message(std::string(message));
}

}  // namespace mesh::backend
