#include "backend/storage/expiry_filter.h"

#include <string_view>

#include "backend/storage/key_schema.h"
#include "proto/record.pb.h"

namespace mesh::backend {
namespace {

std::string_view ViewOf(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

class ExpiryFilter final : public rocksdb::CompactionFilter {
 public:
  explicit ExpiryFilter(WallMillis now) : now_(now) {}

  const char* Name() const override { return "mesh.ExpiryFilter"; }

  // What cannot be read stays: whoever looks for it must learn that it is damaged.
  bool Filter(int /*level*/, const rocksdb::Slice& key, const rocksdb::Slice& value,
              std::string* /*new_value*/, bool* /*value_changed*/) const override {
    if (IsKeptReplyKey(ViewOf(key))) return Expired<proto::KeptReplyRecord>(value);
    if (IsAskedKey(ViewOf(key))) return Expired<proto::AskedRecord>(value);
    if (IsDeliveryKey(ViewOf(key))) return Expired<proto::DeliveryRecord>(value);
    if (IsInquiryKey(ViewOf(key))) return Expired<proto::InquiryRecord>(value);
    return false;
  }

 private:
  template <typename Record>
  bool Expired(const rocksdb::Slice& value) const {
    Record record;
    return record.ParseFromArray(value.data(), static_cast<int>(value.size())) &&
           record.expires() <= now_;
  }

  const WallMillis now_;
};

class ExpiryFilterFactory final : public rocksdb::CompactionFilterFactory {
 public:
  explicit ExpiryFilterFactory(const Clock& clock) : clock_(clock) {}

  const char* Name() const override { return "mesh.ExpiryFilterFactory"; }

  bool ShouldFilterTableFileCreation(rocksdb::TableFileCreationReason reason) const override {
    return reason == rocksdb::TableFileCreationReason::kCompaction ||
           reason == rocksdb::TableFileCreationReason::kFlush;
  }

  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context& /*context*/) override {
    return std::make_unique<ExpiryFilter>(clock_.WallNow());
  }

 private:
  const Clock& clock_;
};

}  // namespace

std::shared_ptr<rocksdb::CompactionFilterFactory> MakeExpiryFilter(const Clock& clock) {
  return std::make_shared<ExpiryFilterFactory>(clock);
}

}  // namespace mesh::backend
