#include "frontend/incidents/loop_incidents.h"

#include <random>
#include <utility>

#include "common/mesh/partition_list.h"
#include "proto/partition.pb.h"

namespace mesh::frontend {
namespace {

// Less than the time between reports: one has ended before the next.
constexpr std::chrono::seconds kDeadline{4};
// At the end what a partition does not take is told to one other, so that the end is near.
constexpr int kLastRounds = 2;

}  // namespace

void SharedIncidents::Note(IncidentKind kind, std::string_view reason, std::string_view source,
                           std::string_view account) {
  const std::lock_guard lock(mutex_);
  tally_.Count(kind, reason, source, account, clock_.WallNow());
}

std::vector<Incident> SharedIncidents::Take() {
  const std::lock_guard lock(mutex_);
  return tally_.Take();
}

IncidentMetrics::IncidentMetrics(Registry& registry)
    : noted(registry.GetCounter("mesh_incidents_noted_total",
                                "Refused and abusive traffic at the edge")),
      failed(registry.GetCounter("mesh_incident_report_failures_total",
                                 "Reports of it that a partition did not take; they are made "
                                 "again")) {}

LoopIncidents::LoopIncidents(Router& router, net::EventLoop& loop, SharedIncidents& shared,
                             IncidentMetrics& metrics)
    : router_(router),
      loop_(loop),
      shared_(shared),
      metrics_(metrics),
      turn_(std::random_device()()) {  // Loops begin with different partitions.
  loop_.Arm(timer_, loop_.clock().In(kIncidentReportTime));
}

void LoopIncidents::Note(IncidentKind kind, std::string_view reason, std::string_view source,
                         std::string_view account) {
  metrics_.noted.Add();
  tally_.Count(kind, reason, source, account, loop_.clock().WallNow());
}

void LoopIncidents::Tick() {
  loop_.Arm(timer_, loop_.clock().In(kIncidentReportTime));
  Tell();
}

// Returns whether there was something to tell, and somebody to tell it to.
bool LoopIncidents::Tell() {
  PutBack(shared_.Take());
  const PartitionMap* const map = router_.map();
  if (map == nullptr || tally_.empty()) return false;
  ++under_way_;  // So that a report that ends at once is not taken for the last one.
  for (auto& [partition, incidents] : Divide(*map)) Send(partition, std::move(incidents));
  --under_way_;
  return true;
}

void LoopIncidents::TellNow(std::function<void()> done) {
  told_ = std::move(done);
  rounds_left_ = kLastRounds;
  GoOn();
}

void LoopIncidents::GoOn() {
  while (told_ && under_way_ == 0) {
    if (rounds_left_-- == 0 || !Tell()) std::exchange(told_, nullptr)();
  }
}

LoopIncidents::Parts LoopIncidents::Divide(const PartitionMap& map) {
  const std::vector<PartitionId> partitions = PartitionsOf(map);
  const PartitionId next = partitions[turn_++ % partitions.size()];
  Parts parts;
  for (Incident& incident : tally_.Take()) {
    const bool named = !incident.account.empty();
    parts[named ? map.OwnerOf(incident.account) : next].push_back(std::move(incident));
  }
  return parts;
}

void LoopIncidents::Send(PartitionId partition, std::vector<Incident> incidents) {
  auto request = std::make_unique<proto::PartitionRequest>();
  request->mutable_caller()->set_mode(proto::Caller::FORWARDER);
  for (const Incident& incident : incidents) {
    FillIncident(incident, request->mutable_record_incidents()->add_incidents());
  }
  ++under_way_;
  router_.CallPartition(
      partition, std::move(request), loop_.clock().In(kDeadline),
      [this, incidents = std::move(incidents)](std::unique_ptr<proto::PartitionReply> reply) {
        --under_way_;
        if (!reply->has_record_incidents()) {
          metrics_.failed.Add();
          PutBack(incidents);
        }
        GoOn();
      });
}

void LoopIncidents::PutBack(std::vector<Incident> incidents) {
  for (Incident& incident : incidents) tally_.Add(std::move(incident));
}

}  // namespace mesh::frontend
