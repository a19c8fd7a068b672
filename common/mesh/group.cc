#include "common/mesh/group.h"

#include <utility>

namespace mesh {
namespace {

constexpr std::string_view kMemberTag = "CatalogedMember";

bool ReadMember(json::Reader& reader, CatalogedMember* out) {
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name == "ContactAddress") {
      reader.String(&out->address);
    } else if (name == "MemberCapabilityId") {
      reader.String(&out->member_capability_id);
    } else if (name == "ServiceCapabilityId") {
      reader.String(&out->service_capability_id);
    } else {
      reader.Skip();
    }
  }
  return reader.ok();
}

// --- Invitations ---------------------------------------------------------------------

bool ReadCapabilities(json::Reader& reader, GroupInvitation* out) {
  reader.BeginArray();
  while (reader.NextElement()) {
    Capability capability;
    if (!ReadCapability(reader, &capability)) return false;
    if (capability.type == kCapabilityDecryptPartial) out->capability = std::move(capability);
  }
  return reader.ok();
}

// One of the addresses of the contact. The last counts, as a group has one.
bool ReadAddress(json::Reader& reader, GroupInvitation* out) {
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name == "Address") {
      reader.String(&out->group_address);
    } else if (name == "EnvelopedProfileAccount") {
      dare::ReadEnvelope(reader, &out->profile_group);
    } else if (name == "Capabilities") {
      ReadCapabilities(reader, out);
    } else {
      reader.Skip();
    }
  }
  return reader.ok();
}

bool ReadContactMember(json::Reader& reader, std::string_view name, GroupInvitation* out) {
  if (name != "NetworkAddresses") return reader.Skip();
  reader.BeginArray();
  while (reader.NextElement()) ReadAddress(reader, out);
  return reader.ok();
}

// {"ContactPerson": {...}}, or another kind of contact.
bool ReadContact(json::Reader& reader, GroupInvitation* out) {
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    reader.BeginObject();
    while (reader.NextMember(&name)) ReadContactMember(reader, name, out);
  }
  return reader.ok();
}

bool ReadInvitation(json::Reader& reader, GroupInvitation* out) {
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name == "MessageID") {
      reader.String(&out->head.message_id);
    } else if (name == "Sender") {
      reader.String(&out->head.sender);
    } else if (name == "Recipient") {
      reader.String(&out->head.recipient);
    } else if (name == "Contact") {
      ReadContact(reader, out);
    } else {
      reader.Skip();
    }
  }
  return reader.ok();
}

// Reads {"<tag>": ...}, all of `payload`, by `read(reader)`.
template <typename Read>
Status ReadTagged(std::string_view payload, std::string_view tag, Read read) {
  json::Reader reader(payload);
  std::string_view name;
  reader.BeginObject();
  if (!reader.NextMember(&name) || name != tag) reader.Fail("expected a " + std::string(tag));
  if (reader.ok()) read(reader);
  if (reader.NextMember(&name)) reader.Fail("expected one " + std::string(tag));
  if (reader.Finish()) return Status();
  return InvalidArgument(std::string(tag) + ": " + reader.status().message());
}

void WriteContact(const GroupInvitation& invitation, json::Writer& writer) {
  writer.BeginObject().Member("ContactPerson").BeginObject();
  writer.Member("NetworkAddresses").BeginArray().BeginObject();
  writer.Member("Address").String(invitation.group_address);
  writer.Member("EnvelopedProfileAccount");
  dare::WriteEnvelope(invitation.profile_group, writer);
  writer.Member("Capabilities").BeginArray();
  WriteCapability(invitation.capability, writer);
  writer.EndArray().EndObject().EndArray().EndObject().EndObject();
}

}  // namespace

Result<CatalogedMember> ParseCatalogedMember(std::string_view payload) {
  CatalogedMember member;
  MESH_RETURN_IF_ERROR(ReadTagged(
      payload, kMemberTag, [&](json::Reader& reader) { return ReadMember(reader, &member); }));
  if (member.address.empty()) return InvalidArgument("CatalogedMember: expected ContactAddress");
  return member;
}

void WriteCatalogedMember(const CatalogedMember& member, std::string& out) {
  json::Writer writer(out);
  writer.BeginObject().Member(kMemberTag).BeginObject();
  writer.Member("ContactAddress").String(member.address);
  writer.Member("MemberCapabilityId").String(member.member_capability_id);
  writer.Member("ServiceCapabilityId").String(member.service_capability_id);
  writer.EndObject().EndObject();
}

Result<GroupInvitation> ParseGroupInvitation(std::string_view payload) {
  GroupInvitation invitation;
  MESH_RETURN_IF_ERROR(ReadTagged(payload, kGroupInvitation, [&](json::Reader& reader) {
    return ReadInvitation(reader, &invitation);
  }));
  if (invitation.group_address.empty() || !invitation.capability.share) {
    return InvalidArgument(
        "GroupInvitation: expected a Contact with the group's Address and a "
        "CapabilityDecryptPartial with its share");
  }
  return invitation;
}

void WriteMessage(const GroupInvitation& message, std::string& out) {
  json::Writer writer(out);
  writer.BeginObject().Member(message.head.type).BeginObject();
  writer.Member("MessageID").String(message.head.message_id);
  writer.Member("Sender").String(message.head.sender);
  writer.Member("Recipient").String(message.head.recipient);
  writer.Member("Contact");
  WriteContact(message, writer);
  writer.EndObject().EndObject();
}

}  // namespace mesh
