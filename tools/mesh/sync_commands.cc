#include <array>
#include <map>
#include <memory>
#include <utility>

#include "common/base/bytes.h"
#include "common/client/contacts.h"
#include "common/dare/header.h"
#include "tools/mesh/commands.h"

namespace mesh::tool {
namespace {

using client::Account;
using client::ContainerState;
using client::Home;
using client::Replica;
using client::Session;
using client::SyncReport;

// What people call the containers that have a name in the drafts.
constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kNames = {{
    {"contacts", "mmm_Contact"},
    {"devices", "mmm_Device"},
    {"credentials", "mmm_Credential"},
    {"bookmarks", "mmm_Bookmark"},
    {"calendar", "mmm_Calendar"},
    {"applications", "mmm_Application"},
    {"capabilities", "mmm_Capability"},
    {"publications", "mmm_Publication"},
    {"inbound", "mmm_Inbound"},
    {"outbound", "mmm_Outbound"},
    {"local", "mmm_Local"},
    {"archive", "mmm_Archive"},
}};

std::vector<std::string> ContainersOf(const std::vector<std::string>& names) {
  std::vector<std::string> containers;
  for (const std::string& name : names) containers.push_back(ContainerOf(name));
  return containers;
}

std::string ChecksText(const SyncReport& report) {
  const client::Checks& checks = report.checks;
  if (checks.frames == 0) return "nothing new";
  if (checks.payload_digests == 0) return "no digest claimed";
  std::string text = Count(checks.payload_digests, "digest");
  if (checks.signatures > 0) text += ", " + Count(checks.signatures, "signature");
  text += " verified";
  if (checks.unknown_signatures > 0) {
    text += ", " + Count(checks.unknown_signatures, "signature") + " by unknown keys";
  }
  return text;
}

// What it comes to: nothing that does not verify gets this far.
std::string Conclusion(const std::vector<SyncReport>& reports) {
  client::Checks sum;
  uint64_t compared = 0;
  for (const SyncReport& report : reports) {
    sum.frames += report.checks.frames;
    sum.payload_digests += report.checks.payload_digests;
    sum.signatures += report.checks.signatures;
    compared += report.compared ? 1 : 0;
  }
  return "Verified: " + Count(sum.frames, "frame") + ", " + Count(sum.payload_digests, "digest") +
         ", " + Count(sum.signatures, "signature") + "; " + std::to_string(compared) + " of " +
         Count(reports.size(), "tree digest") + " compared with the service's and equal.";
}

// --- status -------------------------------------------------------------------

std::string Compared(const ContainerState& remote, const Replica& local) {
  if (local.frames() == 0) return "not downloaded";
  if (local.frames() < remote.frames) {
    return Count(static_cast<uint64_t>(remote.frames - local.frames()), "frame") + " behind";
  }
  if (local.frames() > remote.frames) return "AHEAD OF THE SERVICE: it lost frames";
  if (remote.digest.empty()) return "up to date, no digest to compare";
  return local.frontier().digest() == remote.digest ? "up to date, same digest"
                                                    : "DIFFERENT DIGEST";
}

Status RunStatus(Context& context) {
  MESH_ASSIGN(const Account* const account, context.OpenAccount());
  MESH_ASSIGN(const Home* const home, context.OpenHome());
  MESH_ASSIGN(client::ServiceClient* const client, context.ConnectAs(*account));
  MESH_ASSIGN(const client::StatusReply status, client->AccountStatus());
  Output& out = context.out();
  out.Field("Account", account->address);
  out.members().Member("account").String(account->address);
  std::vector<std::vector<std::string>> rows = {{"CONTAINER", "FRAMES", "TREE DIGEST", "HERE"}};
  bool broken = false;
  out.members().Member("containers").BeginArray();
  for (const ContainerState& remote : status.containers) {
    MESH_ASSIGN(const Replica local, home->LoadReplica(account->address, remote.container));
    const std::string compared = Compared(remote, local);
    broken = broken || compared[0] == 'A' || compared[0] == 'D';
    rows.push_back(
        {remote.container, std::to_string(remote.frames), ShortHex(remote.digest), compared});
    json::Writer& members = out.members();
    members.BeginObject().Member("container").String(remote.container);
    members.Member("frames").Int(remote.frames);
    members.Member("local_frames").Int(local.frames());
    members.Member("digest").String(ToHex(remote.digest));
    members.Member("local_digest").String(ToHex(local.frontier().digest()));
    members.Member("state").String(compared).EndObject();
  }
  out.members().EndArray();
  out.Table(rows);
  context.ReportBinding();
  if (!broken) return {};
  return Status(Code::kDataLoss,
                "the service does not hold what this device has seen before; do not delete "
                "this device's copies, they may be the only ones");
}

// --- download -----------------------------------------------------------------

Status RunDownload(Context& context, const std::vector<std::string>& names, bool verify) {
  MESH_ASSIGN(Session* const session, context.OpenSession());
  client::SyncOptions options;
  options.containers = ContainersOf(names);
  options.verify_all = verify;
  MESH_ASSIGN(const std::vector<SyncReport> reports,
              session->Sync(options, context.out().Progress("Downloading")));
  ReportContainers(reports, context.out());
  context.out().Line(Conclusion(reports));
  return {};
}

// --- show ---------------------------------------------------------------------

// What an entry is, in one line.
std::string Summary(const std::string& container, const dare::Envelope& envelope) {
  if (container != "mmm_Contact") return Count(envelope.payload.size(), "octet");
  const Result<client::Person> person = client::ParseContact(envelope.payload);
  if (!person.ok()) return "unreadable";
  std::string text = person->full_name;
  for (const auto* addresses : {&person->emails, &person->phones, &person->mesh_addresses}) {
    for (const std::string& address : *addresses) text += ", " + address;
  }
  return text;
}

Status RunShow(Context& context, const std::string& name) {
  const std::string container = ContainerOf(name);
  MESH_ASSIGN(const Account* const account, context.OpenAccount());
  MESH_ASSIGN(const Home* const home, context.OpenHome());
  MESH_ASSIGN(const Replica replica, home->LoadReplica(account->address, container));
  if (replica.frames() == 0) {
    return Status(Code::kNotFound,
                  "this device has no copy of " + container + "; run `mesh download " + name + "`");
  }
  std::map<int64_t, std::string> ids;  // In the order in which they were written.
  for (const auto& [id, entry] : replica.entries()) {
    if (!entry.deleted) ids[entry.index] = id;
  }
  Output& out = context.out();
  std::vector<std::vector<std::string>> rows;
  out.members().Member("container").String(container).Member("entries").BeginArray();
  for (const auto& [index, id] : ids) {
    const std::string summary = Summary(container, replica.frame(index));
    rows.push_back({std::to_string(index), id, summary});
    out.members().BeginObject().Member("index").Int(index).Member("id").String(id);
    out.members().Member("summary").String(summary).EndObject();
  }
  out.members().EndArray().Member("file").String(home->ReplicaPath(account->address, container));
  out.Table(rows);
  out.Field("File", home->ReplicaPath(account->address, container));
  return {};
}

}  // namespace

std::string ContainerOf(const std::string& name) {
  for (const auto& [word, container] : kNames) {
    if (name == word) return std::string(container);
  }
  return name;
}

void ReportContainers(const std::vector<SyncReport>& reports, Output& out) {
  std::vector<std::vector<std::string>> rows;
  out.members().Member("containers").BeginArray();
  for (const SyncReport& report : reports) {
    const std::string tree = "tree " + ShortHex(report.digest);
    rows.push_back({report.container, Count(static_cast<uint64_t>(report.frames), "frame"),
                    std::to_string(report.new_frames) + " new", ChecksText(report),
                    tree + (report.compared ? " = the service's" : ", none to compare")});
    json::Writer& members = out.members();
    members.BeginObject().Member("container").String(report.container);
    members.Member("frames").Int(report.frames).Member("new_frames").Int(report.new_frames);
    members.Member("verified_digests").Int(static_cast<int64_t>(report.checks.payload_digests));
    members.Member("verified_signatures").Int(static_cast<int64_t>(report.checks.signatures));
    members.Member("unknown_signatures")
        .Int(static_cast<int64_t>(report.checks.unknown_signatures));
    members.Member("digest").String(ToHex(report.digest));
    members.Member("digest_matches_service").Bool(report.compared).EndObject();
  }
  out.members().EndArray();
  out.Table(rows);
}

void AddStatus(CLI::App& app, Run* chosen) {
  CLI::App* const status =
      AddCommand(app, "status", "What the service holds, and whether this device is up to date",
                 "  mesh status\n  mesh status -a alice@example.com --json");
  status->callback([=] { *chosen = RunStatus; });
}

void AddDownload(CLI::App& app, Run* chosen) {
  CLI::App* const download = AddCommand(
      app, "download",
      "Bring this device's copies up to date and verify digests, signatures and tree digests",
      "  mesh download\n"
      "  mesh download contacts mmm_Bookmark\n"
      "  mesh download --verify      (every frame again, not only new ones)");
  auto names = std::make_shared<std::vector<std::string>>();
  auto verify = std::make_shared<bool>(false);
  download->add_option("CONTAINER", *names, "contacts, bookmarks, inbound, mmm_...; default: all");
  download->add_flag("--verify", *verify, "Verify every frame again, not only the new ones");
  download->callback(
      [=] { *chosen = [=](Context& context) { return RunDownload(context, *names, *verify); }; });
}

void AddShow(CLI::App& app, Run* chosen) {
  CLI::App* const show = AddCommand(app, "show", "List the entries in this device's copy",
                                    "  mesh show contacts\n  mesh show bookmarks --json");
  auto name = std::make_shared<std::string>();
  show->add_option("CATALOG", *name, "contacts, bookmarks, mmm_...")->required();
  show->callback([=] { *chosen = [=](Context& context) { return RunShow(context, *name); }; });
}

}  // namespace mesh::tool
