#include <chrono>
#include <memory>
#include <set>

#include "common/crypto/udf.h"
#include "common/encoding/date_time.h"
#include "common/mesh/account_address.h"
#include "tools/mesh/commands.h"

namespace mesh::tool {
namespace {

using client::Account;
using client::AskedAccount;
using client::ConnectionRequest;
using client::Device;
using client::Home;

// --- The device that asks ------------------------------------------------------------------

Status RunRequest(Context& context, const std::string& address, const std::string& pin,
                  const std::string& description) {
  MESH_ASSIGN(const AccountAddress parsed, AccountAddress::Parse(address));
  MESH_ASSIGN(const Home* const home, context.OpenHome());
  MESH_ASSIGN(const Device* const device, context.OpenDevice(description));
  if (home->LoadAccount(parsed.canonical()).ok()) {
    return Status(Code::kAlreadyExists, "this device is in " + parsed.canonical() + " already");
  }
  MESH_ASSIGN(const client::ServiceAddress service, context.Service(nullptr, parsed.domain()));
  MESH_ASSIGN(client::ServiceClient* const client,
              context.ConnectAsStranger(service, parsed.canonical()));
  MESH_ASSIGN(const client::Asking asking,
              client::MakeConnectionRequest(*device, parsed.canonical(), pin,
                                            MachineClock().WallNow(), crypto::SystemRandom()));
  MESH_ASSIGN(const client::ConnectReply reply, client->Connect(asking.envelope));
  MESH_ASSIGN(const AskedAccount asked,
              client::TakeAcknowledgement(*device, asking, parsed.canonical(), service, reply));
  MESH_RETURN_IF_ERROR(home->SaveAsked(asked));
  Output& out = context.out();
  out.Field("Account", asked.address);
  out.Field("Code", asked.witness);
  out.Line(pin.empty() ? "Compare the code with what `mesh connect list` shows on an "
                         "administrator's device,\nand accept it there; then, here: mesh connect "
                         "complete"
                       : "The PIN proves this device; when an administrator's device has seen it, "
                         "here: mesh connect complete");
  out.members().Member("account").String(asked.address).Member("code").String(asked.witness);
  return {};
}

// The one account that this device has asked for, or the one that is named.
Result<std::string> AskedFor(const Home& home, const std::string& address) {
  if (!address.empty()) {
    MESH_ASSIGN(const AccountAddress parsed, AccountAddress::Parse(address));
    return parsed.canonical();
  }
  const std::vector<std::string> asked = home.Asked();
  if (asked.size() == 1) return asked[0];
  return InvalidArgument(asked.empty() ? "this device has asked for no account; `mesh connect "
                                         "request ADDRESS` asks"
                                       : "this device has asked for several accounts; name one");
}

Status RunComplete(Context& context, const std::string& address) {
  MESH_ASSIGN(const Home* const home, context.OpenHome());
  MESH_ASSIGN(const std::string name, AskedFor(*home, address));
  MESH_ASSIGN(const AskedAccount asked, home->LoadAsked(name));
  MESH_ASSIGN(const Device* const device, context.KnownDevice());
  MESH_ASSIGN(client::ServiceClient* const client, context.ConnectAsStranger(asked.service, name));
  MESH_ASSIGN(const auto response, client->Complete(name, crypto::ResponseId(asked.witness)));
  if (!response) {
    return Status(
        Code::kNotFound,
        "no administrator has answered yet; try again later. The code is " + asked.witness);
  }
  const Result<Account> account =
      client::TakeResponse(*response, *device, name, asked.service, &asked.profile_account);
  if (account.status().code() == Code::kPermissionDenied) {
    MESH_RETURN_IF_ERROR(home->RemoveAsked(name));
  }
  MESH_RETURN_IF_ERROR(account.status());
  MESH_RETURN_IF_ERROR(home->SaveAccount(*account));
  MESH_RETURN_IF_ERROR(home->RemoveAsked(name));
  ReportJoined(*account, context.out());
  return {};
}

// --- The administrator ---------------------------------------------------------------------

std::string_view PinWord(ConnectionRequest::Pin pin) {
  switch (pin) {
    case ConnectionRequest::Pin::kGood:
      return "PIN good";
    case ConnectionRequest::Pin::kWrong:
      return "PIN wrong, used, or too old";
    default:
      return "compare the code";
  }
}

Status RunList(Context& context) {
  MESH_ASSIGN(client::Session* const session, context.OpenSession());
  MESH_ASSIGN(const std::vector<ConnectionRequest> requests, session->ConnectionRequests());
  Output& out = context.out();
  std::vector<std::vector<std::string>> rows;
  out.members().Member("requests").BeginArray();
  for (const ConnectionRequest& request : requests) {
    rows.push_back(
        {request.witness, request.device.description, std::string(PinWord(request.pin))});
    out.members().BeginObject().Member("code").String(request.witness);
    out.members().Member("device").String(request.device.udf());
    out.members().Member("description").String(request.device.description);
    out.members().Member("pin").Bool(request.pin == ConnectionRequest::Pin::kGood).EndObject();
  }
  out.members().EndArray();
  if (rows.empty()) out.Line("No device asks for this account.");
  out.Table(rows);
  return {};
}

// The request whose code begins so.
Result<ConnectionRequest> FindRequest(client::Session& session, const std::string& code) {
  MESH_ASSIGN(std::vector<ConnectionRequest> requests, session.ConnectionRequests());
  ConnectionRequest* found = nullptr;
  for (ConnectionRequest& request : requests) {
    if (!request.witness.starts_with(code)) continue;
    if (found != nullptr) return InvalidArgument("several codes begin with " + code);
    found = &request;
  }
  if (found != nullptr) return std::move(*found);
  return InvalidArgument("no device asks with the code " + code +
                         "; `mesh connect list` shows those that do");
}

void ReportAnswer(const ConnectionRequest& request, bool accepted, Output& out) {
  out.Line((accepted ? "Accepted " : "Refused ") + request.device.udf() + " (" +
           request.device.description + ").");
  out.members().BeginObject().Member("code").String(request.witness);
  out.members().Member("device").String(request.device.udf());
  out.members().Member("accepted").Bool(accepted).EndObject();
}

// `reading`: accepts, and how; null: refuses.
Status RunAnswer(Context& context, const std::string& code, const client::Reading* reading) {
  MESH_ASSIGN(client::Session* const session, context.OpenSession());
  MESH_ASSIGN(const ConnectionRequest request, FindRequest(*session, code));
  MESH_RETURN_IF_ERROR(reading != nullptr ? session->AcceptConnection(request, *reading)
                                          : session->RefuseConnection(request));
  context.out().members().Member("answered").BeginArray();
  ReportAnswer(request, reading != nullptr, context.out());
  context.out().members().EndArray();
  return {};
}

// All that know a PIN, each with another one.
Status RunAcceptPins(Context& context, client::Reading reading) {
  MESH_ASSIGN(client::Session* const session, context.OpenSession());
  MESH_ASSIGN(const std::vector<ConnectionRequest> requests, session->ConnectionRequests());
  std::set<std::string> used;
  Output& out = context.out();
  out.members().Member("answered").BeginArray();
  for (const ConnectionRequest& request : requests) {
    if (request.pin != ConnectionRequest::Pin::kGood || !used.insert(request.pin_id).second)
      continue;
    MESH_RETURN_IF_ERROR(session->AcceptConnection(request, reading));
    ReportAnswer(request, true, out);
  }
  out.members().EndArray();
  if (used.empty()) out.Line("No device asks with a PIN that is good.");
  return {};
}

Status RunPin(Context& context, int hours) {
  MESH_ASSIGN(client::Session* const session, context.OpenSession());
  const WallMillis expires =
      MachineClock().WallNow() + std::chrono::milliseconds(std::chrono::hours(hours)).count();
  MESH_ASSIGN(const std::string pin, session->AddPin(expires));
  MESH_ASSIGN(const Account* const account, context.OpenAccount());
  Output& out = context.out();
  out.Field("PIN", pin);
  out.Field("Until", FormatDateTime(expires) + ", for one device");
  out.Line("Next, on the new device: mesh connect request " + account->address + " --pin " + pin);
  out.Line("and then here: mesh connect accept --pins");
  out.members().Member("account").String(account->address).Member("pin").String(pin);
  out.members().Member("until").DateTime(expires);
  return {};
}

void AddRequest(CLI::App& connect, Run* chosen) {
  CLI::App* const request = AddCommand(connect, "request", "Ask for an account, on the new device",
                                       "  mesh connect request alice@example.com\n"
                                       "  mesh connect request alice@example.com --pin EBQK-...");
  auto address = std::make_shared<std::string>();
  auto pin = std::make_shared<std::string>();
  auto description = std::make_shared<std::string>();
  request->add_option("ADDRESS", *address, "local@domain")->required();
  request->add_option("--pin", *pin, "That an administrator made with `mesh pin`");
  request->add_option("--description", *description,
                      "What to call this device; default: the machine's name");
  request->callback([=] {
    *chosen = [=](Context& context) { return RunRequest(context, *address, *pin, *description); };
  });
}

void AddAnswers(CLI::App& connect, Run* chosen) {
  auto code = std::make_shared<std::string>();
  auto pins = std::make_shared<bool>(false);
  auto withheld = std::make_shared<bool>(false);
  CLI::App* const accept =
      AddCommand(connect, "accept", "Let a device in; needs the account's administrator's device",
                 "  mesh connect accept 7TY4-WEQV\n  mesh connect accept --pins");
  CLI::Option* const which = accept->add_option("CODE", *code, "Its code, or how that begins");
  accept->add_flag("--pins", *pins, "All that know a PIN")->excludes(which);
  AddWithoutMessages(*accept, withheld);
  accept->callback([=] {
    *chosen = [=](Context& context) -> Status {
      const client::Reading reading = ReadingOf(*withheld);
      if (*pins) return RunAcceptPins(context, reading);
      if (code->empty()) return InvalidArgument("which one? give its CODE, or --pins");
      return RunAnswer(context, *code, &reading);
    };
  });
  CLI::App* const reject =
      AddCommand(connect, "reject", "Refuse a device; needs the account's administrator's device",
                 "  mesh connect reject 7TY4-WEQV");
  reject->add_option("CODE", *code, "Its code, or how that begins")->required();
  reject->callback(
      [=] { *chosen = [=](Context& context) { return RunAnswer(context, *code, nullptr); }; });
}

}  // namespace

void AddWithoutMessages(CLI::App& command, const std::shared_ptr<bool>& withheld) {
  command.add_flag("--without-messages", *withheld,
                   "Give it no key for what people send to the account");
}

client::Reading ReadingOf(bool withheld) {
  return withheld ? client::Reading::kWithheld : client::Reading::kAllowed;
}

void ReportJoined(const Account& account, Output& out) {
  out.Line("This device is in " + account.address + " now; every signature was verified.");
  out.Field("Mesh UDF", account.mesh.udf() + "  (compare with the administrator's device)");
  out.Field("Device", account.connected.key_authentication.udf);
  const bool reads = account.encryption.has_value();
  out.Field("Messages", reads ? "this device can read them" : "this device was given no key");
  out.members().Member("account").String(account.address).Member("reads_messages").Bool(reads);
  out.members().Member("mesh_udf").String(account.mesh.udf());
  out.members().Member("device").String(account.connected.key_authentication.udf);
}

void AddConnectCommands(CLI::App& app, Run* chosen) {
  CLI::App* const connect =
      AddCommand(app, "connect", "Connect a device to an account by way of the service",
                 "  new device:      mesh connect request alice@example.com\n"
                 "  administrator's: mesh connect list\n"
                 "  administrator's: mesh connect accept CODE\n"
                 "  new device:      mesh connect complete");
  connect->require_subcommand(1);
  AddRequest(*connect, chosen);
  CLI::App* const list =
      AddCommand(*connect, "list", "Devices that ask for the account, and their codes",
                 "  mesh connect list --json");
  list->callback([=] { *chosen = RunList; });
  AddAnswers(*connect, chosen);
  auto address = std::make_shared<std::string>();
  CLI::App* const complete = AddCommand(*connect, "complete", "Fetch the answer, on the new device",
                                        "  mesh connect complete");
  complete->add_option("ADDRESS", *address, "If this device has asked for several");
  complete->callback(
      [=] { *chosen = [=](Context& context) { return RunComplete(context, *address); }; });

  CLI::App* const pin =
      AddCommand(app, "pin", "Make a PIN that lets one device in", "  mesh pin --hours 2");
  auto hours = std::make_shared<int>(24);
  pin->add_option("--hours", *hours, "How long it is good")
      ->check(CLI::Range(1, 24 * 30))
      ->capture_default_str();
  pin->callback([=] { *chosen = [=](Context& context) { return RunPin(context, *hours); }; });
}

}  // namespace mesh::tool
