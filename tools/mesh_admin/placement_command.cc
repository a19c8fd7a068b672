#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "tools/mesh_admin/cluster_view.h"
#include "tools/mesh_admin/commands.h"
#include "tools/mesh_admin/load_list.h"
#include "tools/mesh_admin/placement.h"

namespace mesh::admin {
namespace {

// What was counted before a move is forgotten by then (five half-lives of back ends' figures).
constexpr WallMillis kSettleTime = 5 * 60 * 1000;

struct PlacementOptions {
  std::string back_end;  // Empty: rebalance.
  bool hot = false;      // Pin accounts, rather than move slots.
  bool apply = false;
};

// Who asks back ends for whom they work; what they do not say is taken from what they told etcd.
void AddTold(Context& context, Loads& loads) {
  const auto missing = [&](const Status& why) { context.Missing(why); };
  const Result<BackEnds*> back_ends = context.OpenBackEnds();
  if (!back_ends.ok()) return missing(back_ends.status());
  LoadQuery query;
  query.slots = true;
  const Result<std::vector<NodeLoad>> nodes = ListLoads(**back_ends, query, missing);
  if (!nodes.ok()) return missing(nodes.status());
  for (const NodeLoad& node : *nodes) {
    const auto found = loads.find(node.back_end);
    if (found == loads.end()) continue;
    RequestLoad told{node.slots, node.pinned_requests, {}};
    for (const AccountLoad& one : node.accounts) {
      told.accounts.push_back({one.account, one.requests, one.pinned});
    }
    found->second.requests = node.requests;
    found->second.told = std::move(told);
  }
}

// A back end that runs, by what it told etcd last, and by what it says now.
Result<Loads> ReadLoads(Context& context) {
  MESH_ASSIGN(const ClusterView view, ReadClusterView(context));
  Loads loads;
  for (const auto& [name, node] : view.state.nodes()) {
    loads[name] = {node.data_bytes, static_cast<double>(node.requests), std::nullopt};
  }
  AddTold(context, loads);
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

// Figures of what has just moved are neither here nor there yet.
void WarnOfLateMoves(Context& context, const std::vector<KeptMove>& moves) {
  for (const KeptMove& move : moves) {
    const MovePhase phase = move.record.phase;
    const bool moved = phase == MovePhase::kSwitched || phase == MovePhase::kCleaned;
    const WallMillis age = context.clock().WallNow() - move.record.changed;
    if (!moved || age >= kSettleTime) continue;
    return context.out().Note("moves have just ended: what back ends say of their load is right " +
                              std::to_string((kSettleTime - age) / 1000 + 1) + " s from now");
  }
}

Status Carry(Context& context, const Placement& placement, const KeptMap& map, bool apply) {
  MESH_ASSIGN(MoveLedger* const ledger, context.OpenLedger());
  MESH_ASSIGN(const std::vector<KeptMove> moves, ledger->List());
  WarnOfLateMoves(context, moves);
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

Result<Placement> Plan(const KeptMap& map, const Loads& loads, const PlacementOptions& options) {
  if (!options.back_end.empty()) return PlanEvacuation(map, loads, options.back_end);
  return options.hot ? PlanPins(map, loads) : PlanRebalance(map, loads);
}

// What a rebalance does with many slots, a pin may do with one account.
Status SuggestPins(Context& context, const KeptMap& map, const Loads& loads) {
  MESH_ASSIGN(const Placement pins, PlanPins(map, loads));
  json::Writer& members = context.out().members();
  members.Member("hot_accounts").BeginArray();
  for (const MoveOrder& order : pins.orders) members.String(order.account);
  members.EndArray();
  if (pins.orders.empty()) return {};
  context.out().Line(
      "Hot: " + pins.orders.front().account +
      " alone makes its back end bear more than others; `mesh-admin rebalance --hot` "
      "would pin it elsewhere.");
  return {};
}

Status RunPlacement(Context& context, const PlacementOptions& options) {
  MESH_ASSIGN(const Loads loads, ReadLoads(context));
  MESH_ASSIGN(MoveLedger* const ledger, context.OpenLedger());
  MESH_ASSIGN(const KeptMap map, ledger->ReadMap());
  MESH_ASSIGN(const Placement placement, Plan(map, loads, options));
  ShowShares(placement.shares, context.out());
  MESH_RETURN_IF_ERROR(Carry(context, placement, map, options.apply));
  if (options.back_end.empty() && !options.hot) {
    MESH_RETURN_IF_ERROR(SuggestPins(context, map, loads));
  }
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

void AddRebalance(CLI::App& app, Run* chosen) {
  const auto options = std::make_shared<PlacementOptions>();
  CLI::App* const rebalance =
      AddCommand(app, "rebalance",
                 "Spread slots so that registered back ends bear alike, by octets and requests",
                 "  mesh-admin rebalance\n      the plan, and what each would bear then\n"
                 "  mesh-admin rebalance --apply\n"
                 "  mesh-admin rebalance --hot\n"
                 "      the same by pinning single accounts; --apply does it\n");
  rebalance->add_flag("--hot", options->hot,
                      "Rather than slots, move hot accounts, and pin them where they go");
  AddOne(rebalance, options, chosen);
}

}  // namespace

void AddPlacement(CLI::App& app, Run* chosen) {
  AddRebalance(app, chosen);
  const auto options = std::make_shared<PlacementOptions>();
  CLI::App* const evacuate =
      AddCommand(app, "evacuate", "Move everything off a back end, as before it is taken away",
                 "  mesh-admin evacuate b3\n  mesh-admin evacuate b3 --apply\n");
  evacuate->add_option("back_end", options->back_end, "Its name in the map")->required();
  AddOne(evacuate, options, chosen);
}

}  // namespace mesh::admin
