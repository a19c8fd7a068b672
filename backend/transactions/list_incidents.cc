// ListIncidents reads the incident spool of this partition, page by page, for an operator.

#include <algorithm>

#include "backend/model/incident_spool.h"
#include "backend/transactions/admit.h"
#include "backend/transactions/rows.h"
#include "proto/partition.pb.h"

namespace mesh::backend {
namespace {

// Of one page: about 200 KB.
constexpr uint32_t kPageIncidentsMax = 1000;

}  // namespace

Status ListIncidents(const proto::PartitionRequest& request, TransactionContext& context,
                     proto::PartitionReply* reply) {
  MESH_RETURN_IF_ERROR(AdmitMode(request, Right::kOversee, reply));
  const proto::ListIncidentsRequest& list = request.list_incidents();
  const uint32_t most = list.incidents_max() == 0
                            ? kPageIncidentsMax
                            : std::min(list.incidents_max(), kPageIncidentsMax);
  proto::ListIncidentsResponse* response = reply->mutable_list_incidents();
  MESH_ASSIGN(const IncidentSpool spool, IncidentSpool::Open(context.reader));
  MESH_ASSIGN(IncidentPage page, ReadIncidents(context.reader, list.since(), list.after(), most,
                                               [&](const Incident& incident) {
                                                 FillIncident(incident, response->add_incidents());
                                               }));
  response->set_next(std::move(page.next));
  response->set_dropped(spool.dropped());
  Accept(kSuccess, reply);
  return Status();
}

}  // namespace mesh::backend
