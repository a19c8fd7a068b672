#include "backend/storage/format.h"

#include <string>

#include "backend/storage/key_schema.h"
#include "proto/record.pb.h"

namespace mesh::backend {
namespace {

Status Refuse(const std::string& why) { return Status(Code::kFailedPrecondition, why); }

Status CheckEmpty(const Reader& reader) {
  for (const ColumnFamily family : {ColumnFamily::kIndex, ColumnFamily::kPayload}) {
    const std::unique_ptr<Cursor> cursor = reader.Scan(family, "", "\xFF\xFF\xFF");
    MESH_RETURN_IF_ERROR(cursor->status());
    if (cursor->Valid()) return Refuse("the database holds keys but no partition record");
  }
  return {};
}

Status CheckRecord(const std::string& value, uint32_t partition) {
  proto::PartitionRecord record;
  if (!record.ParseFromString(value)) {
    return Status(Code::kDataLoss, "the partition record cannot be read");
  }
  if (record.format_version() != kFormatVersion) {
    return Refuse("the database has format version " + std::to_string(record.format_version()) +
                  "; this program reads version " + std::to_string(kFormatVersion) +
                  ": run the release that wrote it, or begin with an empty folder");
  }
  if (record.partition() != partition) {
    return Refuse("the database belongs to partition " + std::to_string(record.partition()) +
                  ", not to " + std::to_string(partition));
  }
  return {};
}

}  // namespace

Status PrepareStore(Store& store, uint32_t partition) {
  const std::unique_ptr<Reader> reader = store.NewSnapshot();
  MESH_ASSIGN(const std::optional<std::string> value,
              reader->Get(ColumnFamily::kIndex, PartitionRecordKey()));
  if (value) return CheckRecord(*value, partition);
  MESH_RETURN_IF_ERROR(CheckEmpty(*reader));

  proto::PartitionRecord record;
  record.set_format_version(kFormatVersion);
  record.set_partition(partition);
  return store.Commit(
      {{Write::Kind::kPut, ColumnFamily::kIndex, PartitionRecordKey(), record.SerializeAsString()}},
      true);
}

Result<uint64_t> ReadLogIndex(const Reader& reader) {
  MESH_ASSIGN(const std::optional<std::string> value,
              reader.Get(ColumnFamily::kIndex, LogIndexKey()));
  if (!value) return uint64_t{0};
  return ReadIndexValue(*value);
}

}  // namespace mesh::backend
