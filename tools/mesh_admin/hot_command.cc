#include <algorithm>
#include <cmath>
#include <memory>

#include "common/mesh/slot.h"
#include "tools/mesh_admin/commands.h"
#include "tools/mesh_admin/load_list.h"

namespace mesh::admin {
namespace {

struct HotOptions {
  std::string node;
  std::string by = "load";
  size_t limit = 20;
};

// "12.3"; JSON takes it as well.
std::string Rate(double per_second) {
  const int64_t tenths = std::llround(per_second * 10);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

int64_t Percent(double part, double all) { return all > 0 ? std::llround(part / all * 100) : 0; }

double Figure(const AccountLoad& one, const std::string& by) {
  if (by == "requests") return one.requests;
  return by == "bytes" ? one.bytes : one.load();
}

std::vector<const AccountLoad*> Hottest(const std::vector<NodeLoad>& nodes,
                                        const HotOptions& options) {
  std::vector<const AccountLoad*> hot;
  for (const NodeLoad& node : nodes) {
    for (const AccountLoad& one : node.accounts) hot.push_back(&one);
  }
  std::sort(hot.begin(), hot.end(), [&](const AccountLoad* a, const AccountLoad* b) {
    const double left = Figure(*a, options.by);
    const double right = Figure(*b, options.by);
    return left > right || (left == right && a->account < b->account);
  });
  if (options.limit != 0 && hot.size() > options.limit) hot.resize(options.limit);
  return hot;
}

const NodeLoad& NodeOf(const AccountLoad& one, const std::vector<NodeLoad>& nodes) {
  return *std::find_if(nodes.begin(), nodes.end(),
                       [&](const NodeLoad& node) { return node.back_end == one.back_end; });
}

void ShowNodes(const std::vector<NodeLoad>& nodes, tool::Output& out) {
  std::vector<std::vector<std::string>> rows = {
      {"BACK END", "REQUESTS/S", "BYTES/S", "OF PINNED ACCOUNTS", "MEASURED S"}};
  json::Writer& members = out.members();
  members.Member("back_ends").BeginArray();
  for (const NodeLoad& node : nodes) {
    const int64_t pinned = Percent(node.pinned_requests, node.requests);
    const int64_t seconds = std::llround(node.measured_seconds);
    rows.push_back({node.back_end, Rate(node.requests), Rate(node.bytes),
                    std::to_string(pinned) + " %", std::to_string(seconds)});
    members.BeginObject().Member("name").String(node.back_end);
    members.Member("requests_per_second").Raw(Rate(node.requests));
    members.Member("bytes_per_second").Raw(Rate(node.bytes));
    members.Member("pinned_percent").Int(pinned);
    members.Member("measured_seconds").Int(seconds).EndObject();
  }
  members.EndArray();
  out.Table(rows);
}

void WriteAccount(const AccountLoad& one, const NodeLoad& node, uint32_t slot,
                  json::Writer& members) {
  members.BeginObject().Member("account").String(one.account);
  members.Member("requests_per_second").Raw(Rate(one.requests));
  members.Member("bytes_per_second").Raw(Rate(one.bytes));
  members.Member("unseen_per_second").Raw(Rate(one.unseen));
  members.Member("requests_percent").Int(Percent(one.requests, node.requests));
  members.Member("bytes_percent").Int(Percent(one.bytes, node.bytes));
  members.Member("back_end").String(one.back_end).Member("partition").Int(one.partition);
  members.Member("slot").Int(slot).Member("pinned").Bool(one.pinned).EndObject();
}

void ShowAccounts(const std::vector<const AccountLoad*>& hot, const std::vector<NodeLoad>& nodes,
                  const SlotKey& key, tool::Output& out) {
  std::vector<std::vector<std::string>> rows = {{"ACCOUNT", "REQUESTS/S", "BYTES/S",
                                                 "OF ITS BACK END", "BACK END", "PARTITION", "SLOT",
                                                 "PINNED"}};
  json::Writer& members = out.members();
  members.Member("accounts").BeginArray();
  for (const AccountLoad* one : hot) {
    const NodeLoad& node = NodeOf(*one, nodes);
    const uint32_t slot = SlotOf(key, one->account);
    rows.push_back({one->account, Rate(one->requests), Rate(one->bytes),
                    std::to_string(Percent(one->requests, node.requests)) + " %", one->back_end,
                    std::to_string(one->partition), std::to_string(slot),
                    one->pinned ? "yes" : "no"});
    WriteAccount(*one, node, slot, members);
  }
  members.EndArray();
  if (hot.empty()) return out.Line("No account has asked for anything lately.");
  out.Table(rows);
}

Status RunHot(Context& context, const HotOptions& options) {
  MESH_ASSIGN(BackEnds* const back_ends, context.OpenBackEnds());
  LoadQuery query;
  query.back_end = options.node;
  MESH_ASSIGN(const std::vector<NodeLoad> nodes,
              ListLoads(*back_ends, query, [&](const Status& why) { context.Missing(why); }));
  ShowAccounts(Hottest(nodes, options), nodes, back_ends->map().slot_key(), context.out());
  ShowNodes(nodes, context.out());
  return Status();
}

}  // namespace

void AddHot(CLI::App& app, Run* chosen) {
  CLI::App* const command =
      AddCommand(app, "hot", "Accounts that make most of the load, and what back ends do",
                 "  mesh-admin hot\n"
                 "      over the last minutes, of all back ends; figures are no less than shown\n"
                 "  mesh-admin hot --node b1 --by bytes --limit 5\n"
                 "  mesh-admin move account alice@example.com --to b2 --wait\n"
                 "      pins a hot one elsewhere; `mesh-admin rebalance --hot` says which and "
                 "where\n");
  auto options = std::make_shared<HotOptions>();
  command->add_option("--node", options->node, "Only this back end, by its name in the map");
  command
      ->add_option("--by", options->by,
                   "What comes first: most requests, most bytes, or load: requests, and one more "
                   "for each 4 KiB")
      ->check(CLI::IsMember({"load", "requests", "bytes"}))
      ->capture_default_str();
  command->add_option("--limit", options->limit, "How many; 0: all that back ends know")
      ->capture_default_str();
  command->callback([=] { *chosen = [=](Context& context) { return RunHot(context, *options); }; });
}

}  // namespace mesh::admin
