#include <chrono>
#include <map>
#include <memory>
#include <thread>

#include "common/encoding/date_time.h"
#include "common/mesh/account_address.h"
#include "common/moves/move_plan.h"
#include "tools/mesh_admin/commands.h"

namespace mesh::admin {
namespace {

// How often --follow and --wait look again.
constexpr std::chrono::milliseconds kLookTime{200};

struct MoveOptions {
  std::string slots;
  std::string account;
  std::string to;
  bool wait = false;
};

struct MovesOptions {
  bool follow = false;
  bool all = false;
};

std::string WhatOf(const MoveRecord& record) {
  return record.account.empty() ? "slots " + SlotsText(record.slots) : record.account;
}

std::vector<std::string> RowOf(const MoveRecord& record) {
  return {record.id,
          std::string(MovePhaseName(record.phase)),
          std::to_string(record.source) + " > " + std::to_string(record.target),
          std::to_string(record.keys),
          std::to_string(record.bytes),
          std::to_string(record.blocked_ms),
          std::to_string(record.restarts),
          FormatDateTime(record.changed),
          WhatOf(record),
          record.reason.empty() ? "-" : record.reason};
}

void WriteMove(const MoveRecord& record, json::Writer& writer) {
  writer.BeginObject().Member("id").String(record.id);
  writer.Member("phase").String(MovePhaseName(record.phase));
  writer.Member("source").Int(record.source).Member("target").Int(record.target);
  if (!record.slots.empty()) writer.Member("slots").String(SlotsText(record.slots));
  if (!record.account.empty()) writer.Member("account").String(record.account);
  if (record.unpin) writer.Member("unpin").Bool(true);
  writer.Member("keys").Int(static_cast<int64_t>(record.keys));
  writer.Member("bytes").Int(static_cast<int64_t>(record.bytes));
  writer.Member("blocked_ms").Int(record.blocked_ms);
  writer.Member("attempt").Int(record.attempt).Member("restarts").Int(record.restarts);
  writer.Member("epoch").Int(static_cast<int64_t>(record.epoch));
  writer.Member("created").DateTime(record.created).Member("changed").DateTime(record.changed);
  if (!record.reason.empty()) writer.Member("reason").String(record.reason);
  writer.EndObject();
}

// Tells each step of each move once.
class Follower {
 public:
  explicit Follower(tool::Output& out) : out_(out) {}

  void Show(const MoveRecord& record) {
    MoveRecord& seen = seen_[record.id];
    if (seen == record) return;
    seen = record;
    out_.Line(record.id + "  " + std::string(MovePhaseName(record.phase)) + "  " +
              std::to_string(record.keys) + " keys, " + std::to_string(record.bytes) +
              " octets, blocked " + std::to_string(record.blocked_ms) + " ms" +
              (record.reason.empty() ? "" : "; " + record.reason));
    std::string object;
    json::Writer writer(object);
    WriteMove(record, writer);
    out_.Event(object);
    out_.Flush();
  }

