#include "backend/model/outbox.h"

#include <utility>

#include "common/base/bytes.h"
#include "common/crypto/digest.h"
#include "proto/mesh.pb.h"
#include "proto/record.pb.h"

namespace mesh::backend {
namespace {

Status Damaged() { return Status(Code::kDataLoss, "a stored message of an outbox cannot be read"); }

void AddField(std::string_view field, std::string& out) {
  AppendBigEndian32(out, static_cast<uint32_t>(field.size()));
  out.append(field);
}

// The same message for the same recipient has the same id, however often it is posted.
std::string IdOf(std::string_view recipient, const proto::Envelope& message) {
  std::string name;
  AddField(recipient, name);
  AddField(message.envelope_id(), name);
  AddField(message.payload_digest(), name);
  return std::string(crypto::Sha512(name).view().substr(0, kOutboxIdBytes));
}

void PutDue(const OutboxPlace& place, const proto::OutboxRecord& record, WriteView& view) {
  view.Put(ColumnFamily::kIndex, OutboxDueKey(record.due(), place.keys.prefix(), place.id),
           IndexValue(static_cast<uint64_t>(record.created())));
}

// False when there is none.
Result<bool> ReadRecord(const Reader& reader, const AccountKeys& keys, std::string_view id,
                        proto::OutboxRecord* record) {
  MESH_ASSIGN(const std::optional<std::string> octets,
              reader.Get(ColumnFamily::kIndex, keys.Outbox(id)));
  if (!octets) return false;
  if (!record->ParseFromString(*octets)) return Damaged();
  return true;
}

}  // namespace

Status AddToOutbox(const proto::OutboxRecord& record, const proto::Envelope& message,
                   Account& account, WriteView& view) {
  const OutboxPlace place{account.keys(), IdOf(record.recipient(), message), record.due()};
  proto::OutboxRecord earlier;
  MESH_ASSIGN(const bool waits, ReadRecord(view, place.keys, place.id, &earlier));
  if (waits) return Status();
  if (account.usage().outbox_entries >= kOutboxEntriesMax) {
    return Status(Code::kResourceExhausted, "an account has at most " +
                                                std::to_string(kOutboxEntriesMax) +
                                                " messages that wait for delivery");
  }
  ++account.usage().outbox_entries;
  view.Put(ColumnFamily::kIndex, place.keys.Outbox(place.id), record.SerializeAsString());
  view.Put(ColumnFamily::kPayload, place.keys.Outbox(place.id), message.SerializeAsString());
  PutDue(place, record, view);
  return Status();
}

OutboxQueue::OutboxQueue(const Reader& reader, WallMillis from, WallMillis now) : now_(now) {
  const KeyRange range = OutboxDues(from);
  cursor_ = reader.Scan(ColumnFamily::kIndex, range.begin, range.end);
}

Result<std::optional<OutboxPlace>> OutboxQueue::Next() {
  MESH_RETURN_IF_ERROR(cursor_->status());
  if (!cursor_->Valid()) return std::optional<OutboxPlace>();
  const OutboxDue due = ReadOutboxDue(cursor_->key());
  if (due.due > now_) return std::optional<OutboxPlace>();
  OutboxPlace place{AccountKeys(std::string(due.account_prefix)), std::string(due.id), due.due};
  cursor_->Next();
  return std::optional<OutboxPlace>(std::move(place));
}

std::optional<WallMillis> OutboxQueue::PeekDue() const {
  if (!cursor_->Valid()) return std::nullopt;
  return ReadOutboxDue(cursor_->key()).due;
}

Result<bool> ReadOutbox(const Reader& reader, const OutboxPlace& place, proto::OutboxRecord* record,
                        proto::Envelope* message) {
  MESH_ASSIGN(const bool found, ReadRecord(reader, place.keys, place.id, record));
  if (!found) return false;
  MESH_ASSIGN(const std::optional<std::string> octets,
              reader.Get(ColumnFamily::kPayload, place.keys.Outbox(place.id)));
  if (!octets || !message->ParseFromString(*octets)) return Damaged();
  return true;
}

void ForgetPlace(const OutboxPlace& place, WriteView& view) {
  view.Delete(ColumnFamily::kIndex, OutboxDueKey(place.due, place.keys.prefix(), place.id));
}

void ReplaceOutbox(const OutboxPlace& place, const proto::OutboxRecord& record, WriteView& view) {
  ForgetPlace(place, view);
  view.Put(ColumnFamily::kIndex, place.keys.Outbox(place.id), record.SerializeAsString());
  PutDue(place, record, view);
}

Result<std::optional<OutboxPlace>> FindLeased(const Reader& reader, const Account& account,
                                              std::string_view id, std::string_view lease,
                                              proto::OutboxRecord* record) {
  if (id.size() != kOutboxIdBytes) return std::optional<OutboxPlace>();
  MESH_ASSIGN(const bool found, ReadRecord(reader, account.keys(), id, record));
  if (!found || lease.empty() || record->lease() != lease) return std::optional<OutboxPlace>();
  return std::optional<OutboxPlace>({account.keys(), std::string(id), record->due()});
}

void RemoveFromOutbox(const OutboxPlace& place, Account& account, WriteView& view) {
  view.Delete(ColumnFamily::kIndex, place.keys.Outbox(place.id));
  view.Delete(ColumnFamily::kPayload, place.keys.Outbox(place.id));
  ForgetPlace(place, view);
  if (account.usage().outbox_entries > 0) --account.usage().outbox_entries;
}

Status ForgetOutbox(const Account& account, WriteView& view) {
  const KeyRange range = account.keys().Outboxes();
  const std::unique_ptr<Cursor> cursor = view.Scan(ColumnFamily::kIndex, range.begin, range.end);
  for (; cursor->Valid(); cursor->Next()) {
    proto::OutboxRecord record;
    const std::string_view value = cursor->value();
    if (!record.ParseFromArray(value.data(), static_cast<int>(value.size()))) return Damaged();
    view.Delete(ColumnFamily::kIndex,
                OutboxDueKey(record.due(), account.keys().prefix(), OutboxIdOf(cursor->key())));
  }
  return cursor->status();
}

Result<OutboxFigures> CountOutbox(const Reader& reader) {
  OutboxFigures figures;
  const KeyRange range = OutboxDues(0);
  const std::unique_ptr<Cursor> cursor = reader.Scan(ColumnFamily::kIndex, range.begin, range.end);
  for (; cursor->Valid() && figures.entries < kOutboxCountMax; cursor->Next()) {
    MESH_ASSIGN(const uint64_t created, ReadIndexValue(cursor->value()));
    const auto sent = static_cast<WallMillis>(created);
    if (!figures.oldest || sent < *figures.oldest) figures.oldest = sent;
    ++figures.entries;
  }
  MESH_RETURN_IF_ERROR(cursor->status());
  return figures;
}

}  // namespace mesh::backend
