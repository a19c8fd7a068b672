#include <algorithm>
#include <chrono>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "common/cluster/durable_file.h"
#include "common/cluster/map_change.h"
#include "common/moves/move_ledger.h"
#include "tools/mesh_admin/cluster_view.h"
#include "tools/mesh_admin/commands.h"

namespace mesh::admin {
namespace {

struct MapOptions {
  std::string file;
  int64_t hold_seconds = 3600;
  PartitionId partition = 0;
  std::string back_end;
};

// What is named `-`: a program that may not write files, as in a container, is given text so.
constexpr std::string_view kStandardInput = "-";

Result<std::string> ReadText(const std::string& file) {
  if (file != kStandardInput) return cluster::ReadWhole(file);
  std::string text(std::istreambuf_iterator<char>(std::cin), {});
  if (std::cin.bad()) return Status(Code::kUnavailable, "cannot read standard input");
  return text;
}

Result<MapDocument> ReadDocument(const std::string& file) {
  const Result<std::string> text = ReadText(file);
  if (!text.ok()) return InvalidArgument("--file: " + text.status().message());
  Result<MapDocument> document = MapDocument::Parse(*text);
  if (document.ok()) return document;
  return InvalidArgument("--file " + file + ": " + document.status().message());
}

void ShowEpoch(uint64_t epoch, tool::Output& out) {
  out.Line("The map is in force under epoch " + std::to_string(epoch) + ".");
  out.members().Member("epoch").Int(static_cast<int64_t>(epoch));
}

Status RunInit(Context& context, const MapOptions& options) {
  MESH_ASSIGN(const MapDocument document, ReadDocument(options.file));
  MESH_ASSIGN(cluster::ClusterStore* const store, context.OpenStore());
  MESH_RETURN_IF_ERROR(cluster::InitMap(*store, context.keys(), document, context.Soon()));
  ShowEpoch(document.epoch, context.out());
  return Status();
}

Status RunRestore(Context& context, const MapOptions& options) {
  MESH_ASSIGN(const MapDocument document, ReadDocument(options.file));
  MESH_ASSIGN(cluster::ClusterStore* const store, context.OpenStore());
  MESH_ASSIGN(const uint64_t epoch,
              cluster::RestoreMap(*store, context.keys(), document, options.hold_seconds,
                                  context.clock().In(std::chrono::minutes(1))));
  ShowEpoch(epoch, context.out());
  context.out().Line("For " + std::to_string(options.hold_seconds) +
                     " s only back ends that hold their names may serve.");
  return Status();
}

Status RunAddPartition(Context& context, const MapOptions& options) {
  MESH_ASSIGN(cluster::ClusterStore* const store, context.OpenStore());
  MESH_ASSIGN(const cluster::MapAsRead read,
              cluster::ReadMap(*store, context.keys(), context.Soon()));
  cluster::MapChange change;
  change.map = read.document;
  bool known = false;
  for (const BackEnd& back_end : read.document.back_ends)
    known |= back_end.name == options.back_end;
  if (!known) change.map->back_ends.push_back({options.back_end, "", ""});
  change.map->partitions.push_back({options.partition, options.back_end, {}});
  MESH_ASSIGN(const uint64_t epoch,
              cluster::CommitMapChange(*store, context.keys(), read, change, context.Soon()));
  ShowEpoch(epoch, context.out());
  return Status();
}

// Nothing may be lost with a partition, and nothing be on its way to it.
Status CheckEmpty(const MapDocument& document, const std::vector<KeptMove>& moves, PartitionId id) {
  const std::string name = "partition " + std::to_string(id);
  const auto found = std::find_if(document.partitions.begin(), document.partitions.end(),
                                  [id](const auto& one) { return one.id == id; });
  if (found == document.partitions.end()) return Status(Code::kNotFound, "there is no " + name);
  const bool pinned = std::any_of(document.pins.begin(), document.pins.end(),
                                  [id](const auto& pin) { return pin.partition == id; });
  if (!found->slots.empty() || pinned) {
    return Status(Code::kFailedPrecondition,
                  name + " has accounts: `mesh-admin evacuate " + found->back_end + "` first");
  }
  const auto move = std::find_if(moves.begin(), moves.end(), [id](const KeptMove& one) {
    return !IsOver(one.record.phase) && (one.record.source == id || one.record.target == id);
  });
  if (move == moves.end()) return Status();
  return Status(Code::kFailedPrecondition, name + " takes part in the move " + move->record.id);
}

// And the back end, when that was its last one: front ends do not ask for it any more.
MapDocument Without(MapDocument document, PartitionId id) {
  std::erase_if(document.partitions, [id](const auto& one) { return one.id == id; });
  std::erase_if(document.back_ends, [&](const BackEnd& back_end) {
    return std::none_of(document.partitions.begin(), document.partitions.end(),
                        [&](const auto& one) { return one.back_end == back_end.name; });
  });
  return document;
}

Status RunRemovePartition(Context& context, const MapOptions& options) {
  MESH_ASSIGN(MoveLedger* const ledger, context.OpenLedger());
  MESH_ASSIGN(const KeptMap kept, ledger->ReadMap());
  MESH_ASSIGN(const std::vector<KeptMove> moves, ledger->List());
  MESH_RETURN_IF_ERROR(CheckEmpty(kept.document, moves, options.partition));
  MESH_ASSIGN(cluster::ClusterStore* const store, context.OpenStore());
  cluster::MapChange change;
  change.map = Without(kept.document, options.partition);
  MESH_ASSIGN(const uint64_t epoch,
              cluster::CommitMapChange(*store, context.keys(), {kept.document, kept.epoch_revision},
                                       change, context.Soon()));
  ShowEpoch(epoch, context.out());
  return Status();
}

std::string RangesText(const std::vector<SlotRange>& ranges) {
  std::string text;
  for (const SlotRange& range : ranges) {
    if (text.size() > 60) return text + " ...";
    if (!text.empty()) text += ' ';
    text += std::to_string(range.first);
    if (range.last != range.first) text += "-" + std::to_string(range.last);
  }
  return text.empty() ? "-" : text;
}

std::vector<std::string> RowOf(const MapDocument::Partition& partition, size_t pins) {
  uint32_t slots = 0;
  for (const SlotRange& range : partition.slots) slots += range.last - range.first + 1;
  return {std::to_string(partition.id), partition.back_end, std::to_string(slots),
          std::to_string(pins), RangesText(partition.slots)};
}

void ShowPartitions(const MapDocument& document, tool::Output& out) {
  std::map<PartitionId, size_t> pins;
  for (const MapDocument::Pin& pin : document.pins) ++pins[pin.partition];
  std::vector<std::vector<std::string>> rows = {
      {"PARTITION", "BACK END", "SLOTS", "PINS", "RANGES"}};
  for (const MapDocument::Partition& one : document.partitions) {
    rows.push_back(RowOf(one, pins[one.id]));
  }
  out.Table(rows);
}

Status RunShow(Context& context) {
  MESH_ASSIGN(const ClusterView view, ReadClusterView(context));
  tool::Output& out = context.out();
  std::string text = view.document.Text();
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::erase(text, '\n');
  out.members().Member("map").Raw(text);
  out.Field("Epoch", std::to_string(view.document.epoch));
  std::vector<std::vector<std::string>> rows = {
      {"BACK END", "ADDRESS", "DIRECT HOST", "REGISTERED"}};
  for (const BackEnd& one : view.document.back_ends) {
    const bool registered = view.state.nodes().contains(one.name);
    rows.push_back({one.name, one.address.empty() ? "-" : one.address,
                    one.direct_host.empty() ? "-" : one.direct_host, registered ? "yes" : "no"});
  }
  out.Table(rows);
  ShowPartitions(view.document, out);
  return Status();
}

CLI::App* AddMapCommand(CLI::App& map, const std::string& name, const std::string& what,
                        const std::string& example) {
  return AddCommand(map, name, what,
                    "  mesh-admin --cluster main --etcd-endpoints etcd1:2379 map " + example);
}

}  // namespace

void AddMap(CLI::App& app, Run* chosen) {
  auto options = std::make_shared<MapOptions>();
  CLI::App* const map =
      AddCommand(app, "map", "The partition map in etcd", "  mesh-admin map show --help");
  map->require_subcommand(1);

  CLI::App* const init = AddMapCommand(*map, "init", "Write the first map; never over another one",
                                       "init --file map.json");
  init->add_option("--file", options->file, "The map, JSON; -: standard input")->required();
  init->callback([=] { *chosen = [=](Context& context) { return RunInit(context, *options); }; });

  CLI::App* const show = AddMapCommand(*map, "show", "The map in force", "show --json");
  show->callback([=] { *chosen = RunShow; });

  CLI::App* const restore =
      AddMapCommand(*map, "restore", "Put a map back after etcd has lost its own",
                    "restore --file /var/lib/mesh/map.json");
  restore
      ->add_option("--file", options->file,
                   "The newest map there is: a front end's --map-cache; -: standard input")
      ->required();
  restore
      ->add_option(
          "--hold-seconds", options->hold_seconds,
          "For how long only those who hold their names may serve: the longest --owner-lease")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  restore->callback(
      [=] { *chosen = [=](Context& context) { return RunRestore(context, *options); }; });

  CLI::App* const add = AddMapCommand(
      *map, "add-partition", "Give a back end a partition without slots, for moves to fill",
      "add-partition --id 3 --back-end b3");
  add->add_option("--id", options->partition, "Its number, which no other has")->required();
  add->add_option("--back-end", options->back_end, "The back end's name; a new one is added")
      ->required();
  add->callback(
      [=] { *chosen = [=](Context& context) { return RunAddPartition(context, *options); }; });

  CLI::App* const remove = AddMapCommand(
      *map, "remove-partition", "Take an empty partition away, and its back end if it has no other",
      "remove-partition --id 3");
  remove->add_option("--id", options->partition, "Its number")->required();
  remove->callback(
      [=] { *chosen = [=](Context& context) { return RunRemovePartition(context, *options); }; });
}

}  // namespace mesh::admin
