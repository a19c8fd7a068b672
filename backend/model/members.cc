#include "backend/model/members.h"

#include <algorithm>

#include "common/base/check.h"
#include "proto/mesh.pb.h"
#include "proto/record.pb.h"

namespace mesh::backend {
namespace {

Member MemberOf(const proto::Member& connection, const proto::Envelope& entry) {
  Member member;
  member.unique_id = entry.unique_id();
  member.connection_digest = connection.connection_digest();
  member.profile_account_digest = connection.profile_account_digest();
  member.limited = connection.limited();
  for (const proto::Permission& permission : connection.permissions()) {
    member.permissions.push_back({permission.container(), permission.write()});
  }
  return member;
}

void Remove(const std::vector<std::string>& devices, Account& account, WriteView& view) {
  MESH_CHECK(account.usage().members >= devices.size());
  account.usage().members -= static_cast<uint32_t>(devices.size());
  for (const std::string& device : devices) {
    view.Delete(ColumnFamily::kIndex, account.keys().Member(device));
  }
}

Status Add(const proto::Member& connection, const proto::Envelope& entry, Account& account,
           WriteView& view) {
  const std::string& device = connection.device_udf();
  MESH_ASSIGN(const std::optional<Member> other, FindMember(view, account, device));
  if (other) {
    return Status(Code::kFailedPrecondition,
                  "the key " + device + " is in the account already, by another entry");
  }
  ++account.usage().members;
  view.Put(ColumnFamily::kIndex, account.keys().Member(device),
           MemberOf(connection, entry).Encode());
  return Status();
}

}  // namespace

Result<std::optional<Member>> FindMember(const Reader& reader, const Account& account,
                                         std::string_view device_udf) {
  MESH_ASSIGN(const std::optional<std::string> octets,
              reader.Get(ColumnFamily::kIndex, account.keys().Member(device_udf)));
  if (!octets) return std::optional<Member>();
  MESH_ASSIGN(Member member, Member::Decode(*octets));
  return std::optional<Member>(std::move(member));
}

std::vector<const proto::Member*> ConnectionsTo(std::string_view profile_account_digest,
                                                const proto::Envelope& entry) {
  std::vector<const proto::Member*> connections;
  if (profile_account_digest.empty()) return connections;
  for (const proto::Member& connection : entry.members()) {
    if (connection.profile_account_digest() == profile_account_digest) {
      connections.push_back(&connection);
    }
  }
  return connections;
}

Result<std::vector<std::string>> ReplaceMembers(const proto::Envelope& entry,
                                                const std::optional<Entry>& superseded,
                                                Account& account, WriteView& view) {
  std::vector<std::string> devices;
  if (superseded) Remove(superseded->members, account, view);
  if (entry.event() == proto::EVENT_DELETE || entry.members().empty()) return devices;
  proto::AccountRecord record;
  MESH_RETURN_IF_ERROR(account.ReadRecord(view, &record));
  for (const proto::Member* connection : ConnectionsTo(record.profile_account_digest(), entry)) {
    const std::string& device = connection->device_udf();
    if (std::find(devices.begin(), devices.end(), device) != devices.end()) {
      return InvalidArgument("the key " + device + " is connected to the account twice");
    }
    MESH_RETURN_IF_ERROR(Add(*connection, entry, account, view));
    devices.push_back(device);
  }
  return devices;
}

}  // namespace mesh::backend
