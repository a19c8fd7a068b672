// What every partition of a process shares.

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "backend/partition/job_queue.h"
#include "backend/partition/metrics.h"
#include "backend/transactions/transaction.h"
#include "common/base/clock.h"
#include "common/base/published.h"
#include "common/mesh/partition_map.h"

namespace mesh::proto {
enum Obstacle : int;
}

namespace mesh::backend {

// Made at start; outlives all partitions. Only map_epoch changes afterwards.
struct Environment {
  const Clock& clock;
  SlotKey slot_key;
  AccountPolicy policy;
  crypto::RandomSource& random;
  PartitionMetrics& metrics;

  // Called once, from a writer, when a commit failed in a way that only opening
  // the store again can heal: nothing of the batch was acknowledged, and nothing
  // will be. Ends the process, outside tests.
  std::function<void(const Status&)> on_broken;

  // Another table of transactions, for tests.
  std::function<Outcome(const proto::PartitionRequest&, TransactionContext&,
                        proto::PartitionReply*)>
      execute = Execute;
  std::function<Result<size_t>(TransactionContext&, size_t)> sweep = SweepPendingUploads;
  std::function<Status(TransactionContext&)> sweep_incidents = SweepIncidents;

  // What the operator says of messages; null until it is published: the default one.
  Published<SitePolicy> site_policy{};
  mutable DeliveryTally deliveries{};

  // Refused and abusive traffic: what a partition keeps of it, and what it has been told.
  IncidentLimits incident_limits{};
  mutable IncidentFigures incident_figures{};
  mutable OwnerIncidents incidents{};
  // Whether an address is of the partition, under the map in force.
  std::function<bool(PartitionId, std::string_view)> owns = [](PartitionId, std::string_view) {
    return true;
  };

  // Of the map in force; stands in every reply.
  std::atomic<uint64_t> map_epoch{0};
};

// Pays `job`'s debt: fills in what every reply carries, counts it, calls done.
void AnswerJob(const Environment& environment, Job& job,
               std::unique_ptr<proto::PartitionReply> reply);

// The same with a failure: nothing was done.
void RefuseJob(const Environment& environment, Job& job, const Status& why);

// Makes `reply` say that the request was not looked at because of `obstacle`, which is not NONE,
// and may be sent again shortly.
void SetHeldOff(proto::Obstacle obstacle, proto::PartitionReply* reply);

// Makes `reply` say that nothing was done, and why.
void SetFailure(Code code, std::string_view message, proto::PartitionReply* reply);

}  // namespace mesh::backend
