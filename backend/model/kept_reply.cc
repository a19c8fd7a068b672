#include "backend/model/kept_reply.h"

#include <utility>

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

Result<bool> FindKeptReply(const Reader& reader, const std::string& key, WallMillis now,
                           proto::PartitionReply* reply) {
  MESH_ASSIGN(const std::optional<std::string> octets, reader.Get(ColumnFamily::kIndex, key));
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

void KeepReply(const proto::PartitionReply& reply, std::string key, WallMillis request_time,
               WriteView& view) {
  proto::KeptReplyRecord record;
  record.set_expires(request_time + kReach);
  record.set_reply(reply.SerializeAsString());
  view.Put(ColumnFamily::kIndex, std::move(key), record.SerializeAsString());
}

}  // namespace mesh::backend
