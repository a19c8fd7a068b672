// What the device does that made a group: who is in it.

#include <memory>

#include "common/client/group_members.h"
#include "common/client/private_files.h"
#include "common/crypto/random.h"
#include "common/dare/container_file.h"
#include "common/mesh/container_name.h"
#include "tools/mesh/group_commands.h"

namespace mesh::tool {
namespace {

using client::Account;
using client::Group;
using client::Home;
using client::ServiceClient;

constexpr std::string_view kCatalogCty = "application/mmm-catalog";

// --- Making one --------------------------------------------------------------------------

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
  MESH_ASSIGN(const std::string address, CanonicalAddress(name));
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
  out.Line("Next: mesh group add " + address + " CONTACT");
  out.members().Member("group").String(address).Member("group_udf").String(group.profile.udf());
  return {};
}

// --- Members ------------------------------------------------------------------------------

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

Result<Group> OwnGroup(const Home& home, const std::string& name) {
  MESH_ASSIGN(const std::string address, CanonicalAddress(name));
  MESH_ASSIGN(Group group, home.LoadGroup(address));
  if (group.registered) return group;
  return Status(
      Code::kFailedPrecondition,
      "making " + address + " was interrupted; run `mesh group create " + address + "` again");
}

// Who is to be a member: from the contacts of the owner, or from a file of its own making.
struct Invited {
  std::string address;  // A contact; or else
  std::string request;  // a file of `mesh group request`,
  std::string out;      // and the file that the invitation goes to.
};

Result<client::Candidate> CandidateOf(const Invited& who, client::Session& owner) {
  if (!who.request.empty()) {
    MESH_ASSIGN(const std::string text, client::ReadGivenFile(who.request, kGroupFileBytesMax));
    return client::ReadCandidate(text);
  }
  MESH_ASSIGN(const std::string address, CanonicalAddress(who.address));
  return owner.ContactAsCandidate(address);
}

// Sends the invitation. Who cannot be told is no member.
Status Invite(Context& context, client::Session& owner, const Group& group,
              const client::Candidate& candidate, const dare::Envelope& invitation) {
  const Status posted = owner.Post(invitation, {candidate.address});
  if (posted.ok()) return {};
  const bool refused = context.refused();
  MESH_ASSIGN(ServiceClient* const service, context.SessionClient());
  const Status removed = client::RemoveMember(*service, group, candidate.address);
  if (!removed.ok()) {
    return Status(posted.code(), posted.message() + "; it is a member without its share now: " +
                                     "`mesh group remove " + group.address + " " +
                                     candidate.address + "`, and add it again");
  }
  return Status(refused ? Code::kAborted : posted.code(),
                posted.message() +
                    "; it was not added. People take invitations from their "
                    "contacts; from others by files: `mesh group request` there, "
                    "and here --request");
}

void ReportInvitation(const Invited& who, Output& out) {
  if (who.request.empty()) {
    out.Field("Invitation", "sent as a message, encrypted");
    out.Line("Next, on a device of the member: mesh group accept ID, of `mesh message inbox`");
    return;
  }
  out.Field("Invitation", who.out);
  out.Line("Next, on a device of the member: mesh group accept --file " + who.out);
  out.members().Member("invitation").String(who.out);
}

Status RunAdd(Context& context, const std::string& name, const Invited& who) {
  MESH_ASSIGN(const Home* const home, context.OpenHome());
  MESH_ASSIGN(const Group group, OwnGroup(*home, name));
  MESH_ASSIGN(client::Session* const session, context.OpenSession(group.owner));
  MESH_ASSIGN(const Account* const owner, context.OpenAccount(group.owner));
  MESH_ASSIGN(const client::Candidate candidate, CandidateOf(who, *session));
  MESH_ASSIGN(const std::optional<crypto::PublicKey> key, ServiceKey(*owner));
  MESH_ASSIGN(
      const client::NewMember made,
      client::MakeMember(group, candidate, key, MachineClock().WallNow(), crypto::SystemRandom()));
  // Before the service knows: what is made once must not be lost.
  if (!who.request.empty()) {
    MESH_RETURN_IF_ERROR(
        client::WritePrivateFile(who.out, dare::EnvelopeText(made.invitation) + "\n"));
  }
  MESH_ASSIGN(ServiceClient* const service, context.SessionClient());
  MESH_RETURN_IF_ERROR(client::AddMember(*service, group, made));
  if (who.request.empty()) {
    MESH_RETURN_IF_ERROR(Invite(context, *session, group, candidate, made.invitation));
  }
  Output& out = context.out();
  out.Line(candidate.address + " is a member of " + group.address + " now.");
  out.Field("Account UDF", candidate.profile.udf() + "  (compare with the member's device)");
  out.Field("Share", key ? "encrypted to the service" : "in clear: the service encrypts it");
  out.members().Member("group").String(group.address).Member("member").String(candidate.address);
  ReportInvitation(who, out);
  return {};
}

Status RunRemove(Context& context, const std::string& name, const std::string& member) {
  MESH_ASSIGN(const std::string address, CanonicalAddress(member));
  MESH_ASSIGN(const Home* const home, context.OpenHome());
  MESH_ASSIGN(const Group group, OwnGroup(*home, name));
  MESH_ASSIGN(const Account owner, home->LoadAccount(group.owner));
  MESH_ASSIGN(ServiceClient* const service, context.ConnectAs(owner));
  MESH_RETURN_IF_ERROR(client::RemoveMember(*service, group, address));
  Output& out = context.out();
  out.Line("Removed " + address + " from " + group.address +
           ". The service does not help it to decrypt from now on.");
  out.members().Member("group").String(group.address).Member("removed").String(address);
  return {};
}

Status ListMembers(Context& context, const std::string& name) {
  MESH_ASSIGN(const Home* const home, context.OpenHome());
  MESH_ASSIGN(const Group group, OwnGroup(*home, name));
  MESH_ASSIGN(const Account owner, home->LoadAccount(group.owner));
  MESH_ASSIGN(ServiceClient* const service, context.ConnectAs(owner));
  MESH_ASSIGN(const std::vector<CatalogedMember> members, client::MembersOf(*service, group));
  Output& out = context.out();
  out.members().Member("group").String(group.address).Member("members").BeginArray();
  for (const CatalogedMember& member : members) {
    out.Line(member.address);
    out.members().String(member.address);
  }
  out.members().EndArray();
  if (members.empty()) out.Line(group.address + " has no members.");
  return {};
}

// A group of this device's folder: made here, or a member's, or both.
Status ListOne(const Home& home, const std::string& address, Output& out,
               std::vector<std::vector<std::string>>* rows) {
  const Result<Group> made = home.LoadGroup(address);
  const Result<client::Membership> joined = home.LoadMembership(address);
  for (const Status& status : {made.status(), joined.status()}) {
    if (!status.ok() && status.code() != Code::kNotFound) return status;
  }
  const std::string owner = made.ok() ? made->owner : "";
  const std::string member = joined.ok() ? joined->invitation.head.recipient : "";
  const std::string udf = made.ok()     ? made->profile.udf()
                          : joined.ok() ? joined->profile.udf()
                                        : "";
  rows->push_back({address, made.ok() ? "made by " + owner : "",
                   joined.ok() ? "joined by " + member : "", udf});
  out.members().BeginObject().Member("group").String(address).Member("group_udf").String(udf);
  out.members().Member("owner").String(owner).Member("member").String(member).EndObject();
  return {};
}

Status RunList(Context& context, const std::string& name) {
  if (!name.empty()) return ListMembers(context, name);
  MESH_ASSIGN(const Home* const home, context.OpenHome());
  Output& out = context.out();
  std::vector<std::vector<std::string>> rows;
  out.members().Member("groups").BeginArray();
  for (const std::string& address : home->Groups()) {
    MESH_RETURN_IF_ERROR(ListOne(*home, address, out, &rows));
  }
  out.members().EndArray();
  if (rows.empty()) out.Line("This device knows no group.");
  out.Table(rows);
  return {};
}

// --- The command line ---------------------------------------------------------------------

void AddAdd(CLI::App& group, const std::shared_ptr<std::string>& name, Run* chosen) {
  const auto who = std::make_shared<Invited>();
  CLI::App* const add =
      AddCommand(group, "add", "Make an account a member; on the device that made the group",
                 "  mesh group add team@example.com bob@example.org\n"
                 "  mesh group add team@example.com --request bob.json --invitation bob.mesh");
  add->add_option("GROUP", *name, "Its address")->required();
  CLI::Option* const contact =
      add->add_option("CONTACT", who->address, "A contact, who is sent the invitation");
  add->add_option("--request", who->request, "Instead, a file of `mesh group request`")
      ->excludes(contact);
  add->add_option("--invitation", who->out,
                  "With --request: written; carry it to the member. Default: REQUEST.mesh");
  add->callback([=] {
    if (who->out.empty()) who->out = who->request + ".mesh";
    *chosen = [=](Context& context) -> Status {
      if (who->address.empty() && who->request.empty()) {
        return InvalidArgument("whom? give a CONTACT, or --request FILE");
      }
      return RunAdd(context, *name, *who);
    };
  });
}

}  // namespace

