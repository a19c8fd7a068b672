#include "backend/model/pending_upload.h"

#include <memory>

#include "common/base/bytes.h"
#include "common/crypto/digest.h"
#include "proto/mesh.pb.h"
#include "proto/record.pb.h"

namespace mesh::backend {
namespace {

void AddField(crypto::Sha512Stream& stream, std::string_view field) {
  std::string length;
  AppendBigEndian32(length, static_cast<uint32_t>(field.size()));
  stream.Update(length);
  stream.Update(field);
}

Status Damaged() { return Status(Code::kDataLoss, "a stored pending upload cannot be read"); }

// Forgets the pending upload without regard to its account's count.
void Erase(const AccountKeys& keys, std::string_view id, WallMillis expires, WriteView& view) {
  view.Delete(ColumnFamily::kPayload, keys.PendingUpload(id));
  view.Delete(ColumnFamily::kIndex, PendingExpiryKey(expires, keys.prefix(), id));
}

// False when there is none.
Result<bool> Read(const Reader& reader, const AccountKeys& keys, std::string_view id,
                  proto::PendingUploadRecord* record) {
  MESH_ASSIGN(const std::optional<std::string> octets,
              reader.Get(ColumnFamily::kPayload, keys.PendingUpload(id)));
  if (!octets) return false;
  if (!record->ParseFromString(*octets)) return Damaged();
  return true;
}

struct Found {
  std::string id;
  WallMillis expires;
};

Result<std::vector<Found>> FindExpired(const Account& account, WallMillis now,
                                       const Reader& reader) {
  std::vector<Found> found;
  const KeyRange range = account.keys().PendingUploads();
  const std::unique_ptr<Cursor> cursor =
      reader.Scan(ColumnFamily::kPayload, range.begin, range.end);
  for (; cursor->Valid(); cursor->Next()) {
    proto::PendingUploadRecord record;
    const std::string_view value = cursor->value();
    if (!record.ParseFromArray(value.data(), static_cast<int>(value.size()))) return Damaged();
    if (record.expires() > now) continue;
    found.push_back({std::string(PendingIdOf(cursor->key())), record.expires()});
  }
  MESH_RETURN_IF_ERROR(cursor->status());
  return found;
}

// One less for the account that owns `keys`, which may be gone.
Status CountDown(const AccountKeys& keys, WriteView& view) {
  MESH_ASSIGN(const std::optional<std::string> octets,
              view.Get(ColumnFamily::kIndex, keys.Usage()));
  if (!octets) return Status();
  MESH_ASSIGN(Usage usage, Usage::Decode(*octets));
  if (usage.pending_uploads > 0) --usage.pending_uploads;
  view.Put(ColumnFamily::kIndex, keys.Usage(), usage.Encode());
  return Status();
}

}  // namespace

std::string PendingUploadId(std::string_view device_udf, const std::vector<PlacedEntry>& entries) {
  crypto::Sha512Stream stream;
  AddField(stream, device_udf);
  for (const PlacedEntry& entry : entries) {
    AddField(stream, entry.container);
    AddField(stream, entry.envelope->envelope_id());
    AddField(stream, entry.envelope->unique_id());
    const char event = static_cast<char>(entry.envelope->event());
    AddField(stream, std::string_view(&event, 1));
    AddField(stream, entry.envelope->payload_digest());
  }
  return std::string(stream.Finish().view().substr(0, kPendingIdBytes));
}

Status KeepPendingUpload(std::string_view id, const proto::PendingUploadRecord& record,
                         WallMillis now, Account& account, WriteView& view) {
  uint32_t& count = account.usage().pending_uploads;
  proto::PendingUploadRecord earlier;
  MESH_ASSIGN(const bool replaces, Read(view, account.keys(), id, &earlier));
  if (replaces) {
    Erase(account.keys(), id, earlier.expires(), view);
    --count;
  }
  if (count >= kPendingUploadsMax) {
    MESH_ASSIGN(const std::vector<Found> expired, FindExpired(account, now, view));
    for (const Found& found : expired) Erase(account.keys(), found.id, found.expires, view);
    count -= static_cast<uint32_t>(expired.size());
  }
  if (count >= kPendingUploadsMax) {
    return Status(Code::kResourceExhausted,
                  "an account has at most " + std::to_string(kPendingUploadsMax) +
                      " uploads that wait for their payloads; finish one first");
  }
  ++count;
  view.Put(ColumnFamily::kPayload, account.keys().PendingUpload(id), record.SerializeAsString());
  view.Put(ColumnFamily::kIndex, PendingExpiryKey(record.expires(), account.keys().prefix(), id),
           std::string());
  return Status();
}

Result<bool> TakePendingUpload(std::string_view id, WallMillis now, Account& account,
                               WriteView& view, proto::PendingUploadRecord* record) {
  MESH_ASSIGN(const bool found, Read(view, account.keys(), id, record));
  if (!found || record->expires() <= now) return false;
  Erase(account.keys(), id, record->expires(), view);
  --account.usage().pending_uploads;
  return true;
}

Result<size_t> ForgetExpiredUploads(WallMillis now, size_t limit,
                                    const std::function<bool(std::string_view prefix)>& spared,
                                    WriteView& view) {
  const KeyRange range = PendingExpiries(now);
  const std::unique_ptr<Cursor> cursor = view.Scan(ColumnFamily::kIndex, range.begin, range.end);
  size_t forgotten = 0;
  for (; cursor->Valid() && forgotten < limit; cursor->Next()) {
    const PendingExpiry expiry = ReadPendingExpiry(cursor->key());
    if (spared(expiry.account_prefix)) continue;
    ++forgotten;
    const AccountKeys keys{std::string(expiry.account_prefix)};
    Erase(keys, expiry.id, expiry.expires, view);
    MESH_RETURN_IF_ERROR(CountDown(keys, view));
  }
  MESH_RETURN_IF_ERROR(cursor->status());
  return forgotten;
}

}  // namespace mesh::backend
