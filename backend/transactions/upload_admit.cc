#include "backend/transactions/upload_admit.h"

#include <algorithm>
#include <string>

#include "backend/model/container.h"
#include "backend/model/members.h"
#include "backend/transactions/upload_check.h"
#include "common/mesh/container_name.h"
#include "proto/partition.pb.h"
#include "proto/record.pb.h"

namespace mesh::backend {
namespace {

bool ChangesDevices(const proto::UploadRequest& upload) {
  return std::any_of(upload.updates().begin(), upload.updates().end(), [](const auto& update) {
    return update.container() == kDeviceCatalog && !update.envelopes().empty();
  });
}

Status CheckPermissions(const proto::UploadRequest& upload, const Access& access,
                        proto::PartitionReply* reply) {
  const auto check = [&](std::string_view container) {
    if (access.MayWrite(container)) return Status();
    return RefuseCaller(proto::REFUSAL_PERMISSION,
                        "the device may not write " + std::string(container), reply);
  };
  for (const proto::ContainerUpdate& update : upload.updates()) {
    MESH_RETURN_IF_ERROR(check(update.container()));
  }
  return upload.self().empty() ? Status() : check(kInbound);
}

// Whether `entry` says of a device that it is in the account, in clear and now.
bool PutsDevice(const PlacedEntry& entry) {
  return entry.container == kDeviceCatalog && entry.envelope->event() != proto::EVENT_DELETE &&
         !entry.envelope->redacted() && !IsFrameZero(*entry.envelope);
}

// Why the entry cannot stand; empty: it can.
std::string FaultOf(const proto::Envelope& entry, const proto::AccountRecord& record) {
  if (!entry.device_fault().empty()) return entry.device_fault();
  if (!ConnectionsTo(record.profile_account_digest(), entry).empty()) return std::string();
  return "CatalogedDevice: no connection to this account";
}

Status CheckDevices(const proto::UploadRequest& upload, const Account& account,
                    const Reader& reader, proto::PartitionReply* reply) {
  proto::AccountRecord record;
  MESH_RETURN_IF_ERROR(account.ReadRecord(reader, &record));
  const std::vector<PlacedEntry> entries = EntriesOf(upload);
  for (size_t i = 0; i < entries.size(); ++i) {
    const proto::Envelope& entry = *entries[i].envelope;
    const std::string fault = PutsDevice(entries[i]) ? FaultOf(entry, record) : std::string();
    if (fault.empty()) continue;
    const bool malformed = !entry.device_fault().empty() && !entry.device_denied();
    reply->set_refusal(proto::REFUSAL_DEVICE_ENTRY);
    return RefuseEntries(malformed ? kMalformed : kInsufficientPrivilege, proto::RESULT_REJECT,
                         static_cast<int>(i), fault, upload, reply);
  }
  return Status();
}

}  // namespace

Result<Admitted> AdmitUpload(const proto::PartitionRequest& request,
                             const proto::UploadRequest& upload, const TransactionContext& context,
                             proto::PartitionReply* reply) {
  const bool devices = ChangesDevices(upload);
  MESH_ASSIGN(Admitted admitted,
              Admit(request, context, devices ? Right::kAdminister : Right::kWrite, reply));
  MESH_RETURN_IF_ERROR(CheckPermissions(upload, admitted.access, reply));
  if (devices && request.caller().mode() != proto::Caller::REFERENCE) {
    MESH_RETURN_IF_ERROR(CheckDevices(upload, admitted.account, context.reader, reply));
  }
  return admitted;
}

}  // namespace mesh::backend
