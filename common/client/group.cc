#include "common/client/group.h"

#include <algorithm>
#include <utility>

#include "common/base/bytes.h"
#include "common/client/key_file.h"
#include "common/crypto/threshold.h"
#include "common/crypto/udf.h"
#include "common/dare/encryption.h"
#include "common/dare/header.h"
#include "common/dare/seal.h"
#include "common/mesh/account_address.h"

namespace mesh::client {
namespace {

using crypto::Curve;
using crypto::PrivateKey;

constexpr std::string_view kNew = "New";
constexpr std::string_view kCandidateTag = "GroupCandidate";

Status Denied(std::string why) { return Status(Code::kPermissionDenied, std::move(why)); }

Status DoesNotOpen(const std::string& why) {
  return Status(Code::kDataLoss,
                "the member's share and the service's part do not open it: " + why);
}

// The payload of an envelope for `key`.
Result<std::string> Open(const dare::Envelope& envelope, const PrivateKey& key) {
  MESH_ASSIGN(const dare::HeaderFields header, dare::ParseHeader(envelope.header));
  MESH_ASSIGN(std::string master, dare::RecoverMaster(header, key));
  Result<std::string> payload = dare::DecryptPayload(envelope, header, master);
  Wipe(master);
  return payload;
}

// An entry of a catalog of the group.
Result<dare::Envelope> MakeEntry(std::string_view unique_id, std::string_view event,
                                 std::string_view payload, const Group& group) {
  dare::SealOptions options;
  options.signer = &group.signature;
  options.content_meta.emplace();
  options.content_meta->unique_id = unique_id;
  options.content_meta->event = event;
  return dare::Seal(payload, options);
}

// --- The parts of a new member -----------------------------------------------------------

// What the two shares are called and where they are.
struct Names {
  std::string service_id;
  std::string service_share;
  std::string member_share;
};

Capability ServicesPart(const Group& group, const Candidate& candidate, const Names& names) {
  Capability capability;
  capability.type = kCapabilityDecryptServiced;
  capability.id = capability.subject_id = names.service_id;
  capability.subject_address = group.address;
  capability.authentication_id = candidate.profile.udf();
  return capability;
}

Capability MembersPart(const Group& group, const Names& names, KeyShare share) {
  Capability capability;
  capability.type = kCapabilityDecryptPartial;
  capability.id = capability.subject_id = group.profile.key_encryption->udf;
  capability.subject_address = group.address;
  capability.service_id = names.service_id;
  capability.service_address = group.address;
  capability.share = std::move(share);
  return capability;
}

// Gives the service its share: so that it alone can read it, if its key is known.
Status PutShare(KeyShare share, const std::optional<crypto::PublicKey>& service,
                crypto::RandomSource& random, Capability* capability) {
  if (!service) {
    capability->share = std::move(share);
    return {};
  }
  dare::SealOptions options;
  options.recipients = {*service};
  std::string text = WriteKeyShare(share);
  Result<dare::Envelope> sealed = dare::Seal(text, options, random);
  Wipe(text);
  if (!sealed.ok()) return sealed.status();
  capability->enveloped_shares.push_back(*std::move(sealed));
  return {};
}

Result<dare::Envelope> CapabilityEntry(const Capability& capability, const Group& group) {
  std::string payload;
  WriteCatalogedCapability(capability, payload);
  Result<dare::Envelope> entry = MakeEntry(capability.id, kNew, payload, group);
  Wipe(payload);
  return entry;
}

Result<dare::Envelope> MemberEntry(const Candidate& candidate, const Names& names,
                                   const Group& group) {
  std::string payload;
  WriteCatalogedMember({candidate.address, group.profile.key_encryption->udf, names.service_id},
                       payload);
  return MakeEntry(candidate.address, kNew, payload, group);
}

Result<dare::Envelope> Invite(const Group& group, const Candidate& candidate, Capability capability,
                              WallMillis now, crypto::RandomSource& random) {
  GroupInvitation invitation;
  invitation.head.message_id = crypto::NewNonceUdf(random);
  invitation.head.sender = group.owner;
  invitation.head.recipient = candidate.address;
  invitation.group_address = group.address;
  invitation.profile_group = group.envelope;
  invitation.capability = std::move(capability);
  std::string payload;
  WriteMessage(invitation, payload);
  Result<dare::Envelope> message =
      WrapMessage(invitation.head, payload, now, nullptr, {candidate.profile.key_encryption->key});
  Wipe(payload);
  return message;
}

// --- Memberships ---------------------------------------------------------------------------

// Whether the invitation is whole: the group vouches for the key that the share is of.
Result<Membership> Check(GroupInvitation invitation) {
  MESH_ASSIGN(Profile profile, VerifySelfSigned(invitation.profile_group, ProfileKind::kGroup));
  const auto& addresses = profile.account_addresses;
  if (std::find(addresses.begin(), addresses.end(), invitation.group_address) == addresses.end()) {
    return Denied("the profile in the invitation is not that of " + invitation.group_address);
  }
  if (!profile.key_encryption || invitation.capability.subject_id != profile.key_encryption->udf ||
      invitation.capability.share->curve != profile.key_encryption->key.curve) {
    return Denied("the share in the invitation is not one of the group's key");
  }
  dare::Envelope envelope = invitation.profile_group;
  return Membership{std::move(envelope), std::move(profile), std::move(invitation)};
}

const dare::RecipientFields* FindRecipient(const dare::HeaderFields& header,
                                           const std::string& kid) {
  const auto& all = header.recipients;
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const dare::RecipientFields& one) { return one.kid == kid; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

// --- The owner's side ------------------------------------------------------------------------

Result<Group> MakeGroup(std::string_view address, std::string_view owner,
                        crypto::RandomSource& random) {
  MESH_ASSIGN(const AccountAddress parsed, AccountAddress::Parse(address));
  PrivateKey signature = PrivateKey::Generate(Curve::kEd448, random);
  PrivateKey encryption = PrivateKey::Generate(Curve::kX448, random);
  Profile profile;
  profile.kind = ProfileKind::kGroup;
  profile.key_offline_signature = MakeKeyData(signature.public_key());
  profile.key_encryption = MakeKeyData(encryption.public_key());
  profile.account_addresses = {parsed.canonical()};
  MESH_ASSIGN(dare::Envelope envelope, SignProfile(profile, signature));
  return Group{parsed.canonical(),   std::string(owner), false,
               std::move(envelope),  std::move(profile), std::move(signature),
               std::move(encryption)};
}

std::string WriteGroup(const Group& group) {
  KeyFileWriter file("Group");
  file.Text("GroupAddress", group.address);
  file.Text("AccountAddress", group.owner);
  file.Flag("Registered", group.registered);
  file.Envelope("EnvelopedProfileGroup", group.envelope);
  file.Key("KeyOfflineSignature", group.signature);
  file.Key("KeyEncryption", group.encryption);
  return file.Finish();
}

Result<Group> ReadGroup(std::string_view text) {
  MESH_ASSIGN(const KeyFile file, KeyFile::Read(text, "Group"));
  MESH_ASSIGN(std::string address, file.Text("GroupAddress"));
  MESH_ASSIGN(std::string owner, file.Text("AccountAddress"));
  MESH_ASSIGN(const bool registered, file.Flag("Registered"));
  MESH_ASSIGN(dare::Envelope envelope, file.Envelope("EnvelopedProfileGroup"));
  MESH_ASSIGN(PrivateKey signature, file.Key("KeyOfflineSignature", Curve::kEd448));
  MESH_ASSIGN(PrivateKey encryption, file.Key("KeyEncryption", Curve::kX448));
  Result<Profile> profile = VerifySelfSigned(envelope, ProfileKind::kGroup);
  if (!profile.ok()) return file.Damaged(profile.status().message());
  const bool match = profile->key_offline_signature.key == signature.public_key() &&
                     profile->key_encryption &&
                     profile->key_encryption->key == encryption.public_key();
  if (!match) return file.Damaged("the keys are not those of the profile");
  return Group{std::move(address),  std::move(owner),     registered,           std::move(envelope),
               *std::move(profile), std::move(signature), std::move(encryption)};
}

std::string WriteCandidate(const Account& account) {
  KeyFileWriter file(kCandidateTag);
  file.Text("AccountAddress", account.address);
  file.Envelope("EnvelopedProfileMesh", account.profile_mesh);
  file.Envelope("EnvelopedProfileAccount", account.profile_account);
  return file.Finish();
}

Result<Candidate> ReadCandidate(std::string_view text) {
  const Result<KeyFile> file = KeyFile::Read(text, kCandidateTag);
  if (!file.ok()) {
    return InvalidArgument(
        "this is not a candidate's file; make one on a device of that account with "
        "`mesh group request`");
  }
  Candidate candidate;
  MESH_ASSIGN(candidate.address, file->Text("AccountAddress"));
  MESH_ASSIGN(const dare::Envelope mesh, file->Envelope("EnvelopedProfileMesh"));
  MESH_ASSIGN(const dare::Envelope account, file->Envelope("EnvelopedProfileAccount"));
  MESH_ASSIGN(AccountChain chain, VerifyAccountChain(mesh, account));
  candidate.profile = std::move(chain.account);
  const auto& addresses = candidate.profile.account_addresses;
  if (std::find(addresses.begin(), addresses.end(), candidate.address) == addresses.end()) {
    return Denied("the profile in the file is not that of " + candidate.address);
  }
  if (candidate.profile.key_encryption) return candidate;
  return Denied("the account has no KeyEncryption to invite it by");
}

Result<NewMember> MakeMember(const Group& group, const Candidate& candidate,
                             const std::optional<crypto::PublicKey>& service, WallMillis now,
                             crypto::RandomSource& random) {
  const crypto::KeyShares shares = crypto::SplitKey(group.encryption, random);
  const Names names{crypto::NewNonceUdf(random), crypto::NewNonceUdf(random),
                    crypto::NewNonceUdf(random)};
  const Curve curve = group.encryption.curve();
  Capability serviced = ServicesPart(group, candidate, names);
  MESH_RETURN_IF_ERROR(
      PutShare({names.service_share, curve, shares.second}, service, random, &serviced));
  NewMember made;
  MESH_ASSIGN(made.capability, CapabilityEntry(serviced, group));
  MESH_ASSIGN(made.member, MemberEntry(candidate, names, group));
  MESH_ASSIGN(
      made.invitation,
      Invite(group, candidate, MembersPart(group, names, {names.member_share, curve, shares.first}),
             now, random));
  return made;
}

Result<dare::Envelope> MakeDeletion(std::string_view unique_id, const Group& group) {
  return MakeEntry(unique_id, "Delete", "", group);
}

// --- The member's side -----------------------------------------------------------------------

Result<Membership> OpenInvitation(const dare::Envelope& invitation, std::string_view address,
                                  const PrivateKey& encryption) {
  Result<std::string> payload = Open(invitation, encryption);
  if (!payload.ok()) {
    return Denied("the invitation is not for " + std::string(address) + ": " +
                  payload.status().message());
  }
  Result<GroupInvitation> read = ParseGroupInvitation(*payload);
  Wipe(*payload);
  if (!read.ok()) return read.status();
  if (read->head.recipient != address) {
    return Denied("the invitation is for " + read->head.recipient);
  }
  return Check(*std::move(read));
}

std::string WriteMembership(const Membership& membership) {
  std::string text;
  WriteMessage(membership.invitation, text);
  return text;
}

Result<Membership> ReadMembership(std::string_view text) {
  MESH_ASSIGN(GroupInvitation invitation, ParseGroupInvitation(text));
  return Check(std::move(invitation));
}

Result<dare::Envelope> EncryptToGroup(const Profile& group, std::string_view content,
                                      crypto::RandomSource& random) {
  dare::SealOptions options;
  options.recipients = {group.key_encryption->key};
  return dare::Seal(content, options, random);
}

Result<std::string> DecryptFromGroup(const dare::Envelope& envelope, const Membership& membership,
                                     const AskService& ask) {
  const KeyData& key = *membership.profile.key_encryption;
  MESH_ASSIGN(const dare::HeaderFields header, dare::ParseHeader(envelope.header));
  const dare::RecipientFields* const recipient = FindRecipient(header, key.udf);
  if (recipient == nullptr) {
    return Status(Code::kNotFound, "it is not encrypted for " + membership.address());
  }
  MESH_ASSIGN(const crypto::PublicKey point,
              crypto::ParseSharedPoint(key.key.curve, recipient->epk));
  MESH_ASSIGN(crypto::PublicKey ours,
              crypto::ContributeTo(point, membership.invitation.capability.share->number));
  MESH_ASSIGN(const crypto::PublicKey theirs, ask(point));
  Result<std::string> shared = crypto::JoinContributions(ours, theirs);
  Wipe(ours.octets);
  if (!shared.ok()) return DoesNotOpen(shared.status().message());
  Result<std::string> master = dare::UnwrapMaster(*shared, recipient->wmk);
  Wipe(*shared);
  if (!master.ok()) return DoesNotOpen("the two are not of the group's key");
  Result<std::string> content = dare::DecryptPayload(envelope, header, *master);
  Wipe(*master);
  return content;
}

}  // namespace mesh::client
