// What MeshService says of what it refuses. Whom owners refuse, they say themselves.

#include "frontend/service/mesh_visit.h"
#include "proto/partition.pb.h"

namespace mesh::frontend {
namespace {

// Whether a caller that behaves is refused for that: every ticket ends, and keys of tickets go.
bool IsOrdinary(Distrust why) {
  return why == Distrust::kTicketExpired || why == Distrust::kTicketKey;
}

}  // namespace

void MeshService::Misused(std::string_view how, std::string_view client) {
  if (incidents_ == nullptr) return;
  incidents_->Note(IncidentKind::kConnection, how, NetworkOf(client), {});
}

void MeshService::LastCall(std::function<void()> done) {
  if (incidents_ == nullptr) return done();
  incidents_->TellNow(std::move(done));
}

void MeshService::NoteHttp(std::string_view client, int status) {
  if (incidents_ == nullptr) return;
  incidents_->Note(IncidentKind::kRequest, std::to_string(status), NetworkOf(client), {});
}

// Why no request came out of what was sent. Being full is nobody's abuse.
void MeshService::NoteFailure(const Visit& visit, const RequestFailure& failure) {
  const std::optional<Distrust> distrust = visit.opened->distrust();
  if (distrust) {
    if (IsOrdinary(*distrust)) return;
    return NoteCaller(visit, IncidentKind::kAuthentication, DistrustName(*distrust));
  }
  if (failure.code.status == kBusy.status) {
    if (visit.admitted) NoteCaller(visit, IncidentKind::kRate, "exchange");
    return;
  }
  NoteCaller(visit, IncidentKind::kRequest, std::to_string(failure.code.status));
}

void MeshService::NoteCaller(const Visit& visit, IncidentKind kind, std::string_view reason) {
  if (incidents_ == nullptr) return;
  const ProvenCaller caller = visit.opened->caller();
  const std::string source = caller.source.empty() ? NetworkOf(visit.http.client) : caller.source;
  incidents_->Note(kind, reason, source, caller.account);
}

}  // namespace mesh::frontend
