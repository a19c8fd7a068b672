// What groups consist of besides their profile: members, and the invitation by which one
// gets to know its share. Values; pure functions; any thread.

#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/dare/envelope.h"
#include "common/mesh/capability.h"
#include "common/mesh/message.h"

namespace mesh {

inline constexpr std::string_view kMemberCatalog = "mmm_Member";

// An entry of mmm_Member; its UniqueID is the address.
struct CatalogedMember {
  std::string address;                // ContactAddress.
  std::string member_capability_id;   // Of the member's share: the group's key.
  std::string service_capability_id;  // Of the service's share for this member.
};
Result<CatalogedMember> ParseCatalogedMember(std::string_view payload);
void WriteCatalogedMember(const CatalogedMember& member, std::string& out);

// Tells a member what the group is and gives it its share, within the contact of the group as
// the reference writes it. Holds a secret: it travels encrypted.
struct GroupInvitation {
  MessageHead head{kGroupInvitation};
  std::string group_address;
  dare::Envelope profile_group;
  Capability capability;  // A CapabilityDecryptPartial.
};
// As the functions of message.h.
Result<GroupInvitation> ParseGroupInvitation(std::string_view payload);
void WriteMessage(const GroupInvitation& message, std::string& out);

}  // namespace mesh
