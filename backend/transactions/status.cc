// Status says how far each container has come, so that a device knows what to
// download, and brings the profile and the device's own entry when they changed
// (draft §7.1, §10.9). Reads the account's record, the heads of the containers
// that it names, and no entry but the device's.

#include <algorithm>
#include <string>
#include <vector>

#include "backend/model/container.h"
#include "backend/model/page.h"
#include "backend/transactions/admit.h"
#include "backend/transactions/rows.h"
#include "common/mesh/container_name.h"
#include "proto/partition.pb.h"
#include "proto/record.pb.h"

namespace mesh::backend {
namespace {

template <typename Names>
bool Contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// With neither list everything is asked for; else what is named, each kind in its
// own list. What the caller may not read is not there.
bool Wanted(const proto::StatusRequest& status, const Access& access, std::string_view name) {
  if (!Listed(name) || !access.MayRead(name)) return false;
  if (status.catalogs().empty() && status.spools().empty()) return true;
  return IsSpool(name) ? Contains(status.spools(), name) : Contains(status.catalogs(), name);
}

// Point reads and no scan: heads are written all the time, so a scan over them meets
// versions of them wherever the store keeps any, and a point read the newest only.
Status ListContainers(const Reader& reader, const Admitted& admitted,
                      const proto::AccountRecord& record, const proto::StatusRequest& status,
                      proto::StatusResponse* response) {
  std::vector<std::string> keys;
  for (const std::string& name : record.containers()) {
    if (!Wanted(status, admitted.access, name)) continue;
    keys.push_back(admitted.account.keys().Container(name));
    response->add_container_status()->set_container(name);
  }
  MESH_ASSIGN(const auto heads, reader.MultiGet(ColumnFamily::kIndex, keys));
  for (size_t i = 0; i < heads.size(); ++i) {
    if (!heads[i]) return Status(Code::kDataLoss, "the head of a listed container is missing");
    MESH_ASSIGN(ContainerListing listing, ReadListing(*heads[i]));
    proto::ContainerStatus* container = response->mutable_container_status(static_cast<int>(i));
    container->set_index(static_cast<int64_t>(listing.frames));
    container->set_digest(std::move(listing.tree_digest));
  }
  return Status();
}

// The account's profile, unless the caller has the same.
void AddProfile(proto::AccountRecord& record, const proto::StatusRequest& status,
                proto::StatusResponse* response) {
  const std::string& known = status.profile_master_digest();
  if (!known.empty() && known == record.profile_mesh_digest()) return;
  response->set_enveloped_profile_master(std::move(*record.mutable_signed_profile_mesh()));
}

// The device's entry in the catalog of devices, unless it holds the connection that
// the caller presented.
Status AddDevice(const Reader& reader, const Account& account, std::string_view device_udf,
                 std::string_view presented, proto::StatusResponse* response) {
  MESH_ASSIGN(const Container devices, Container::Open(reader, account, kDeviceCatalog));
  if (!devices.exists()) return Status();
  MESH_ASSIGN(const std::optional<uint64_t> index, devices.FindUniqueId(reader, device_udf));
  if (!index) return Status();
  MESH_ASSIGN(const Entry entry, devices.ReadEntry(reader, *index));
  if (!presented.empty() && Contains(entry.connection_digests, presented)) return Status();

  return ReadWhole(reader, account, devices, *index,
                   response->mutable_enveloped_catalog_entry_device());
}

// Whose entry is wanted: the device that is named, or else the caller's own. Empty when
// there is none, or it is another's and the caller may not read the catalog.
std::string EntryWanted(const proto::StatusRequest& status, const Access& access) {
  const std::string& named = status.device_udf();
  if (named.empty() || named == access.unique_id()) return access.unique_id();
  return access.MayRead(kDeviceCatalog) ? named : std::string();
}

}  // namespace

Status AccountStatus(const proto::PartitionRequest& request, TransactionContext& context,
                     proto::PartitionReply* reply) {
  const proto::StatusRequest& status = request.status();
  MESH_ASSIGN(const Admitted admitted, Admit(request, context, Right::kRead, reply));
  const Account& account = admitted.account;

  proto::StatusResponse* response = reply->mutable_status();
  proto::AccountRecord record;
  MESH_RETURN_IF_ERROR(account.ReadRecord(context.reader, &record));
  MESH_RETURN_IF_ERROR(ListContainers(context.reader, admitted, record, status, response));
  AddProfile(record, status, response);
  const std::string device = EntryWanted(status, admitted.access);
  if (!device.empty()) {
    MESH_RETURN_IF_ERROR(
        AddDevice(context.reader, account, device, request.caller().connection_digest(), response));
  }
  Accept(kSuccess, reply);
  return Status();
}

}  // namespace mesh::backend
