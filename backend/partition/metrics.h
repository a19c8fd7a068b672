// What the partitions of a process count.

#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/metrics.h"

namespace mesh::proto {
class PartitionReply;
class PartitionRequest;
enum Refusal : int;
}  // namespace mesh::proto

namespace mesh::backend {

// "not_in_account": in metrics, and for people.
std::string_view RefusalName(proto::Refusal refusal);

// Thread-safe, without locks once a pair of transaction and answer has been seen.
class PartitionMetrics {
 public:
  explicit PartitionMetrics(Registry& registry);

  // A request has its reply, `took` after it came.
  void Answered(const proto::PartitionRequest& request, const proto::PartitionReply& reply,
                Duration took);

  Counter& batches;
  Counter& batch_requests;
  Counter& batch_bytes;
  Counter& repeats;
  Counter& expired_uploads;
  Counter& sweep_failures;
  Gauge& in_flight;
  Histogram& queue_time;
  Histogram& execute_time;  // Of a whole batch, without its commit.
  Histogram& commit_time;

 private:
  static constexpr size_t kTransactions = 19;  // None, and those of the schema.
  static constexpr size_t kAnswers = 1024;     // Mesh statuses, and below them codes.

  Registry& registry_;
  std::array<std::array<std::atomic<Counter*>, kAnswers>, kTransactions> answers_{};
  std::array<Histogram*, kTransactions> durations_{};
  std::vector<Counter*> refusals_;  // By proto::Refusal; NONE is not counted.
};

}  // namespace mesh::backend
