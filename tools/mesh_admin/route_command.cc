#include <memory>
#include <optional>

#include "common/encoding/date_time.h"
#include "common/mesh/account_address.h"
#include "proto/partition.pb.h"
#include "tools/mesh_admin/cluster_view.h"
#include "tools/mesh_admin/commands.h"
#include "tools/mesh_admin/incident_list.h"

namespace mesh::admin {
namespace {

constexpr size_t kErrorsShown = 5;
constexpr WallMillis kErrorsSince = 24 * 3600 * 1000;

// One line for people, one member for programs.
class Explanation {
 public:
  explicit Explanation(tool::Output& out) : out_(out) {}

  void Say(const char* title, const char* member, const std::string& value) {
    out_.Field(title, value.empty() ? "-" : value);
    out_.members().Member(member).String(value);
  }
  void Say(const char* title, const char* member, uint64_t value) {
    out_.Field(title, std::to_string(value));
    out_.members().Member(member).Int(static_cast<int64_t>(value));
  }

 private:
  tool::Output& out_;
};

// Of the moves that touch the partition.
void ShowMoves(Context& context, const cluster::Snapshot& snapshot) {
  json::Writer& members = context.out().members();
  members.Member("moves").BeginArray();
  const std::string prefix = context.keys().Moves();
  for (const cluster::Entry& entry : snapshot.entries) {
    if (!entry.key.starts_with(prefix)) continue;
    context.out().Field("Move " + entry.key.substr(prefix.size()), entry.value);
    members.BeginObject().Member("id").String(entry.key.substr(prefix.size()));
    members.Member("record").String(entry.value).EndObject();
  }
  members.EndArray();
}

void ShowErrors(Context& context, BackEnds& back_ends, PartitionId partition,
                const std::string& account) {
  IncidentQuery query;
  query.since = context.clock().WallNow() - kErrorsSince;
  query.partition = partition;
  const Result<IncidentList> list = ListIncidents(back_ends, query, [](const Status&) {});
  json::Writer& members = context.out().members();
  members.Member("errors").BeginArray();
  size_t shown = 0;
  for (size_t i = list.ok() ? list->incidents.size() : 0; i > 0 && shown < kErrorsShown; --i) {
    const Incident& incident = list->incidents[i - 1];
    if (incident.account != account) continue;
    ++shown;
    context.out().Field("Error", FormatDateTime(incident.last) + "  " + incident.reason + "  " +
                                     std::to_string(incident.count) + " times");
    members.BeginObject().Member("last").DateTime(incident.last);
    members.Member("reason").String(incident.reason);
    members.Member("count").Int(static_cast<int64_t>(incident.count)).EndObject();
  }
  members.EndArray();
}

// What the back end itself says: under which epoch it serves, or why it does not. It is asked for
// the account's status, which it refuses to an operator once it has found that it owns the account.
void AskOwner(Context& context, PartitionId partition, const std::string& account) {
  Explanation explanation(context.out());
  const Result<BackEnds*> back_ends = context.OpenBackEnds();
  if (!back_ends.ok()) return context.Missing(back_ends.status());
  auto request = std::make_unique<proto::PartitionRequest>();
  request->set_account(account);
  request->mutable_status();
  const Status answer = (*back_ends)->Ask({partition, std::move(request)}).status();
  const uint64_t epoch = (*back_ends)->EpochOf(partition);
  if (epoch == 0 || answer.code() == Code::kAborted) {
    explanation.Say("Answers", "answers", answer.message());
    context.Missing(answer);
  } else {
    explanation.Say("Answers", "answers", std::string("yes"));
  }
  explanation.Say("Its epoch", "owner_epoch", epoch);
  ShowErrors(context, **back_ends, partition, account);
}

// Where the account's back end is, by the keys.
void ShowHome(Context& context, const ClusterView& view, const BackEnd& home) {
  Explanation explanation(context.out());
  explanation.Say("Back end", "back_end", home.name);
  explanation.Say("Address", "address", home.address);
  explanation.Say("Direct host", "direct_host", home.direct_host);
  const bool registered = view.state.nodes().contains(home.name);
  explanation.Say("Registered", "registered", std::string(registered ? "yes" : "no"));
  const cluster::Entry* const owner = view.snapshot.Find(context.keys().Owner(home.name));
  const Result<cluster::ClusterStore*> store = context.OpenStore();
  std::string lease = "nobody holds the name";
  if (owner != nullptr && store.ok()) {
    const Result<int64_t> left = (*store)->TimeLeft(owner->lease, context.Soon());
    lease = left.ok() ? "held, " + std::to_string(*left) + " s left" : left.status().message();
  }
  explanation.Say("Lease", "lease", lease);
}

Status RunExplain(Context& context, const std::string& account) {
  MESH_ASSIGN(const AccountAddress address, AccountAddress::Parse(account));
  MESH_ASSIGN(const ClusterView view, ReadClusterView(context));
  MESH_ASSIGN(const PartitionMap map, PartitionMap::Build(view.document));
  const std::string canonical = address.canonical();
  const PartitionId partition = map.OwnerOf(canonical);
  Explanation explanation(context.out());
  explanation.Say("Account", "account", canonical);
  explanation.Say("Slot", "slot", SlotOf(map.slot_key(), canonical));
  explanation.Say("Pinned", "pinned", std::string(map.IsPinned(canonical) ? "yes" : "no"));
  explanation.Say("Epoch", "epoch", map.epoch());
  explanation.Say("Partition", "partition", partition);
  ShowHome(context, view, map.HomeOf(partition));
  ShowMoves(context, view.snapshot);
  AskOwner(context, partition, canonical);
  return Status();
}

}  // namespace

void AddRoute(CLI::App& app, Run* chosen) {
  CLI::App* const route =
      AddCommand(app, "route", "Where requests go", "  mesh-admin route explain --help");
  route->require_subcommand(1);
  CLI::App* const explain = AddCommand(
      *route, "explain", "Where an account lives, and whether its back end answers for it",
      "  mesh-admin --cluster main --etcd-endpoints etcd1:2379 route explain alice@example.com");
  auto account = std::make_shared<std::string>();
  explain->add_option("account", *account, "The account's address")->required();
  explain->callback(
      [=] { *chosen = [=](Context& context) { return RunExplain(context, *account); }; });
}

}  // namespace mesh::admin
