#include <memory>

#include "common/client/private_files.h"
#include "common/mesh/container_name.h"
#include "tools/mesh/commands.h"

namespace mesh::tool {
namespace {

using client::Account;
using client::Device;
using client::Home;

constexpr size_t kFileBytesMax = 1024 * 1024;

Status RunRequest(Context& context, const std::string& file, const std::string& description) {
  MESH_ASSIGN(const Device* const device, context.OpenDevice(description));
  MESH_RETURN_IF_ERROR(
      client::WritePrivateFile(file, client::WriteDeviceRequest(device->envelope)));
  Output& out = context.out();
  out.Field("Device", device->udf());
  out.Field("Request", file);
  out.Line("Next, on an administrator's device: mesh device add " + file);
  out.members().Member("device").String(device->udf()).Member("request").String(file);
  return {};
}

Status RunAdd(Context& context, const std::string& file, const std::string& hand_over,
              client::Reading reading) {
  MESH_ASSIGN(const std::string text, client::ReadGivenFile(file, kFileBytesMax));
  MESH_ASSIGN(const dare::Envelope profile, client::ReadDeviceRequest(text));
  MESH_ASSIGN(client::Session* const session, context.OpenSession());
  MESH_ASSIGN(const std::string octets, session->AddDevice(profile, reading));
  MESH_RETURN_IF_ERROR(client::WritePrivateFile(hand_over, octets));
  MESH_ASSIGN(const Account* const account, context.OpenAccount());
  Output& out = context.out();
  out.Field("Account", account->address);
  out.Field("Mesh UDF", account->mesh.udf());
  out.Field("Hand-over", hand_over);
  out.Line("Next, on the new device: mesh device accept " + hand_over);
  out.members().Member("account").String(account->address).Member("hand_over").String(hand_over);
  return {};
}

// Whether this device may take `account`: it is in none of that address, or in the same without
// a key for messages, which `account` has.
Status CheckNew(const Home& home, const Account& account) {
  const Result<Account> known = home.LoadAccount(account.address);
  if (!known.ok()) return {};
  const bool better = known->profile.udf() == account.profile.udf() && !known->administrator() &&
                      !known->encryption && account.encryption;
  if (better) return home.RemoveAccount(account.address);
  return Status(Code::kAlreadyExists, "this device is in " + account.address + " already");
}

Status RunAccept(Context& context, const std::string& file) {
  MESH_ASSIGN(const std::string text, client::ReadGivenFile(file, kFileBytesMax));
  MESH_ASSIGN(const Home* const home, context.OpenHome());
  const Result<Device> device = home->LoadDevice();
  if (!device.ok()) {
    return Status(device.status().code(),
                  device.status().message() + "; begin with `mesh device request FILE`");
  }
  MESH_ASSIGN(Account account, client::ReadHandOver(text, *device));
  MESH_ASSIGN(account.service, context.Service(&account, ""));
  MESH_RETURN_IF_ERROR(CheckNew(*home, account));
  MESH_RETURN_IF_ERROR(home->SaveAccount(account));
  ReportJoined(account, context.out());
  return {};
}

std::string DescriptionOf(const CatalogedDevice& device) {
  if (!device.profile_device) return "";
  const Result<Profile> profile =
      ParseProfile(device.profile_device->payload, ProfileKind::kDevice);
  return profile.ok() ? profile->description : "";
}

Result<std::vector<CatalogedDevice>> SyncDevices(client::Session& session, uint64_t* refused) {
  MESH_RETURN_IF_ERROR(session.Sync({{std::string(kDeviceCatalog)}, false}, {}).status());
  return session.Devices(refused);
}

// The one device that is called so: by its UDF, or by a description that no other has.
Result<std::string> FindDevice(const std::vector<CatalogedDevice>& devices,
                               const std::string& name) {
  std::vector<std::string> found;
  for (const CatalogedDevice& device : devices) {
    if (device.device_udf == name) return name;
    if (DescriptionOf(device) == name) found.push_back(device.device_udf);
  }
  if (found.size() == 1) return found[0];
  return InvalidArgument((found.empty() ? "no device is called " : "several devices are called ") +
                         name + "; `mesh device list` shows their names");
}

Status RunRemove(Context& context, const std::string& name) {
  MESH_ASSIGN(client::Session* const session, context.OpenSession());
  uint64_t refused = 0;
  MESH_ASSIGN(const std::vector<CatalogedDevice> devices, SyncDevices(*session, &refused));
  MESH_ASSIGN(const std::string udf, FindDevice(devices, name));
  MESH_ASSIGN(const Device* const self, context.KnownDevice());
  if (udf == self->udf()) {
    return InvalidArgument("this is the device you are at; remove it from another administrator's");
  }
  MESH_RETURN_IF_ERROR(session->RemoveDevice(udf));
  Output& out = context.out();
  out.Line("Removed " + udf + ". The service refuses it from now on.");
  out.members().Member("removed").String(udf);
  return {};
}

Status RunList(Context& context) {
  MESH_ASSIGN(client::Session* const session, context.OpenSession());
  uint64_t refused = 0;
  MESH_ASSIGN(const std::vector<CatalogedDevice> devices, SyncDevices(*session, &refused));
  MESH_ASSIGN(const Device* const self, context.KnownDevice());
  Output& out = context.out();
  std::vector<std::vector<std::string>> rows;
  out.members().Member("devices").BeginArray();
  for (const CatalogedDevice& device : devices) {
    const bool here = device.device_udf == self->udf();
    const std::string description = DescriptionOf(device);
    rows.push_back({device.device_udf, "verified", description, here ? "this device" : ""});
    out.members().BeginObject().Member("device").String(device.device_udf);
    out.members().Member("description").String(description);
    out.members().Member("this_device").Bool(here).EndObject();
  }
  out.members().EndArray().Member("refused").Int(static_cast<int64_t>(refused));
  out.Table(rows);
  if (refused == 0) return {};
  return Status(Code::kDataLoss, Count(refused, "entry") + " of mmm_Device does not verify");
}

}  // namespace

void AddDeviceCommands(CLI::App& app, Run* chosen) {
  CLI::App* const device =
      AddCommand(app, "device", "Connect further devices to an account",
                 "  new device:      mesh device request laptop.json\n"
                 "  administrator's: mesh device add laptop.json --hand-over laptop.mesh\n"
                 "  new device:      mesh device accept laptop.mesh");
  device->require_subcommand(1);
  auto file = std::make_shared<std::string>();

  CLI::App* const request =
      AddCommand(*device, "request", "Write what an administrator needs to add this device",
                 "  mesh device request laptop.json --description laptop");
  auto description = std::make_shared<std::string>();
  request->add_option("FILE", *file, "Written; holds nothing secret")->required();
  request->add_option("--description", *description,
                      "What to call this device; default: the machine's name");
  request->callback([=] {
    *chosen = [=](Context& context) { return RunRequest(context, *file, *description); };
  });

  CLI::App* const add =
      AddCommand(*device, "add", "Add a device to the account; needs its administrator's device",
                 "  mesh device add laptop.json --hand-over laptop.mesh");
  auto hand_over = std::make_shared<std::string>();
  add->add_option("REQUEST", *file, "The new device's request")->required();
  add->add_option("--hand-over", *hand_over,
                  "Written; carry it to the new device. Default: REQUEST.mesh");
  auto withheld = std::make_shared<bool>(false);
  AddWithoutMessages(*add, withheld);
  add->callback([=] {
    if (hand_over->empty()) *hand_over = *file + ".mesh";
    *chosen = [=](Context& context) {
      return RunAdd(context, *file, *hand_over, ReadingOf(*withheld));
    };
  });

  CLI::App* const accept = AddCommand(*device, "accept", "Join the account of a hand-over",
                                      "  mesh device accept laptop.mesh");
  accept->add_option("FILE", *file, "The hand-over from `mesh device add`")->required();
  accept->callback([=] { *chosen = [=](Context& context) { return RunAccept(context, *file); }; });

  CLI::App* const remove = AddCommand(
      *device, "remove", "Take a device out of the account; needs its administrator's device",
      "  mesh device remove laptop\n  mesh device remove MDN3-...");
  auto name = std::make_shared<std::string>();
  remove->add_option("DEVICE", *name, "Its name or its description, as `mesh device list` has them")
      ->required();
  remove->callback([=] { *chosen = [=](Context& context) { return RunRemove(context, *name); }; });

  CLI::App* const list = AddCommand(*device, "list", "The devices of the account, verified",
                                    "  mesh device list --json");
  list->callback([=] { *chosen = RunList; });
}

}  // namespace mesh::tool
