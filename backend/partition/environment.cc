#include "backend/partition/environment.h"

#include <string>
#include <utility>

#include "proto/partition.pb.h"

namespace mesh::backend {
namespace {

// Whom a request came from, as far as the edge has proved it.
const std::string& SourceOf(const proto::Caller& caller) {
  return caller.mode() == proto::Caller::SERVICE ? caller.domain() : caller.device_udf();
}

// Whom the owner refused. A grant that expired on its way is our own slowness, and what an
// operator asks comes from us.
void CountRefusal(const Environment& environment, const proto::PartitionRequest& request,
                  const proto::PartitionReply& reply) {
  const proto::Refusal refusal = reply.refusal();
  if (refusal == proto::REFUSAL_NONE || refusal == proto::REFUSAL_GRANT_EXPIRED) return;
  if (request.caller().mode() == proto::Caller::OPERATOR) return;
  environment.incidents.Count(request.partition(), IncidentKind::kOwner, RefusalName(refusal),
                              SourceOf(request.caller()), request.account(),
                              environment.clock.WallNow());
}

const char* TextOf(proto::Obstacle obstacle) {
  switch (obstacle) {
    case proto::OBSTACLE_OPENING:
      return "the partition is just being opened here; ask again";
    case proto::OBSTACLE_UNPROVEN:
      return "this back end cannot prove its lease of its name now; ask again";
    case proto::OBSTACLE_DRAINING:
      return "this back end is ending and takes no more; ask again";
    default:
      return "the account is being moved; ask again";
  }
}

}  // namespace

void AnswerJob(const Environment& environment, Job& job,
               std::unique_ptr<proto::PartitionReply> reply) {
  reply->set_call_id(job.request->call_id());
  reply->set_map_epoch(environment.map_epoch.load(std::memory_order_relaxed));
  environment.metrics.Answered(*job.request, *reply, environment.clock.Now() - job.queued);
  CountRefusal(environment, *job.request, *reply);
  job.done(std::move(reply));
}

void RefuseJob(const Environment& environment, Job& job, const Status& why) {
  auto reply = std::make_unique<proto::PartitionReply>();
  SetFailure(why.code(), why.message(), reply.get());
  AnswerJob(environment, job, std::move(reply));
}

void SetHeldOff(proto::Obstacle obstacle, proto::PartitionReply* reply) {
  SetFailure(Code::kAborted, TextOf(obstacle), reply);
  reply->set_frozen(true);
  reply->set_obstacle(obstacle);
}

void SetFailure(Code code, std::string_view message, proto::PartitionReply* reply) {
  reply->Clear();
  reply->set_code(static_cast<int32_t>(code));
  reply->set_message(std::string(message));
}

}  // namespace mesh::backend
