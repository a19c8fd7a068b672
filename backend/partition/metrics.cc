#include "backend/partition/metrics.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "proto/partition.pb.h"

namespace mesh::backend {
namespace {

constexpr std::string_view kNames[] = {
    "none",     "create_account",   "delete_account", "status",
    "download", "upload",           "create_group",   "grant",
    "connect",  "complete",         "claim",          "poll_claim",
    "post",     "deliver",          "lease_outbox",   "settle_outbox",
    "operate",  "record_incidents", "list_incidents"};
// By proto::Refusal: why callers are refused.
constexpr std::string_view kRefusals[] = {
    "none",          "nobody",     "mode",  "not_in_account", "incarnation", "profile",
    "administrator", "permission", "grant", "device_entry",   "time",        "grant_expired",
    "other_device",  "sender",     "claim", "signature",      "rate"};
static_assert(std::size(kRefusals) == proto::Refusal_ARRAYSIZE);
constexpr size_t kFirstField = proto::PartitionRequest::kCreate;

size_t NumberOf(const proto::PartitionRequest& request) {
  const size_t field = request.transaction_case();
  return field < kFirstField ? 0 : std::min(field - kFirstField + 1, std::size(kNames) - 1);
}

std::string_view NameOf(Code code) {
  switch (code) {
    case Code::kOk:
      return "ok";
    case Code::kInvalidArgument:
      return "invalid_argument";
    case Code::kDeadlineExceeded:
      return "deadline_exceeded";
    case Code::kNotFound:
      return "not_found";
    case Code::kAlreadyExists:
      return "already_exists";
    case Code::kPermissionDenied:
      return "permission_denied";
    case Code::kResourceExhausted:
      return "resource_exhausted";
    case Code::kFailedPrecondition:
      return "failed_precondition";
    case Code::kAborted:
      return "wrong_owner";
    case Code::kUnimplemented:
      return "unimplemented";
    case Code::kInternal:
      return "internal";
    case Code::kUnavailable:
      return "unavailable";
    case Code::kDataLoss:
      return "data_loss";
    case Code::kUnauthenticated:
      return "unauthenticated";
  }
  return "other";
}

// The protocol's status if there is one, else the code that stands for it.
size_t AnswerOf(const proto::PartitionReply& reply) {
  const int32_t answer = reply.code() != 0 ? reply.code() : reply.mesh_status();
  return answer > 0 ? static_cast<size_t>(answer) : 0;
}

std::string LabelOf(size_t answer) {
  return answer < 100 ? std::string(NameOf(static_cast<Code>(answer))) : std::to_string(answer);
}

}  // namespace

std::string_view RefusalName(proto::Refusal refusal) {
  return kRefusals[std::min<size_t>(refusal, std::size(kRefusals) - 1)];
}

PartitionMetrics::PartitionMetrics(Registry& registry)
    : batches(registry.GetCounter("mesh_backend_commits_total", "Commits, each with one sync.")),
      batch_requests(registry.GetCounter("mesh_backend_commit_requests_total",
                                         "Requests that the writers ran.")),
      batch_bytes(registry.GetCounter("mesh_backend_commit_bytes_total",
                                      "Octets of keys and values committed.")),
      repeats(registry.GetCounter("mesh_backend_repeats_total",
                                  "Requests answered with the reply that was kept.")),
      expired_uploads(registry.GetCounter("mesh_backend_expired_uploads_total",
                                          "Two-round uploads that nobody finished.")),
      sweep_failures(registry.GetCounter("mesh_backend_sweep_failures_total",
                                         "Sweeps of what has expired, or of incidents, that "
                                         "failed.")),
      in_flight(registry.GetGauge("mesh_backend_requests_in_flight",
                                  "Requests that have come and not been answered.")),
      queue_time(registry.GetHistogram("mesh_backend_queue_seconds",
                                       "From a request's arrival until a writer takes it.")),
      execute_time(registry.GetHistogram("mesh_backend_batch_execute_seconds",
                                         "Running the requests of a batch, before its commit.")),
      commit_time(
          registry.GetHistogram("mesh_backend_commit_seconds", "One commit with its sync.")),
      registry_(registry) {
  static_assert(std::size(kNames) == kTransactions);
  for (size_t i = 0; i < kTransactions; ++i) {
    durations_[i] = &registry.GetHistogram("mesh_backend_request_seconds",
                                           "From a request's arrival to its reply.",
                                           {{"transaction", std::string(kNames[i])}});
  }
  refusals_.resize(std::size(kRefusals));
  for (size_t i = 1; i < std::size(kRefusals); ++i) {
    refusals_[i] = &registry.GetCounter("mesh_backend_refusals_total",
                                        "Requests whose caller may not, by reason.",
                                        {{"reason", std::string(kRefusals[i])}});
  }
}

void PartitionMetrics::Answered(const proto::PartitionRequest& request,
                                const proto::PartitionReply& reply, Duration took) {
  const size_t number = NumberOf(request);
  const size_t answer = std::min(AnswerOf(reply), kAnswers - 1);
  std::atomic<Counter*>& known = answers_[number][answer];
  Counter* counter = known.load(std::memory_order_acquire);
  if (counter == nullptr) {
    counter = &registry_.GetCounter(
        "mesh_backend_requests_total", "Requests answered, by transaction and answer.",
        {{"transaction", std::string(kNames[number])}, {"code", LabelOf(answer)}});
    known.store(counter, std::memory_order_release);
  }
  counter->Add();
  if (reply.refusal() != proto::REFUSAL_NONE) {
    refusals_[std::min<size_t>(reply.refusal(), refusals_.size() - 1)]->Add();
  }
  durations_[number]->ObserveNanos(static_cast<uint64_t>(std::max<int64_t>(took.count(), 0)));
  in_flight.Add(-1);
}

}  // namespace mesh::backend
