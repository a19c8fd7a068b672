#include <memory>

#include "common/client/group.h"
#include "common/client/private_files.h"
#include "common/crypto/random.h"
#include "common/dare/container_file.h"
#include "common/mesh/account_address.h"
#include "common/mesh/container_name.h"
#include "tools/mesh/commands.h"

namespace mesh::tool {
namespace {

using client::Account;
using client::Group;
using client::Home;
using client::Membership;
using client::ServiceClient;

constexpr size_t kFileBytesMax = 16 * 1024 * 1024;
constexpr std::string_view kCatalogCty = "application/mmm-catalog";

Result<std::string> Canonical(const std::string& address) {
  MESH_ASSIGN(const AccountAddress parsed, AccountAddress::Parse(address));
  return parsed.canonical();
}

// --- The owner ------------------------------------------------------------------------

// The group as it was before an interruption, or a new one. Saved before the service hears of
// it: the keys of a group must never be lost.
Result<Group> Prepare(const Home& home, const std::string& address, const Account& owner) {
  Result<Group> known = home.LoadGroup(address);
  if (known.ok() && known->registered) {
    return Status(Code::kAlreadyExists, "this device has made the group " + address + " already");
  }
  if (known.ok() || known.status().code() != Code::kNotFound) return known;
  MESH_ASSIGN(Group group, client::MakeGroup(address, owner.address, crypto::SystemRandom()));
  MESH_RETURN_IF_ERROR(home.SaveGroup(group));
  return group;
}

// Whether the group that the service has under this address is ours: left by an attempt whose
// answer was lost. One of somebody else does not let us in.
bool IsOurs(ServiceClient& service, const Group& group) {
  client::StatusRequest request;
  request.account = group.address;
  return service.AccountStatus(request).ok();
}

Status Register(const Home& home, ServiceClient& service, const Group& group) {
  const Status created = service.CreateGroup({group.address, group.envelope}).status();
  if (created.ok()) return {};
  const bool refused = service.refusal() && service.refusal()->proven;
  if (created.code() == Code::kAlreadyExists && IsOurs(service, group)) return {};
  // Keys of a group that surely is not there are of no use.
  if (refused) MESH_RETURN_IF_ERROR(home.RemoveGroup(group.address));
  return created;
}

Status MakeCatalogs(ServiceClient& service, const Group& group) {
  client::StatusRequest ask;
  ask.account = group.address;
  MESH_ASSIGN(const client::StatusReply status, service.AccountStatus(ask));
  client::UploadRequest upload;
  upload.account = group.address;
  for (const std::string_view name : {kMemberCatalog, kCapabilityCatalog}) {
    bool there = false;
    for (const auto& state : status.containers) there = there || state.container == name;
    if (there) continue;
    client::ContainerUpdate update;
    update.container = name;
    update.envelopes.push_back(dare::FrameZero(kCatalogCty));
    upload.updates.push_back(std::move(update));
  }
  return upload.updates.empty() ? Status() : service.Upload(upload).status();
}

Status RunCreate(Context& context, const std::string& name) {
  MESH_ASSIGN(const std::string address, Canonical(name));
  MESH_ASSIGN(const Home* const home, context.OpenHome());
  MESH_ASSIGN(const Account* const account, context.OpenAccount());
  MESH_ASSIGN(Group group, Prepare(*home, address, *account));
  MESH_ASSIGN(ServiceClient* const service, context.ConnectAs(*account));
  MESH_RETURN_IF_ERROR(Register(*home, *service, group));
  MESH_RETURN_IF_ERROR(MakeCatalogs(*service, group));
  group.registered = true;
  MESH_RETURN_IF_ERROR(home->SaveGroup(group));
  Output& out = context.out();
  out.Line("Made the group " + address + ".");
  out.Field("Owner", group.owner);
  out.Field("Group UDF", group.profile.udf());
  out.Line("Next, on a device of each member: mesh group request FILE");
  out.members().Member("group").String(address).Member("group_udf").String(group.profile.udf());
  return {};
}

// The key that the service's shares are encrypted to: of the ProfileService that the account
// was made with.
Result<std::optional<crypto::PublicKey>> ServiceKey(const Account& account) {
  std::optional<crypto::PublicKey> key;
  if (!account.profile.profile_service) return key;
  MESH_ASSIGN(const Profile service,
              VerifySelfSigned(*account.profile.profile_service, ProfileKind::kService));
  if (service.key_encryption) key = service.key_encryption->key;
  return key;
}

client::UploadRequest UploadOf(const Group& group, client::NewMember made) {
  client::UploadRequest upload;
  upload.account = group.address;
  upload.updates.push_back({std::string(kCapabilityCatalog), {}, "", {std::move(made.capability)}});
  upload.updates.push_back({std::string(kMemberCatalog), {}, "", {std::move(made.member)}});
  return upload;
}

Result<Group> OwnGroup(const Home& home, const std::string& name) {
  MESH_ASSIGN(const std::string address, Canonical(name));
  MESH_ASSIGN(Group group, home.LoadGroup(address));
  if (group.registered) return group;
  return Status(
      Code::kFailedPrecondition,
      "making " + address + " was interrupted; run `mesh group create " + address + "` again");
}

Status RunAdd(Context& context, const std::string& name, const std::string& file,
              const std::string& invitation) {
  MESH_ASSIGN(const std::string text, client::ReadGivenFile(file, kFileBytesMax));
  MESH_ASSIGN(const client::Candidate candidate, client::ReadCandidate(text));
  MESH_ASSIGN(const Home* const home, context.OpenHome());
  MESH_ASSIGN(const Group group, OwnGroup(*home, name));
  MESH_ASSIGN(const Account owner, home->LoadAccount(group.owner));
  MESH_ASSIGN(const std::optional<crypto::PublicKey> key, ServiceKey(owner));
  MESH_ASSIGN(
      client::NewMember made,
      client::MakeMember(group, candidate, key, SystemClock().WallNow(), crypto::SystemRandom()));
  MESH_RETURN_IF_ERROR(
      client::WritePrivateFile(invitation, dare::EnvelopeText(made.invitation) + "\n"));
  MESH_ASSIGN(ServiceClient* const service, context.ConnectAs(owner));
  const Status uploaded = service->Upload(UploadOf(group, std::move(made))).status();
  if (uploaded.code() == Code::kAborted) {
    return Status(Code::kAlreadyExists, candidate.address + " is in " + group.address + " already");
  }
  MESH_RETURN_IF_ERROR(uploaded);
  Output& out = context.out();
  out.Line(candidate.address + " is a member of " + group.address + " now.");
  out.Field("Account UDF", candidate.profile.udf() + "  (compare with the member's device)");
  out.Field("Share", key ? "encrypted to the service" : "in clear: the service encrypts it");
  out.Field("Invitation", invitation);
  out.Line("Next, on the member's administrator's device: mesh group accept " + invitation);
  out.members().Member("group").String(group.address).Member("member").String(candidate.address);
  out.members().Member("invitation").String(invitation);
  return {};
}

// --- The member -----------------------------------------------------------------------

Status RunRequest(Context& context, const std::string& file) {
  MESH_ASSIGN(const Account* const account, context.OpenAccount());
  MESH_RETURN_IF_ERROR(client::WritePrivateFile(file, client::WriteCandidate(*account)));
  Output& out = context.out();
  out.Field("Account", account->address);
  out.Field("Account UDF", account->profile.udf());
  out.Field("Request", file);
  out.Line("Next, on the device that made the group: mesh group add GROUP " + file);
  out.members().Member("account").String(account->address).Member("request").String(file);
  return {};
}

Status RunAccept(Context& context, const std::string& file) {
  MESH_ASSIGN(const std::string text, client::ReadGivenFile(file, kFileBytesMax));
  MESH_ASSIGN(const dare::Envelope invitation, dare::ParseEnvelope(text));
  MESH_ASSIGN(const Home* const home, context.OpenHome());
  MESH_ASSIGN(const Account* const account, context.OpenAccount());
  MESH_RETURN_IF_ERROR(client::CheckReader(*account));
  MESH_ASSIGN(const Membership membership,
              client::OpenInvitation(invitation, account->address, *account->encryption));
  MESH_RETURN_IF_ERROR(home->SaveMembership(membership));
  Output& out = context.out();
  out.Line(account->address + " is a member of " + membership.address() + ".");
  out.Field("Group UDF", membership.profile.udf() + "  (compare with the owner's device)");
  out.members().Member("group").String(membership.address());
  out.members().Member("group_udf").String(membership.profile.udf());
  return {};
}

// The service's part, for the account that the invitation was for.
client::AskService ServiceOf(Context& context, const Home& home, const Membership& membership) {
  return [&](const crypto::PublicKey& point) -> Result<crypto::PublicKey> {
    const Capability& capability = membership.invitation.capability;
    MESH_ASSIGN(const Account account, home.LoadAccount(membership.invitation.head.recipient));
    MESH_ASSIGN(ServiceClient* const service, context.ConnectAs(account));
    MESH_ASSIGN(
        const client::OperateReply reply,
        service->Operate({capability.service_address, {{capability.service_id, point, ""}}}));
    if (reply.results.size() == 1 && reply.results[0].point) return *reply.results[0].point;
    return Status(Code::kDataLoss, "the service's reply has not one result");
  };
}

Status RunDecrypt(Context& context, const std::string& name, const std::string& file,
                  const std::string& to) {
  MESH_ASSIGN(const std::string address, Canonical(name));
  MESH_ASSIGN(const std::string text, client::ReadGivenFile(file, kFileBytesMax));
  MESH_ASSIGN(const dare::Envelope envelope, dare::ParseEnvelope(text));
  MESH_ASSIGN(const Home* const home, context.OpenHome());
  MESH_ASSIGN(const Membership membership, home->LoadMembership(address));
  MESH_ASSIGN(
      const std::string content,
      client::DecryptFromGroup(envelope, membership, ServiceOf(context, *home, membership)));
  MESH_RETURN_IF_ERROR(client::WritePrivateFile(to, content));
  Output& out = context.out();
  out.Line("Decrypted " + Count(content.size(), "octet") + " to " + to + ".");
  out.members().Member("group").String(address).Member("file").String(to);
  return {};
}

// As whoever knows it: who made it, or a member.
Result<Profile> ProfileOf(const Home& home, const std::string& address) {
  const Result<Group> group = home.LoadGroup(address);
  if (group.ok()) return group->profile;
  if (group.status().code() != Code::kNotFound) return group.status();
  MESH_ASSIGN(const Membership membership, home.LoadMembership(address));
  return membership.profile;
}

Status RunEncrypt(Context& context, const std::string& name, const std::string& file,
                  const std::string& to) {
  MESH_ASSIGN(const std::string address, Canonical(name));
  MESH_ASSIGN(const std::string content, client::ReadGivenFile(file, kFileBytesMax));
  MESH_ASSIGN(const Home* const home, context.OpenHome());
  MESH_ASSIGN(const Profile group, ProfileOf(*home, address));
  MESH_ASSIGN(const dare::Envelope envelope,
              client::EncryptToGroup(group, content, crypto::SystemRandom()));
  MESH_RETURN_IF_ERROR(client::WritePrivateFile(to, dare::EnvelopeText(envelope) + "\n"));
  Output& out = context.out();
  out.Line("Encrypted " + file + " to all members of " + address + ": " + to);
  out.members().Member("group").String(address).Member("file").String(to);
  return {};
}

// --- The command line ----------------------------------------------------------------------

struct Arguments {
  std::string group;
  std::string file;
  std::string to;
};
using Given = std::shared_ptr<Arguments>;

void AddOwners(CLI::App& group, const Given& given, Run* chosen) {
  CLI::App* const create = AddCommand(group, "create", "Make a group; this account then owns it",
                                      "  mesh group create team@example.com");
  create->add_option("ADDRESS", given->group, "Of the group: LOCAL@DOMAIN")->required();
  create->callback(
      [=] { *chosen = [=](Context& context) { return RunCreate(context, given->group); }; });

  CLI::App* const add =
      AddCommand(group, "add", "Make an account a member; on the device that made the group",
                 "  mesh group add team@example.com bob.json --invitation bob.mesh");
  add->add_option("GROUP", given->group, "Its address")->required();
  add->add_option("REQUEST", given->file, "From `mesh group request`")->required();
  add->add_option("--invitation", given->to,
                  "Written; carry it to the member. Default: REQUEST.mesh");
  add->callback([=] {
    if (given->to.empty()) given->to = given->file + ".mesh";
    *chosen = [=](Context& context) {
      return RunAdd(context, given->group, given->file, given->to);
    };
  });
}

void AddMembers(CLI::App& group, const Given& given, Run* chosen) {
  CLI::App* const request =
      AddCommand(group, "request", "Write what a group's owner needs to add this account",
                 "  mesh group request bob.json");
  request->add_option("FILE", given->file, "Written; holds nothing secret")->required();
  request->callback(
      [=] { *chosen = [=](Context& context) { return RunRequest(context, given->file); }; });

  CLI::App* const accept =
      AddCommand(group, "accept", "Join a group; needs the account's administrator's device",
                 "  mesh group accept bob.mesh");
  accept->add_option("FILE", given->file, "The invitation from `mesh group add`")->required();
  accept->callback(
      [=] { *chosen = [=](Context& context) { return RunAccept(context, given->file); }; });
}

using RunContent = Status (*)(Context&, const std::string&, const std::string&, const std::string&);

void AddContent(CLI::App& group, const std::string& name, const std::string& what,
                const std::string& example, RunContent run, const Given& given, Run* chosen) {
  CLI::App* const command = AddCommand(group, name, what, example);
  command->add_option("GROUP", given->group, "Its address")->required();
  command->add_option("FILE", given->file, "Read")->required();
  command->add_option("OUT", given->to, "Written")->required();
  command->callback([=] {
    *chosen = [=](Context& context) { return run(context, given->group, given->file, given->to); };
  });
}

}  // namespace

void AddGroupCommands(CLI::App& app, Run* chosen) {
  CLI::App* const group =
      AddCommand(app, "group", "Groups: encrypt to all members, decrypt with the service's help",
                 "  owner:   mesh group create team@example.com\n"
                 "  member:  mesh group request bob.json\n"
                 "  owner:   mesh group add team@example.com bob.json --invitation bob.mesh\n"
                 "  member:  mesh group accept bob.mesh\n"
                 "  anybody: mesh group encrypt team@example.com plan.txt plan.dare\n"
                 "  member:  mesh group decrypt team@example.com plan.dare plan.txt");
  group->require_subcommand(1);
  const Given given = std::make_shared<Arguments>();
  AddOwners(*group, given, chosen);
  AddMembers(*group, given, chosen);
  AddContent(*group, "encrypt", "Encrypt a file to all members of a group",
             "  mesh group encrypt team@example.com plan.txt plan.dare", RunEncrypt, given, chosen);
  AddContent(*group, "decrypt", "Decrypt a file, as a member, with the service's help",
             "  mesh group decrypt team@example.com plan.dare plan.txt", RunDecrypt, given, chosen);
}

}  // namespace mesh::tool
