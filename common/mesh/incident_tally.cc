#include "common/mesh/incident_tally.h"

#include <utility>

namespace mesh {

void IncidentTally::Count(IncidentKind kind, std::string_view reason, std::string_view source,
                          std::string_view account, WallMillis now) {
  Add({kind, std::string(reason), std::string(source), std::string(account), now, now, 1});
}

void IncidentTally::Add(Incident incident) {
  std::string key = IncidentKey(incident);
  auto place = incidents_.find(key);
  if (place == incidents_.end() && incidents_.size() >= kIncidentsTalliedMax) {
    incident.source = kOtherSources;
    incident.account.clear();
    key = IncidentKey(incident);
    place = incidents_.find(key);
  }
  if (place != incidents_.end()) return MergeIncident(incident, place->second);
  incidents_.emplace(std::move(key), std::move(incident));
}

std::vector<Incident> IncidentTally::Take() {
  std::vector<Incident> taken;
  taken.reserve(incidents_.size());
  for (auto& [key, incident] : incidents_) taken.push_back(std::move(incident));
  incidents_.clear();
  return taken;
}

}  // namespace mesh
