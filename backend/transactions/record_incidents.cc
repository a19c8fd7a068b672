// RecordIncidents writes what a front end has tallied into the incident spool of this partition
// (backend/model/incident_spool.h). It is asked of a partition, not of an account, and clients
// cannot ask for it. What owners tally themselves is written by the sweep, in the same way.

#include <utility>

#include "backend/model/account.h"
#include "backend/model/incident_spool.h"
#include "backend/model/owner_incidents.h"
#include "backend/transactions/admit.h"
#include "backend/transactions/rows.h"
#include "proto/partition.pb.h"

namespace mesh::backend {
namespace {

// Of one request: more than a tally holds. What is beyond them is left out.
constexpr int kIncidentsPerRequestMax = 2 * kIncidentsTalliedMax;
// Records that one request or sweep takes out: more than it can make, so that the spool shrinks.
constexpr size_t kTrimMax = 4 * kIncidentsTalliedMax;

// Writes incidents into the spool, one after the other.
class Recorder {
 public:
  static Result<Recorder> Open(TransactionContext& context) {
    MESH_ASSIGN(IncidentSpool spool, IncidentSpool::Open(context.reader));
    return Recorder(context, std::move(spool));
  }

  Status Record(Incident incident) {
    MESH_ASSIGN(const bool exists, Exists(incident.account));
    if (!exists) incident.account.clear();
    const IncidentContext* const told = context_->incidents;
    if (told != nullptr) told->figures.Count(incident);
    return spool_.Record(std::move(incident), Limits(), context_->now, *context_->view);
  }

  Status Save() {
    MESH_RETURN_IF_ERROR(spool_.Trim(Limits(), context_->now, kTrimMax, *context_->view).status());
    spool_.Save(*context_->view);
    return Status();
  }

 private:
  Recorder(TransactionContext& context, IncidentSpool spool)
      : context_(&context), spool_(std::move(spool)) {}

  // Names that nobody has are anybody's to make up: they say nothing.
  Result<bool> Exists(const std::string& address) const {
    if (address.empty() || !context_->owns(address)) return false;
    const uint32_t slot = SlotOf(context_->slot_key, address);
    const Result<Account> account = Account::Load(context_->reader, slot, address);
    if (account.status().code() == Code::kNotFound) return false;
    MESH_RETURN_IF_ERROR(account.status());
    return true;
  }

  IncidentLimits Limits() const {
    return context_->incidents == nullptr ? IncidentLimits() : context_->incidents->limits;
  }

  TransactionContext* context_;
  IncidentSpool spool_;
};

}  // namespace

Status RecordIncidents(const proto::PartitionRequest& request, TransactionContext& context,
                       proto::PartitionReply* reply) {
  MESH_RETURN_IF_ERROR(AdmitMode(request, Right::kReport, reply));
  MESH_ASSIGN(Recorder recorder, Recorder::Open(context));
  const proto::RecordIncidentsRequest& record = request.record_incidents();
  uint32_t recorded = 0;
  for (int i = 0; i < std::min(record.incidents_size(), kIncidentsPerRequestMax); ++i) {
    proto::Incident message = record.incidents(i);
    Result<Incident> incident = TakeIncident(message);
    if (!incident.ok()) continue;
    MESH_RETURN_IF_ERROR(recorder.Record(*std::move(incident)));
    ++recorded;
  }
  MESH_RETURN_IF_ERROR(recorder.Save());
  reply->mutable_record_incidents()->set_recorded(recorded);
  Accept(kSuccess, reply);
  return Status();
}

Status SweepIncidents(TransactionContext& context) {
  if (context.incidents == nullptr) return Status();
  MESH_ASSIGN(Recorder recorder, Recorder::Open(context));
  for (Incident& incident : context.incidents->tally.Take(context.incidents->partition)) {
    MESH_RETURN_IF_ERROR(recorder.Record(std::move(incident)));
  }
  return recorder.Save();
}

}  // namespace mesh::backend
