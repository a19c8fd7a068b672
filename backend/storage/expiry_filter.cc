#include "backend/storage/expiry_filter.h"

#include <optional>
#include <string_view>

#include "backend/storage/record_expiry.h"

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
    const std::optional<WallMillis> expires = ExpiryOf(ViewOf(key), ViewOf(value));
    return expires && *expires <= now_;
  }

 private:
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
