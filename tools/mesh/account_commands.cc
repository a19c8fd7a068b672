#include <memory>

#include "common/crypto/random.h"
#include "common/mesh/account_address.h"
#include "common/mesh/profile.h"
#include "tools/mesh/commands.h"

namespace mesh::tool {
namespace {

using client::Account;
using client::Home;
using client::ServiceAddress;

Result<client::MeshAdministrator> OpenMesh(const Home& home, Output& out) {
  Result<client::MeshAdministrator> mesh = home.LoadMesh();
  if (mesh.ok() || mesh.status().code() != Code::kNotFound) return mesh;
  mesh = client::MakeMesh(crypto::SystemRandom());
  if (!mesh.ok()) return mesh;
  MESH_RETURN_IF_ERROR(home.SaveMesh(*mesh));
  out.Line("Made your Mesh, " + mesh->profile.udf() + ".");
  return mesh;
}

// The account as it was before an interruption, or a new one. Saved before the
// service hears of it: the keys of an account must never be lost.
Result<Account> Prepare(Context& context, const Home& home, const std::string& address) {
  Result<Account> known = home.LoadAccount(address);
  if (known.ok() && known->registered) {
    return Status(Code::kAlreadyExists, "this device is in " + address +
                                            " already; `mesh status -a " + address + "` shows it");
  }
  if (known.ok() || known.status().code() != Code::kNotFound) return known;

  MESH_ASSIGN(const AccountAddress parsed, AccountAddress::Parse(address));
  MESH_ASSIGN(const ServiceAddress service, context.Service(nullptr, parsed.domain()));
  MESH_ASSIGN(client::ServiceClient* const nobody, context.ConnectAsNobody(service));
  MESH_ASSIGN(const client::HelloReply hello, nobody->Hello());
  if (hello.profile_service) {
    const Result<Profile> profile = VerifySelfSigned(*hello.profile_service, ProfileKind::kService);
    if (!profile.ok()) {
      return Status(Code::kDataLoss,
                    "the service's profile does not verify: " + profile.status().message());
    }
  }
  MESH_ASSIGN(const client::Device* const device, context.OpenDevice(""));
  MESH_ASSIGN(const client::MeshAdministrator mesh, OpenMesh(home, context.out()));
  MESH_ASSIGN(Account account, client::MakeAccount(address, service, hello.profile_service, mesh,
                                                   *device, crypto::SystemRandom()));
  MESH_RETURN_IF_ERROR(home.SaveAccount(account));
  return account;
}

// Whether the account that the service has under this address is ours: left by an
// attempt whose answer was lost. An account of somebody else does not let us in.
Result<bool> IsOurs(Context& context, const Account& account) {
  MESH_ASSIGN(client::ServiceClient* const client, context.ConnectAs(account));
  const Result<client::StatusReply> status = client->AccountStatus();
  if (!status.ok() && !client->refusal()) return status.status();
  return status.ok() && status->profile_master &&
         status->profile_master->payload == account.profile_mesh.payload;
}

// CreateAccount in the name of the device. If the service surely says no, the keys that
// were made for the account are of no use and go.
Status AskForAccount(Context& context, const Home& home, const Account& account) {
  MESH_ASSIGN(client::ServiceClient* const client, context.ConnectAsDevice(account));
  const client::CreateRequest request{account.address, account.profile_mesh,
                                      account.profile_account};
  const Status created = client->CreateAccount(request).status();
  const bool refused = !created.ok() && client->refusal() && client->refusal()->proven;
  if (refused && created.code() != Code::kAlreadyExists) {
    MESH_RETURN_IF_ERROR(home.RemoveAccount(account.address));
  }
  return created;
}

Status Register(Context& context, const Home& home, const Account& account) {
  const Status created = AskForAccount(context, home, account);
  if (created.code() != Code::kAlreadyExists) return created;
  MESH_ASSIGN(const bool ours, IsOurs(context, account));
  if (ours) return {};
  MESH_RETURN_IF_ERROR(home.RemoveAccount(account.address));
  // Ask again, so that the failure that is reported is the service's refusal.
  const Status taken = AskForAccount(context, home, account);
  return taken.ok() ? taken
                    : Status(taken.code(), account.address + " is taken; choose another name (" +
                                               taken.message() + ")");
}

void ShowAccount(const Account& account, Output& out) {
  out.Field("Account", account.address);
  out.Field("Account UDF", account.profile.udf());
  out.Field("Mesh UDF", account.mesh.udf());
  out.Field("Device", account.connected.key_authentication.udf);
  out.Field("Service", account.service.url);
  json::Writer& members = out.members();
  members.Member("account").String(account.address);
  members.Member("account_udf").String(account.profile.udf());
  members.Member("mesh_udf").String(account.mesh.udf());
  members.Member("device").String(account.connected.key_authentication.udf);
  members.Member("service").String(account.service.url);
}

Status RunCreate(Context& context, const std::string& address) {
  MESH_ASSIGN(const AccountAddress parsed, AccountAddress::Parse(address));
  MESH_ASSIGN(const Home* const home, context.OpenHome());
  MESH_ASSIGN(Account account, Prepare(context, *home, parsed.canonical()));
  MESH_ASSIGN(const client::Device* const device, context.OpenDevice(""));
  MESH_RETURN_IF_ERROR(Register(context, *home, account));
  MESH_ASSIGN(client::ServiceClient* const client, context.ConnectAs(account));
  client::Session session(*home, *device, account, *client, MachineClock(), crypto::SystemRandom());
  MESH_RETURN_IF_ERROR(session.Initialize());
  account.registered = true;
  MESH_RETURN_IF_ERROR(home->SaveAccount(account));
  context.out().Line("Created " + account.address + ".");
  ShowAccount(account, context.out());
  context.ReportBinding();
  return {};
}

// Deletes it at the service. That it is not there any more is as good: an attempt before was
// interrupted when the service had done its part, or another device was faster.
Result<bool> DeleteThere(Context& context, const Account& account) {
  MESH_ASSIGN(client::ServiceClient* const client, context.ConnectAs(account));
  const Status deleted = client->DeleteAccount();
  const bool gone =
      deleted.code() == Code::kNotFound && client->refusal() && client->refusal()->proven;
  if (!deleted.ok() && !gone) return deleted;
  return deleted.ok();
}

Status RunDelete(Context& context, const std::string& address, bool yes) {
  MESH_ASSIGN(const AccountAddress parsed, AccountAddress::Parse(address));
  MESH_ASSIGN(const Home* const home, context.OpenHome());
  MESH_ASSIGN(const Account account, home->LoadAccount(parsed.canonical()));
  if (!yes) {
    return InvalidArgument("deleting " + account.address +
                           " removes all it holds, at the service and on this device; say so "
                           "with --yes");
  }
  MESH_ASSIGN(const bool deleted, DeleteThere(context, account));
  MESH_RETURN_IF_ERROR(home->RemoveAccount(account.address));
  context.out().Line(deleted ? "Deleted " + account.address + "."
                             : "The service had deleted " + account.address +
                                   " already; it is gone from this device too.");
  context.out().members().Member("account").String(account.address);
  return {};
}

Status RunList(Context& context) {
  MESH_ASSIGN(const Home* const home, context.OpenHome());
  Output& out = context.out();
  std::vector<std::vector<std::string>> rows;
  out.members().Member("accounts").BeginArray();
  for (const std::string& address : home->Accounts()) {
    MESH_ASSIGN(const Account account, home->LoadAccount(address));
    const std::string role = account.administrator() ? "administrator" : "device";
    rows.push_back({account.address, account.registered ? role : "interrupted",
                    account.connected.key_authentication.udf, account.service.url});
    json::Writer& members = out.members();
    members.BeginObject().Member("account").String(account.address);
    members.Member("administrator").Bool(account.administrator());
    members.Member("registered").Bool(account.registered);
    members.Member("device").String(account.connected.key_authentication.udf);
    members.Member("service").String(account.service.url).EndObject();
  }
  out.members().EndArray();
  if (rows.empty()) out.Line("This device is in no account yet.");
  out.Table(rows);
  return {};
}

}  // namespace

void AddAccountCommands(CLI::App& app, Run* chosen) {
  CLI::App* const account = AddCommand(app, "account", "Make, delete and list accounts",
                                       "  mesh account create alice@example.com");
  account->require_subcommand(1);

  CLI::App* const create =
      AddCommand(*account, "create", "Make an account with this device as its administrator",
                 "  mesh account create alice@example.com\n"
                 "  mesh account create alice@example.com --service https://mesh.example.com:8443");
  auto address = std::make_shared<std::string>();
  create->add_option("ADDRESS", *address, "local@domain")->required();
  create->callback(
      [=] { *chosen = [=](Context& context) { return RunCreate(context, *address); }; });

  CLI::App* const remove = AddCommand(*account, "delete", "Delete an account and all it holds",
                                      "  mesh account delete alice@example.com --yes");
  auto yes = std::make_shared<bool>(false);
  remove->add_option("ADDRESS", *address, "local@domain")->required();
  remove->add_flag("--yes", *yes, "Yes, delete it");
  remove->callback(
      [=] { *chosen = [=](Context& context) { return RunDelete(context, *address, *yes); }; });

  CLI::App* const list =
      AddCommand(*account, "list", "The accounts this device is in", "  mesh account list --json");
  list->callback([=] { *chosen = RunList; });
}

}  // namespace mesh::tool
