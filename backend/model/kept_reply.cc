#include "backend/model/kept_reply.h"

#include "common/base/limits.h"
#include "proto/partition.pb.h"
#include "proto/record.pb.h"

namespace mesh::backend {
namespace {

constexpr WallMillis kReach = kTimeWindow + kTimeMargin;

}  // namespace

bool MayApply(WallMillis request_time, WallMillis now) {
  return now - kReach < request_time && request_time < now + kReach;
}

Result<bool> FindKeptReply(const Reader& reader, const AccountKeys& keys,
                           const proto::Caller& caller, WallMillis now,
                           proto::PartitionReply* reply) {
  MESH_ASSIGN(
      const std::optional<std::string> octets,
      reader.Get(ColumnFamily::kIndex, keys.KeptReply(caller.device_udf(), caller.request_id())));
  if (!octets) return false;
  proto::KeptReplyRecord record;
  if (!record.ParseFromString(*octets)) {
    return Status(Code::kDataLoss, "a kept reply cannot be read");
  }
  if (record.expires() <= now) return false;
  if (!reply->ParseFromString(record.reply())) {
    return Status(Code::kDataLoss, "a kept reply cannot be read");
  }
  return true;
}

void KeepReply(const proto::PartitionReply& reply, const AccountKeys& keys,
               const proto::Caller& caller, WriteView& view) {
  proto::KeptReplyRecord record;
  record.set_expires(caller.request_time() + kReach);
  record.set_reply(reply.SerializeAsString());
  view.Put(ColumnFamily::kIndex, keys.KeptReply(caller.device_udf(), caller.request_id()),
           record.SerializeAsString());
}

}  // namespace mesh::backend
