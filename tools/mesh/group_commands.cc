#include "tools/mesh/group_commands.h"

#include <memory>

#include "common/client/group.h"
#include "common/client/private_files.h"
#include "common/crypto/random.h"
#include "tools/mesh/inbox.h"

namespace mesh::tool {
namespace {

using client::Account;
using client::Group;
using client::Home;
using client::Membership;
using client::ServiceClient;

// --- The member -----------------------------------------------------------------------

Status RunRequest(Context& context, const std::string& file) {
  MESH_ASSIGN(const Account* const account, context.OpenAccount());
  MESH_RETURN_IF_ERROR(client::WritePrivateFile(file, client::WriteCandidate(*account)));
  Output& out = context.out();
  out.Field("Account", account->address);
  out.Field("Account UDF", account->profile.udf());
  out.Field("Request", file);
  out.Line("Next, on the device that made the group: mesh group add GROUP --request " + file);
  out.members().Member("account").String(account->address).Member("request").String(file);
  return {};
}

Status Join(Context& context, const dare::Envelope& invitation, const Account& account) {
  MESH_RETURN_IF_ERROR(client::CheckReader(account));
  MESH_ASSIGN(const Membership membership,
              client::OpenInvitation(invitation, account.address, *account.encryption));
  MESH_ASSIGN(const Home* const home, context.OpenHome());
  MESH_RETURN_IF_ERROR(home->SaveMembership(membership));
  Output& out = context.out();
  out.Line(account.address + " is a member of " + membership.address() + ".");
  out.Field("Group UDF", membership.profile.udf() + "  (compare with the owner's device)");
  out.members().Member("group").String(membership.address());
  out.members().Member("group_udf").String(membership.profile.udf());
  return {};
}

Status RunAcceptFile(Context& context, const std::string& file) {
  MESH_ASSIGN(const std::string text, client::ReadGivenFile(file, kGroupFileBytesMax));
  MESH_ASSIGN(const dare::Envelope invitation, dare::ParseEnvelope(text));
  MESH_ASSIGN(const Account* const account, context.OpenAccount());
  return Join(context, invitation, *account);
}

// By a message, which must be signed by whom it says.
Status RunAccept(Context& context, const std::string& id) {
  MESH_ASSIGN(client::Session* const session, context.OpenSession());
  MESH_ASSIGN(const client::Mail mail, FindMail(context, id, {kGroupInvitation}));
  if (mail.signer != client::Mail::Signer::kContact) {
    return Status(Code::kDataLoss, "the invitation is " + SignerText(mail, mail.signed_by) +
                                       ": it proves not that " + mail.letter.head.sender +
                                       ", as the contacts know it, has sent it");
  }
  MESH_ASSIGN(const Account* const account, context.OpenAccount());
  MESH_RETURN_IF_ERROR(Join(context, mail.envelope, *account));
  return session->Mark({mail.letter.head.message_id}, client::Mail::State::kClosed);
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
  MESH_ASSIGN(const std::string address, CanonicalAddress(name));
  MESH_ASSIGN(const std::string text, client::ReadGivenFile(file, kGroupFileBytesMax));
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
  MESH_ASSIGN(const std::string address, CanonicalAddress(name));
  MESH_ASSIGN(const std::string content, client::ReadGivenFile(file, kGroupFileBytesMax));
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

void AddMembers(CLI::App& group, const Given& given, Run* chosen) {
  CLI::App* const request =
      AddCommand(group, "request", "Write what a group's owner needs to add this account",
                 "  mesh group request bob.json");
  request->add_option("FILE", given->file, "Written; holds nothing secret")->required();
  request->callback(
      [=] { *chosen = [=](Context& context) { return RunRequest(context, given->file); }; });

  CLI::App* const accept =
      AddCommand(group, "accept", "Join a group, by an invitation that came as a message",
                 "  mesh group accept NC6X-EVQA\n  mesh group accept --file bob.mesh");
  CLI::Option* const id = accept->add_option(
      "ID", given->group, "Of the invitation in `mesh message inbox`, or how it begins");
  accept->add_option("--file", given->file, "Instead, a file of `mesh group add --request`")
      ->excludes(id);
  accept->callback([=] {
    *chosen = [=](Context& context) -> Status {
      if (!given->file.empty()) return RunAcceptFile(context, given->file);
      if (!given->group.empty()) return RunAccept(context, given->group);
      return InvalidArgument("which one? give its ID, or --file FILE");
    };
  });
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
                 "  owner:   mesh group add team@example.com bob@example.org\n"
                 "  member:  mesh group accept NC6X-EVQA\n"
                 "  anybody: mesh group encrypt team@example.com plan.txt plan.dare\n"
                 "  member:  mesh group decrypt team@example.com plan.dare plan.txt");
  group->require_subcommand(1);
  const Given given = std::make_shared<Arguments>();
  AddGroupOwnerCommands(*group, chosen);
  AddMembers(*group, given, chosen);
  AddContent(*group, "encrypt", "Encrypt a file to all members of a group",
             "  mesh group encrypt team@example.com plan.txt plan.dare", RunEncrypt, given, chosen);
  AddContent(*group, "decrypt", "Decrypt a file, as a member, with the service's help",
             "  mesh group decrypt team@example.com plan.dare plan.txt", RunDecrypt, given, chosen);
}

}  // namespace mesh::tool
