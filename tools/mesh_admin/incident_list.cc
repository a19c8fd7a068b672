#include "tools/mesh_admin/incident_list.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "common/mesh/partition_list.h"
#include "proto/partition.pb.h"

namespace mesh::admin {
namespace {

// One partition's list, page by page.
struct Source {
  PartitionId partition = 0;
  std::string after;
  bool done = false;
};

BackEnds::Question QuestionTo(const Source& source, WallMillis since) {
  auto request = std::make_unique<proto::PartitionRequest>();
  proto::ListIncidentsRequest* list = request->mutable_list_incidents();
  list->set_since(since);
  list->set_after(source.after);
  return {source.partition, std::move(request)};
}

class Lister {
 public:
  Lister(BackEnds& back_ends, const IncidentQuery& query,
         const std::function<void(const Status&)>& missing)
      : back_ends_(back_ends), query_(query), missing_(missing) {}

  Result<IncidentList> Run(const std::vector<PartitionId>& partitions) {
    for (const PartitionId partition : partitions) sources_.push_back({partition, {}, false});
    while (AskOnce()) {
    }
    if (!answered_ && !failures_.empty()) return failures_.front();
    for (const Status& failure : failures_) missing_(failure);
    for (auto& [key, incident] : merged_) list_.incidents.push_back(std::move(incident));
    std::stable_sort(list_.incidents.begin(), list_.incidents.end(),
                     [](const Incident& a, const Incident& b) { return a.last < b.last; });
    return std::move(list_);
  }

 private:
  // Asks for a page of each that has more. False: none has.
  bool AskOnce() {
    std::vector<Source*> open;
    std::vector<BackEnds::Question> questions;
    for (Source& source : sources_) {
      if (source.done) continue;
      open.push_back(&source);
      questions.push_back(QuestionTo(source, query_.since));
    }
    if (open.empty()) return false;
    std::vector<BackEnds::Answer> answers = back_ends_.AskAll(std::move(questions));
    for (size_t i = 0; i < open.size(); ++i) Take(*open[i], answers[i]);
    return true;
  }

  void Take(Source& source, BackEnds::Answer& answer) {
    if (!answer.ok()) {
      source.done = true;
      failures_.push_back(answer.status());
      return;
    }
    answered_ = true;
    proto::ListIncidentsResponse& page = *(*answer)->mutable_list_incidents();
    // A page that leads nowhere must not be asked for again.
    source.done = page.next().empty() || page.next() == source.after;
    source.after = page.next();
    if (source.done) list_.dropped += page.dropped();
    for (proto::Incident& message : *page.mutable_incidents()) Add(TakeIncident(message));
  }

  void Add(Result<Incident> incident) {
    if (!incident.ok() || incident->last < query_.since) return;
    if (!IsOfReason(*incident, query_.reason)) return;
    const auto [place, fresh] = merged_.try_emplace(IncidentKey(*incident), *incident);
    if (!fresh) MergeIncident(*incident, place->second);
  }

  BackEnds& back_ends_;
  const IncidentQuery& query_;
  const std::function<void(const Status&)>& missing_;
  std::vector<Source> sources_;
  std::map<std::string, Incident> merged_;  // By IncidentKey.
  IncidentList list_;
  std::vector<Status> failures_;  // One for each partition at most.
  bool answered_ = false;
};

}  // namespace

bool IsOfReason(const Incident& incident, std::string_view reason) {
  if (reason.empty()) return true;
  const size_t slash = reason.find('/');
  if (slash == std::string_view::npos) return incident.reason == reason;
  const std::string_view word = reason.substr(slash + 1);
  return reason.substr(0, slash) == IncidentKindName(incident.kind) &&
         (word.empty() || word == incident.reason);
}

Result<IncidentList> ListIncidents(BackEnds& back_ends, const IncidentQuery& query,
                                   const std::function<void(const Status&)>& missing) {
  std::vector<PartitionId> partitions = PartitionsOf(back_ends.map());
  if (query.partition) {
    if (!back_ends.map().Has(*query.partition)) {
      return InvalidArgument("--partition " + std::to_string(*query.partition) +
                             ": the map has no such partition");
    }
    partitions = {*query.partition};
  }
  return Lister(back_ends, query, missing).Run(partitions);
}

}  // namespace mesh::admin
