#include "backend/model/account.h"

#include <algorithm>
#include <memory>

#include "backend/model/outbox.h"
#include "proto/record.pb.h"

namespace mesh::backend {
namespace {

Status OverQuota(std::string_view what, uint64_t allowed) {
  return Status(Code::kResourceExhausted, "the account's quota of " + std::to_string(allowed) +
                                              " " + std::string(what) + " would be exceeded");
}

}  // namespace

Result<Account> Account::Load(const Reader& reader, uint32_t slot, std::string_view address) {
  Account account(slot, address);
  MESH_ASSIGN(const std::optional<std::string> usage,
              reader.Get(ColumnFamily::kIndex, account.keys_.Usage()));
  if (!usage) return Status(Code::kNotFound, "there is no such account");
  MESH_ASSIGN(account.usage_, Usage::Decode(*usage));
  return account;
}

Result<Account> Account::Create(WriteView& view, uint32_t slot,
                                const proto::AccountRecord& record) {
  Account account(slot, record.address());
  MESH_ASSIGN(const std::optional<std::string> usage,
              view.Get(ColumnFamily::kIndex, account.keys_.Usage()));
  if (usage) return Status(Code::kAlreadyExists, "the address is registered already");
  account.usage_.incarnation = record.incarnation();
  view.Put(ColumnFamily::kIndex, account.keys_.Account(), record.SerializeAsString());
  account.Save(view);
  return account;
}

Status Account::ReadRecord(const Reader& reader, proto::AccountRecord* record) const {
  MESH_ASSIGN(const std::optional<std::string> octets,
              reader.Get(ColumnFamily::kIndex, keys_.Account()));
  if (!octets || !record->ParseFromString(*octets) || record->address() != address_) {
    return Status(Code::kDataLoss, "the record of an account cannot be read");
  }
  return Status();
}

Status Account::Charge(const AccountPolicy& policy, uint64_t entries, uint64_t bytes) {
  if (usage_.entries + entries > policy.entries_max) {
    return OverQuota("entries", policy.entries_max);
  }
  if (usage_.bytes + bytes > policy.bytes_max) return OverQuota("octets", policy.bytes_max);
  usage_.entries += entries;
  usage_.bytes += bytes;
  return Status();
}

Result<uint32_t> Account::AddContainer(const AccountPolicy& policy, std::string_view name,
                                       WriteView& view) {
  if (usage_.containers >= policy.containers_max) {
    return OverQuota("containers", policy.containers_max);
  }
  proto::AccountRecord record;
  MESH_RETURN_IF_ERROR(ReadRecord(view, &record));
  record.add_containers(std::string(name));
  std::sort(record.mutable_containers()->begin(), record.mutable_containers()->end());
  view.Put(ColumnFamily::kIndex, keys_.Account(), record.SerializeAsString());
  ++usage_.containers;
  return usage_.next_container++;
}

void Account::Refund(uint64_t entries, uint64_t bytes) {
  MESH_CHECK(usage_.entries >= entries && usage_.bytes >= bytes);
  usage_.entries -= entries;
  usage_.bytes -= bytes;
}

bool Account::HasRoom(const AccountPolicy& policy, uint64_t entries, uint64_t bytes) const {
  return usage_.entries + entries <= policy.entries_max && usage_.bytes + bytes <= policy.bytes_max;
}

void Account::Save(WriteView& view) const {
  view.Put(ColumnFamily::kIndex, keys_.Usage(), usage_.Encode());
}

Status Account::Remove(WriteView& view) const {
  if (usage_.pending_uploads > 0) {
    const KeyRange pending = keys_.PendingUploads();
    const std::unique_ptr<Cursor> cursor =
        view.Scan(ColumnFamily::kPayload, pending.begin, pending.end);
    for (; cursor->Valid(); cursor->Next()) {
      proto::PendingUploadRecord record;
      const std::string_view value = cursor->value();
      if (!record.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
        return Status(Code::kDataLoss, "a stored pending upload cannot be read");
      }
      view.Delete(ColumnFamily::kIndex,
                  PendingExpiryKey(record.expires(), keys_.prefix(), PendingIdOf(cursor->key())));
    }
    MESH_RETURN_IF_ERROR(cursor->status());
  }
  if (usage_.outbox_entries > 0) MESH_RETURN_IF_ERROR(ForgetOutbox(*this, view));
  view.DeleteRange(ColumnFamily::kIndex, keys_.Everything());
  view.DeleteRange(ColumnFamily::kPayload, keys_.Everything());
  return Status();
}

}  // namespace mesh::backend