void AddGroupOwnerCommands(CLI::App& group, Run* chosen) {
  const auto name = std::make_shared<std::string>();
  const auto member = std::make_shared<std::string>();
  CLI::App* const create = AddCommand(group, "create", "Make a group; this account then owns it",
                                      "  mesh group create team@example.com");
  create->add_option("ADDRESS", *name, "Of the group: LOCAL@DOMAIN")->required();
  create->callback([=] { *chosen = [=](Context& context) { return RunCreate(context, *name); }; });
  AddAdd(group, name, chosen);
  CLI::App* const remove =
      AddCommand(group, "remove", "Take a member out; on the device that made the group",
                 "  mesh group remove team@example.com bob@example.org");
  remove->add_option("GROUP", *name, "Its address")->required();
  remove->add_option("MEMBER", *member, "As `mesh group list GROUP` has it")->required();
  remove->callback(
      [=] { *chosen = [=](Context& context) { return RunRemove(context, *name, *member); }; });
  CLI::App* const list =
      AddCommand(group, "list", "The groups that this device knows, or the members of one it made",
                 "  mesh group list\n  mesh group list team@example.com --json");
  list->add_option("GROUP", *name, "Lists its members; on the device that made it");
  list->callback([=] { *chosen = [=](Context& context) { return RunList(context, *name); }; });
}

}  // namespace mesh::tool
