#include "backend/model/asked.h"

#include "proto/record.pb.h"

namespace mesh::backend {

void RememberAsked(const AccountKeys& keys, std::string_view envelope_id,
                   std::string_view profile_device_udf, WallMillis now, WriteView& view) {
  proto::AskedRecord record;
  record.set_profile_device_udf(std::string(profile_device_udf));
  record.set_expires(now + kAskedTime);
  view.Put(ColumnFamily::kIndex, keys.Asked(envelope_id), record.SerializeAsString());
}

Result<std::string> FindAsked(const Reader& reader, const AccountKeys& keys,
                              std::string_view envelope_id, WallMillis now) {
  MESH_ASSIGN(const std::optional<std::string> octets,
              reader.Get(ColumnFamily::kIndex, keys.Asked(envelope_id)));
  if (!octets) return std::string();
  proto::AskedRecord record;
  if (!record.ParseFromString(*octets)) {
    return Status(Code::kDataLoss, "the record of a device that asked cannot be read");
  }
  return record.expires() <= now ? std::string() : record.profile_device_udf();
}

}  // namespace mesh::backend
