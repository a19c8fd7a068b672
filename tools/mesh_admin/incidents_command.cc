#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <thread>

#include "common/encoding/date_time.h"
#include "tools/mesh_admin/commands.h"
#include "tools/mesh_admin/incident_list.h"

namespace mesh::admin {
namespace {

// How often --follow asks again: front ends report every few seconds.
constexpr std::chrono::seconds kFollowTime{2};

struct IncidentsOptions {
  int64_t since_seconds = 3600;
  std::string reason;
  std::optional<PartitionId> partition;
  size_t limit = 100;
  bool follow = false;
  bool summary = false;
};

std::string ReasonOf(const Incident& incident) {
  return std::string(IncidentKindName(incident.kind)) + "/" + incident.reason;
}

std::vector<std::string> RowOf(const Incident& incident) {
  return {FormatDateTime(incident.last), std::to_string(incident.count), ReasonOf(incident),
          incident.source.empty() ? "-" : incident.source,
          incident.account.empty() ? "-" : incident.account};
}

void WriteIncident(const Incident& incident, json::Writer& writer) {
  writer.BeginObject();
  writer.Member("kind").String(IncidentKindName(incident.kind));
  writer.Member("reason").String(incident.reason);
  if (!incident.source.empty()) writer.Member("source").String(incident.source);
  if (!incident.account.empty()) writer.Member("account").String(incident.account);
  writer.Member("count").Int(static_cast<int64_t>(incident.count));
  writer.Member("first").DateTime(incident.first).Member("last").DateTime(incident.last);
  writer.EndObject();
}

void ShowList(const IncidentList& list, size_t limit, tool::Output& out) {
  const size_t all = list.incidents.size();
  const size_t shown = limit == 0 ? all : std::min(all, limit);
  std::vector<std::vector<std::string>> rows = {{"LAST", "COUNT", "REASON", "SOURCE", "ACCOUNT"}};
  json::Writer& members = out.members();
  members.Member("incidents").BeginArray();
  for (size_t i = all - shown; i < all; ++i) {
    rows.push_back(RowOf(list.incidents[i]));
    WriteIncident(list.incidents[i], members);
  }
  members.EndArray().Member("left_out").Int(static_cast<int64_t>(all - shown));
  if (all == 0) return out.Line("No incidents.");
  out.Table(rows);
  if (shown < all) out.Line("... and " + std::to_string(all - shown) + " before; --limit 0: all");
}

// What one reason comes to.
struct Sum {
  uint64_t count = 0;
  size_t sources = 0;
  WallMillis last = 0;
};

void ShowSummary(const IncidentList& list, tool::Output& out) {
  std::map<std::string, Sum> sums;
  for (const Incident& incident : list.incidents) {
    Sum& sum = sums[ReasonOf(incident)];
    sum.count += incident.count;
    ++sum.sources;
    sum.last = std::max(sum.last, incident.last);
  }
  std::vector<std::vector<std::string>> rows = {{"REASON", "COUNT", "SOURCES", "LAST"}};
  json::Writer& members = out.members();
  members.Member("summary").BeginArray();
  for (const auto& [reason, sum] : sums) {
    rows.push_back(
        {reason, std::to_string(sum.count), std::to_string(sum.sources), FormatDateTime(sum.last)});
    members.BeginObject().Member("reason").String(reason);
    members.Member("count").Int(static_cast<int64_t>(sum.count));
    members.Member("sources").Int(static_cast<int64_t>(sum.sources));
    members.Member("last").DateTime(sum.last).EndObject();
  }
  members.EndArray();
  if (sums.empty()) return out.Line("No incidents.");
  out.Table(rows);
}

// Shows what is new, or has happened again, for ever.
class Follower {
 public:
  explicit Follower(tool::Output& out) : out_(out) {}

  void Show(const IncidentList& list) {
    for (const Incident& incident : list.incidents) {
      uint64_t& seen = seen_[IncidentKey(incident)];
      if (incident.count != seen) ShowOne(incident);
      seen = incident.count;
    }
    out_.Flush();
  }

 private:
  void ShowOne(const Incident& incident) {
    const std::vector<std::string> row = RowOf(incident);
    out_.Line(row[0] + "  " + row[1] + "  " + row[2] + "  " + row[3] + "  " + row[4]);
    std::string object;
    json::Writer writer(object);
    WriteIncident(incident, writer);
    out_.Event(object);
  }

  tool::Output& out_;
  std::map<std::string, uint64_t> seen_;  // Counts, by IncidentKey.
};

Status Follow(Context& context, BackEnds& back_ends, const IncidentQuery& query) {
  Follower follower(context.out());
  const auto missing = [&](const Status& why) { context.Missing(why); };
  for (;;) {
    const Result<IncidentList> list = ListIncidents(back_ends, query, missing);
    if (list.status().code() == Code::kInvalidArgument) return list.status();
    if (list.ok()) follower.Show(*list);
    std::this_thread::sleep_for(kFollowTime);
  }
}

Status RunIncidents(Context& context, const IncidentsOptions& options) {
  MESH_ASSIGN(BackEnds* const back_ends, context.OpenBackEnds());
  IncidentQuery query;
  query.since = context.clock().WallNow() - options.since_seconds * 1000;
  query.partition = options.partition;
  query.reason = options.reason;
  if (options.follow) return Follow(context, *back_ends, query);
  MESH_ASSIGN(const IncidentList list,
              ListIncidents(*back_ends, query, [&](const Status& why) { context.Missing(why); }));
  if (options.summary) {
    ShowSummary(list, context.out());
  } else {
    ShowList(list, options.limit, context.out());
  }
  context.out().members().Member("dropped").Int(static_cast<int64_t>(list.dropped));
  return Status();
}

// A time with its unit: 30m, 1h, 7d.
CLI::Option* AddSince(CLI::App& command, int64_t& seconds) {
  static const std::map<std::string, int64_t> kUnits = {
      {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86'400}};
  return command
      .add_option("--since", seconds,
                  "How far back; spools keep hours, so counts are from its hour on")
      ->transform(CLI::AsNumberWithUnit(kUnits, CLI::AsNumberWithUnit::UNIT_REQUIRED, "TIME"))
      ->default_str("1h");
}

}  // namespace

void AddIncidents(CLI::App& app, Run* chosen) {
  CLI::App* const command =
      AddCommand(app, "incidents", "Refused and abusive traffic: why, from whom, how often",
                 "  mesh-admin --map map.json incidents --since 24h --summary\n"
                 "  mesh-admin --map map.json incidents --reason authentication/seal\n"
                 "  mesh-admin --map map.json incidents --follow");
  auto options = std::make_shared<IncidentsOptions>();
  AddSince(*command, options->since_seconds);
  command->add_option("--reason", options->reason,
                      "Only this: a word (seal), with its kind (authentication/seal), or a kind "
                      "(authentication/)");
  command->add_option("--partition", options->partition, "Only of this partition");
  command->add_option("--limit", options->limit, "How many, the last ones; 0: all")
      ->capture_default_str();
  CLI::Option* const summary =
      command->add_flag("--summary", options->summary, "Only how often for each reason");
  command->add_flag("--follow", options->follow, "Go on showing what happens, until interrupted")
      ->excludes(summary);
  command->callback(
      [=] { *chosen = [=](Context& context) { return RunIncidents(context, *options); }; });
}

}  // namespace mesh::admin
