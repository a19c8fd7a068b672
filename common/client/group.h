// Groups: whoever knows the group's key encrypts to all of its members at once, and each member
// decrypts with its own share of the private key and the share that the service keeps for it
// (draft-hallambaker-threshold-03 §3.2). So the service can stop a member and read nothing, and
// a member cannot go on without the service.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/client/account.h"
#include "common/crypto/keys.h"
#include "common/crypto/random.h"
#include "common/dare/envelope.h"
#include "common/mesh/group.h"
#include "common/mesh/profile.h"

namespace mesh::client {

// A group on the device that made it: whoever has these keys makes members, and can read
// everything. Move-only.
struct Group {
  std::string address;      // Canonical.
  std::string owner;        // The account that made it, likewise.
  bool registered = false;  // False while the outcome of CreateGroup is not known.
  dare::Envelope envelope;  // The ProfileGroup, signed by itself.
  Profile profile;
  crypto::PrivateKey signature;
  crypto::PrivateKey encryption;
};
Result<Group> MakeGroup(std::string_view address, std::string_view owner,
                        crypto::RandomSource& random);
// The text of a file that holds the group, secrets included, and back.
std::string WriteGroup(const Group& group);
Result<Group> ReadGroup(std::string_view text);

// --- Members ------------------------------------------------------------------------

// Who wants to be a member, as it shows itself: JSON, nothing in it is secret. The chain of
// the profiles has been verified, and that the ProfileAccount is of this address.
struct Candidate {
  std::string address;
  Profile profile;  // The ProfileAccount.
};
std::string WriteCandidate(const Account& account);
Result<Candidate> ReadCandidate(std::string_view text);

// What makes a candidate a member: two entries, and the message that tells it.
struct NewMember {
  dare::Envelope capability;  // For mmm_Capability: the service's share.
  dare::Envelope member;      // For mmm_Member.
  dare::Envelope invitation;  // GroupInvitation, encrypted to the candidate's account.
};
// Splits the group's key. The service's share is encrypted to `service`, the KeyEncryption of its
// ProfileService; without one it is in clear and the service has to see to it.
Result<NewMember> MakeMember(const Group& group, const Candidate& candidate,
                             const std::optional<crypto::PublicKey>& service, WallMillis now,
                             crypto::RandomSource& random);

// The entry that deletes the one of that name from a catalog of the group.
Result<dare::Envelope> MakeDeletion(std::string_view unique_id, const Group& group);

// A group as its member knows it: with a share of the key, secret.
struct Membership {
  dare::Envelope envelope;  // The ProfileGroup.
  Profile profile;
  GroupInvitation invitation;

  const std::string& address() const { return invitation.group_address; }
};
// Opens an invitation with the account's KeyEncryption. kPermissionDenied when it is for
// somebody else, or the profile does not verify or is of another key.
Result<Membership> OpenInvitation(const dare::Envelope& invitation, std::string_view address,
                                  const crypto::PrivateKey& encryption);
std::string WriteMembership(const Membership& membership);
Result<Membership> ReadMembership(std::string_view text);

// --- Content ------------------------------------------------------------------------

// An envelope that all members can open.
Result<dare::Envelope> EncryptToGroup(const Profile& group, std::string_view content,
                                      crypto::RandomSource& random);

// The service's contribution to the agreement with a point (Operate).
using AskService = std::function<Result<crypto::PublicKey>(const crypto::PublicKey& point)>;
// What is in an envelope to the group. kNotFound when it is for others, kDataLoss when the two
// shares do not open it, and what `ask` fails with.
Result<std::string> DecryptFromGroup(const dare::Envelope& envelope, const Membership& membership,
                                     const AskService& ask);

}  // namespace mesh::client
