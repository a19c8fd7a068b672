#include <cmath>
#include <memory>

#include "tools/mesh_admin/cluster_view.h"
#include "tools/mesh_admin/commands.h"
#include "tools/mesh_admin/placement.h"

namespace mesh::admin {
namespace {

struct PlacementOptions {
  std::string back_end;  // Empty: rebalance.
  bool apply = false;
};

// A back end that runs, by what it told etcd last.
Result<Loads> ReadLoads(Context& context) {
  MESH_ASSIGN(const ClusterView view, ReadClusterView(context));
  Loads loads;
  for (const auto& [name, node] : view.state.nodes()) {
    loads[name] = {node.data_bytes, node.requests};
  }
  return loads;
}

std::string Percent(double share) { return std::to_string(std::lround(share * 100)) + " %"; }

void ShowShares(const std::vector<Share>& shares, tool::Output& out) {
  std::vector<std::vector<std::string>> rows = {{"BACK END", "BEARS", "THEN"}};
  json::Writer& members = out.members();
  members.Member("shares").BeginArray();
  for (const Share& share : shares) {
    rows.push_back({share.back_end, Percent(share.before), Percent(share.after)});
    members.BeginObject().Member("back_end").String(share.back_end);
    members.Member("before_percent").Int(std::lround(share.before * 100));
    members.Member("after_percent").Int(std::lround(share.after * 100)).EndObject();
  }
  members.EndArray();
  out.Table(rows);
}

void ShowMove(const MoveRecord& record, tool::Output& out) {
  const std::string what =
      record.account.empty() ? "slots " + SlotsText(record.slots) : record.account;
  out.Line((record.id.empty() ? "" : record.id + "  ") + what + " from partition " +
           std::to_string(record.source) + " to " + std::to_string(record.target));
  json::Writer& members = out.members();
  members.BeginObject().Member("id").String(record.id);
  members.Member("source").Int(record.source).Member("target").Int(record.target);
  if (record.account.empty()) {
    members.Member("slots").String(SlotsText(record.slots));
  } else {
    members.Member("account").String(record.account);
  }
  members.EndObject();
}

Status Carry(Context& context, const Placement& placement, const KeptMap& map, bool apply) {
  MESH_ASSIGN(MoveLedger* const ledger, context.OpenLedger());
  MESH_ASSIGN(const std::vector<KeptMove> moves, ledger->List());
  json::Writer& members = context.out().members();
  members.Member("applied").Bool(apply).Member("moves").BeginArray();
  for (const MoveOrder& order : placement.orders) {
    MESH_ASSIGN(const std::vector<MoveRecord> planned,
                PlanMoves(order, map, moves, context.clock().WallNow(), crypto::SystemRandom()));
    for (MoveRecord record : planned) {
      const Status made = apply ? ledger->Create(record) : Status();
      if (!made.ok() && made.code() != Code::kAlreadyExists) return made;
      if (!apply) record.id.clear();  // A plan's names are of no use to anybody.
      ShowMove(record, context.out());
    }
  }
  members.EndArray();
  return {};
}

Status RunPlacement(Context& context, const PlacementOptions& options) {
  MESH_ASSIGN(const Loads loads, ReadLoads(context));
  MESH_ASSIGN(MoveLedger* const ledger, context.OpenLedger());
  MESH_ASSIGN(const KeptMap map, ledger->ReadMap());
  MESH_ASSIGN(const Placement placement, options.back_end.empty()
                                             ? PlanRebalance(map, loads)
                                             : PlanEvacuation(map, loads, options.back_end));
  ShowShares(placement.shares, context.out());
  MESH_RETURN_IF_ERROR(Carry(context, placement, map, options.apply));
  if (placement.orders.empty()) {
    context.out().Line("Nothing to do.");
  } else {
    context.out().Line(options.apply ? "Under way: `mesh-admin moves --follow` shows how far."
                                     : "That is the plan; the same with --apply does it.");
  }
  return {};
}

void AddOne(CLI::App* command, const std::shared_ptr<PlacementOptions>& options, Run* chosen) {
  command->add_flag("--apply", options->apply, "Do it; without, the plan is shown");
  command->callback(
      [=] { *chosen = [=](Context& context) { return RunPlacement(context, *options); }; });
}

}  // namespace

void AddPlacement(CLI::App& app, Run* chosen) {
  AddOne(AddCommand(app, "rebalance",
                    "Spread slots so that registered back ends bear alike, by octets and requests",
                    "  mesh-admin rebalance\n      the plan, and what each would bear then\n"
                    "  mesh-admin rebalance --apply\n"),
         std::make_shared<PlacementOptions>(), chosen);
  const auto options = std::make_shared<PlacementOptions>();
  CLI::App* const evacuate =
      AddCommand(app, "evacuate", "Move everything off a back end, as before it is taken away",
                 "  mesh-admin evacuate b3\n  mesh-admin evacuate b3 --apply\n");
  evacuate->add_option("back_end", options->back_end, "Its name in the map")->required();
  AddOne(evacuate, options, chosen);
}

}  // namespace mesh::admin