 private:
  tool::Output& out_;
  std::map<std::string, MoveRecord> seen_;
};

bool IsDone(const MoveRecord& record) {
  return IsOver(record.phase) || record.phase == MovePhase::kSwitched;
}

// Until the accounts of all of them have one owner for good.
Status Await(const std::vector<MoveRecord>& planned, MoveLedger& ledger, tool::Output& out) {
  Follower follower(out);
  Status failed;
  for (const MoveRecord& one : planned) {
    for (bool done = false; !done; std::this_thread::sleep_for(kLookTime)) {
      const Result<std::optional<KeptMove>> move = ledger.Read(one.id);
      if (move.status().code() == Code::kUnavailable) continue;  // The move goes on without us.
      MESH_RETURN_IF_ERROR(move.status());
      if (!*move) return Status(Code::kNotFound, "the record of " + one.id + " is gone");
      follower.Show((*move)->record);
      done = IsDone((*move)->record);
      if (done && (*move)->record.phase == MovePhase::kAborted) {
        failed =
            Status(Code::kFailedPrecondition, one.id + " was aborted: " + (*move)->record.reason);
      }
    }
  }
  return failed;
}

// For an account that is where it shall be.
Status PinInPlace(Context& context, MoveLedger& ledger, const MoveOrder& order) {
  MESH_ASSIGN(const bool changed, SetPinned(ledger, order.account, !order.unpin));
  context.out().members().Member("pinned").Bool(!order.unpin);
  context.out().members().Member("changed").Bool(changed);
  if (order.unpin) {
    context.out().Line(changed ? "It is where its slot is, and not pinned any more."
                               : "Nothing to do: it is not pinned.");
  } else {
    context.out().Line(changed
                           ? "It is there already; now it is pinned and stays when its slot moves."
                           : "Nothing to do: it is there already, and pinned.");
  }
  return {};
}

Status Carry(Context& context, const MoveOrder& order, bool wait) {
  MESH_ASSIGN(MoveLedger* const ledger, context.OpenLedger());
  MESH_ASSIGN(const KeptMap map, ledger->ReadMap());
  MESH_ASSIGN(const std::vector<KeptMove> moves, ledger->List());
  MESH_ASSIGN(const std::vector<MoveRecord> planned,
              PlanMoves(order, map, moves, context.clock().WallNow(), crypto::SystemRandom()));
  json::Writer& members = context.out().members();
  members.Member("moves").BeginArray();
  for (const MoveRecord& record : planned) {
    const Status made = ledger->Create(record);
    if (!made.ok() && made.code() != Code::kAlreadyExists) return made;
    context.out().Line(record.id + "  " + WhatOf(record) + " from partition " +
                       std::to_string(record.source) + " to " + std::to_string(record.target));
    members.String(record.id);
  }
  members.EndArray();
  if (planned.empty() && !order.account.empty()) return PinInPlace(context, *ledger, order);
  if (planned.empty()) context.out().Line("Nothing to do: it is there already.");
  return wait ? Await(planned, *ledger, context.out()) : Status();
}

Status RunMove(Context& context, const MoveOptions& options) {
  MoveOrder order;
  order.to = options.to;
  if (options.account.empty()) {
    MESH_ASSIGN(order.slots, ParseSlots(options.slots));
  } else {
    MESH_ASSIGN(const AccountAddress address, AccountAddress::Parse(options.account));
    order.account = address.canonical();
  }
  return Carry(context, order, options.wait);
}

Status RunUnpin(Context& context, const MoveOptions& options) {
  MESH_ASSIGN(const AccountAddress address, AccountAddress::Parse(options.account));
  MoveOrder order;
  order.account = address.canonical();
  order.unpin = true;
  return Carry(context, order, options.wait);
}

Status Follow(MoveLedger& ledger, tool::Output& out) {
  Follower follower(out);
  for (;; std::this_thread::sleep_for(kLookTime)) {
    const Result<std::vector<KeptMove>> moves = ledger.List();
    if (!moves.ok() && moves.status().code() != Code::kUnavailable) return moves.status();
    if (!moves.ok()) continue;
    for (const KeptMove& move : *moves) follower.Show(move.record);
  }
}

Status RunMoves(Context& context, const MovesOptions& options) {
  MESH_ASSIGN(MoveLedger* const ledger, context.OpenLedger());
  if (options.follow) return Follow(*ledger, context.out());
  MESH_ASSIGN(const std::vector<KeptMove> moves, ledger->List());
  std::vector<std::vector<std::string>> rows = {{"MOVE", "PHASE", "PARTITIONS", "KEYS", "OCTETS",
                                                 "BLOCKED MS", "RESTARTS", "CHANGED", "WHAT",
                                                 "REASON"}};
  json::Writer& members = context.out().members();
  members.Member("moves").BeginArray();
  for (const KeptMove& move : moves) {
    if (!options.all && IsOver(move.record.phase)) continue;
    rows.push_back(RowOf(move.record));
    WriteMove(move.record, members);
  }
  members.EndArray();
  if (rows.size() == 1) {
    context.out().Line(options.all ? "No moves." : "No moves under way; --all shows those before.");
  } else {
    context.out().Table(rows);
  }
  return Status();
}

void AddMoveWhat(CLI::App& move, const char* what, const char* about, const char* example,
                 std::string MoveOptions::*field, Run* chosen) {
  CLI::App* const command = AddCommand(move, what, about, example);
  auto options = std::make_shared<MoveOptions>();
  command->add_option(what, (*options).*field, "Which")->required();
  command
      ->add_option("--to", options->to, "A partition's id, or the name of a back end that has one")
      ->required();
  command->add_flag("--wait", options->wait, "Show each step, until the target owns it");
  command->callback(
      [=] { *chosen = [=](Context& context) { return RunMove(context, *options); }; });
}

void AddEnd(CLI::App& moves, const char* name, const char* about, const char* example, Run* chosen,
            Status (*run)(MoveLedger&, const std::string&)) {
  CLI::App* const command = AddCommand(moves, name, about, example);
  auto id = std::make_shared<std::string>();
  command->add_option("move", *id, "Its name, as `moves` shows it")->required();
  command->callback([=] {
    *chosen = [=](Context& context) -> Status {
      MESH_ASSIGN(MoveLedger* const ledger, context.OpenLedger());
      return run(*ledger, *id);
    };
  });
}

}  // namespace

void AddMove(CLI::App& app, Run* chosen) {
  CLI::App* const move =
      AddCommand(app, "move", "Move accounts to another partition while they are used",
                 "  mesh-admin move slots 0-99,200 --to b2 --wait\n"
                 "  mesh-admin move account alice@example.com --to 3\n");
  move->require_subcommand(1);
  AddMoveWhat(*move, "slots", "Move slots: 0-99,200",
              "  mesh-admin --cluster c --etcd-endpoints 127.0.0.1:2379 move slots 0-99 --to b2\n",
              &MoveOptions::slots, chosen);
  AddMoveWhat(*move, "account", "Move one account and pin it where it goes",
              "  mesh-admin --cluster c --etcd-endpoints 127.0.0.1:2379 \\\n"
              "    move account alice@example.com --to 3 --wait\n",
              &MoveOptions::account, chosen);
}

void AddUnpin(CLI::App& app, Run* chosen) {
  CLI::App* const command = AddCommand(
      app, "unpin", "Let an account go by its slot again; it moves there if it is elsewhere",
      "  mesh-admin unpin alice@example.com --wait\n"
      "      what pins one is `mesh-admin move account`\n");
  auto options = std::make_shared<MoveOptions>();
  command->add_option("account", options->account, "The account's address")->required();
  command->add_flag("--wait", options->wait, "Show each step, until its slot's owner has it");
  command->callback(
      [=] { *chosen = [=](Context& context) { return RunUnpin(context, *options); }; });
}

void AddMoves(CLI::App& app, Run* chosen) {
  CLI::App* const moves =
      AddCommand(app, "moves", "What moves, how far it is, and how to end it",
                 "  mesh-admin moves --follow\n  mesh-admin moves --all --json\n"
                 "  mesh-admin moves abort m-0123456789\n  mesh-admin moves resume m-0123456789\n");
  auto options = std::make_shared<MovesOptions>();
  moves->add_flag("--follow", options->follow, "Go on showing every step, until interrupted");
  moves->add_flag("--all", options->all, "Those too that are over");
  moves->require_subcommand(0, 1);
  AddEnd(*moves, "abort", "Give a move up; before its switch only",
         "  mesh-admin moves abort m-0123456789\n", chosen,
         [](MoveLedger& ledger, const std::string& id) {
           return AbortMove(ledger, id, "asked by the operator");
         });
  AddEnd(*moves, "resume", "Begin an aborted move again, or let one that waits try again",
         "  mesh-admin moves resume m-0123456789\n", chosen,
         [](MoveLedger& ledger, const std::string& id) { return ResumeMove(ledger, id); });
  moves->callback([=] {
    if (!moves->get_subcommands().empty()) return;
    *chosen = [=](Context& context) { return RunMoves(context, *options); };
  });
}

}  // namespace mesh::admin
