#include <chrono>
#include <memory>

#include "common/client/private_files.h"
#include "common/client/publishing.h"
#include "common/crypto/udf.h"
#include "common/encoding/date_time.h"
#include "common/mesh/account_address.h"
#include "tools/mesh/publishing.h"
#include "tools/mesh/qr_code.h"

namespace mesh::tool {
namespace {

using client::Account;
using client::Device;
using client::Earl;
using client::Home;

constexpr size_t kFileBytesMax = 1024 * 1024;

Status RunPublish(Context& context, const std::string& file, int days, const std::string& png) {
  MESH_ASSIGN(const std::string text, client::ReadGivenFile(file, kFileBytesMax));
  MESH_ASSIGN(const dare::Envelope profile, client::ReadDeviceRequest(text));
  MESH_ASSIGN(const Account* const account, context.OpenAccount());
  const WallMillis until = InDays(days);
  MESH_ASSIGN(const client::NewPublication made,
              client::PublishDevice(account->address, profile, until, crypto::SystemRandom()));
  std::string payload;
  WriteCatalogedPublication(made.publication, payload);
  MESH_ASSIGN(client::ServiceClient* const client, context.ConnectAs(*account));
  MESH_RETURN_IF_ERROR(client->Publish({std::string(PublicationObject(payload))}));
  MESH_RETURN_IF_ERROR(ShowCode(made.earl, until, png, context.out()));
  context.out().Line("Next, on the owner's administrator's device: mesh claim URI");
  context.out().Line("and then on the published device: mesh poll URI");
  return {};
}

Status RunClaim(Context& context, const std::string& uri, client::Reading reading) {
  MESH_ASSIGN(const Earl earl, client::ParseEarl(uri));
  MESH_ASSIGN(const Account* const account, context.OpenAccount());
  MESH_RETURN_IF_ERROR(client::CheckAdministrator(*account, "claim devices"));
  MESH_ASSIGN(client::Session* const session, context.OpenSession());
  MESH_ASSIGN(
      const client::NewClaim claim,
      client::MakeClaim(earl, account->address, MachineClock().WallNow(), crypto::SystemRandom()));
  MESH_ASSIGN(client::ServiceClient* const client, context.SessionClient());
  MESH_ASSIGN(const CatalogedPublication publication, client->Claim(claim.envelope));
  MESH_ASSIGN(const dare::Envelope profile, client::OpenPublication(publication, earl));
  MESH_RETURN_IF_ERROR(session->AnswerClaim(profile, claim.message_id, reading));
  MESH_ASSIGN(const Profile device, VerifySelfSigned(profile, ProfileKind::kDevice));
  Output& out = context.out();
  out.Line("Claimed " + device.udf() + " (" + device.description + ") for " + account->address +
           ".");
  out.Line("Next, on that device: mesh poll " + earl.Uri());
  out.members().Member("account").String(account->address);
  out.members().Member("device").String(device.udf());
  return {};
}

// The newest claim of the device that `earl` is on; the service of its maker has it.
Result<MessageClaim> FindClaim(Context& context, const Earl& earl) {
  MESH_ASSIGN(const AccountAddress maker, AccountAddress::Parse(earl.address));
  MESH_ASSIGN(const client::ServiceAddress service, context.Service(nullptr, maker.domain()));
  MESH_ASSIGN(client::ServiceClient* const client,
              context.ConnectAsStranger(service, earl.address));
  MESH_ASSIGN(const auto claim, client->PollClaim(earl.address, earl.PublicationId()));
  if (claim) return client::ReadClaim(*claim, earl);
  return Status(Code::kNotFound, "nobody has claimed this device yet; try again later");
}

Status RunPoll(Context& context, const std::string& uri) {
  MESH_ASSIGN(const Earl earl, client::ParseEarl(uri));
  MESH_ASSIGN(const Home* const home, context.OpenHome());
  MESH_ASSIGN(const Device* const device, context.KnownDevice());
  MESH_ASSIGN(const MessageClaim claim, FindClaim(context, earl));
  MESH_ASSIGN(const AccountAddress owner, AccountAddress::Parse(claim.head.sender));
  MESH_ASSIGN(const client::ServiceAddress service, context.Service(nullptr, owner.domain()));
  MESH_ASSIGN(client::ServiceClient* const client,
              context.ConnectAsStranger(service, owner.canonical()));
  MESH_ASSIGN(const auto response,
              client->Complete(owner.canonical(), crypto::ResponseId(claim.head.message_id)));
  if (!response) {
    return Status(Code::kNotFound, owner.canonical() +
                                       " has claimed this device and not connected it yet; try "
                                       "again later");
  }
  MESH_ASSIGN(const Account account,
              client::TakeResponse(*response, *device, owner.canonical(), service, nullptr));
  MESH_RETURN_IF_ERROR(home->SaveAccount(account));
  ReportJoined(account, context.out());
  return {};
}

}  // namespace

WallMillis InDays(int days) {
  return MachineClock().WallNow() +
         std::chrono::milliseconds(std::chrono::hours(24 * days)).count();
}

Status ShowCode(const Earl& earl, WallMillis until, const std::string& png, Output& out) {
  MESH_ASSIGN(const std::string code, QrText(earl.Uri()));
  if (!png.empty()) MESH_RETURN_IF_ERROR(WriteQrPng(earl.Uri(), png));
  out.Line(code);
  out.Field("URI", earl.Uri());
  out.Field("Until", FormatDateTime(until));
  if (!png.empty()) out.Field("Picture", png);
  out.members().Member("uri").String(earl.Uri());
  out.members().Member("publication").String(earl.PublicationId());
  out.members().Member("until").DateTime(until);
  return {};
}

void AddPublishCommands(CLI::App& app, Run* chosen) {
  CLI::App* const publish =
      AddCommand(app, "publish", "Publish a device for whoever has its QR code",
                 "  on the device:  mesh device request camera.json\n"
                 "  on its maker's: mesh publish camera.json --png camera.png");
  auto file = std::make_shared<std::string>();
  auto png = std::make_shared<std::string>();
  auto days = std::make_shared<int>(365);
  publish->add_option("REQUEST", *file, "The device's, of `mesh device request`")->required();
  publish->add_option("--days", *days, "How long it can be claimed")
      ->check(CLI::Range(1, 3650))
      ->capture_default_str();
  publish->add_option("--png", *png, "Write the QR code to this file too");
  publish->callback(
      [=] { *chosen = [=](Context& context) { return RunPublish(context, *file, *days, *png); }; });

  auto uri = std::make_shared<std::string>();
  CLI::App* const claim = AddCommand(
      app, "claim", "Take a published device into the account; needs its administrator's device",
      "  mesh claim mcu://maker@example.com/EBQK-...");
  claim->add_option("URI", *uri, "What its QR code says")->required();
  auto withheld = std::make_shared<bool>(false);
  AddWithoutMessages(*claim, withheld);
  claim->callback([=] {
    *chosen = [=](Context& context) { return RunClaim(context, *uri, ReadingOf(*withheld)); };
  });

  CLI::App* const poll = AddCommand(app, "poll", "Join the account that has claimed this device",
                                    "  mesh poll mcu://maker@example.com/EBQK-...");
  poll->add_option("URI", *uri, "What its QR code says")->required();
  poll->callback([=] { *chosen = [=](Context& context) { return RunPoll(context, *uri); }; });
}

}  // namespace mesh::tool
