#include "backend/storage/record_expiry.h"

#include "backend/storage/key_schema.h"
#include "proto/record.pb.h"

namespace mesh::backend {
namespace {

template <typename Record>
std::optional<WallMillis> Expires(std::string_view value) {
  Record record;
  if (!record.ParseFromArray(value.data(), static_cast<int>(value.size()))) return std::nullopt;
  return record.expires();
}

}  // namespace

std::optional<WallMillis> ExpiryOf(std::string_view key, std::string_view value) {
  if (IsKeptReplyKey(key)) return Expires<proto::KeptReplyRecord>(value);
  if (IsAskedKey(key)) return Expires<proto::AskedRecord>(value);
  if (IsDeliveryKey(key)) return Expires<proto::DeliveryRecord>(value);
  if (IsInquiryKey(key)) return Expires<proto::InquiryRecord>(value);
  return std::nullopt;
}

}  // namespace mesh::backend
