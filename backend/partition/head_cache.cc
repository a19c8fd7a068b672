#include "backend/partition/head_cache.h"

#include <utility>

#include "backend/storage/key_schema.h"

namespace mesh::backend {

namespace {

// What an entry takes besides its octets: a node and two strings. Keys that are not there must not
// be free, for strangers may ask for as many as they like.
constexpr size_t kEntryBytes = 128;

size_t SizeOf(const HeadCache::Value& value) { return value ? value->size() : 0; }

}  // namespace

const HeadCache::Value* HeadCache::Find(std::string_view key) {
  if (const auto found = young_.find(key); found != young_.end()) return &found->second;
  const auto found = old_.find(key);
  if (found == old_.end()) return nullptr;
  Put(found->first, found->second);
  const auto moved = young_.find(key);  // Unless it was the one too many.
  return moved == young_.end() ? nullptr : &moved->second;
}

void HeadCache::Put(std::string_view key, const Value& value) {
  const size_t bytes = kEntryBytes + key.size() + SizeOf(value);
  if (bytes > half_max_) return Erase(key);
  if (const auto found = young_.find(key); found != young_.end()) {
    young_bytes_ += SizeOf(value);
    young_bytes_ -= SizeOf(found->second);
    found->second = value;
    return;
  }
  std::string owned_key(key);
  Value owned_value(value);  // `value` may stand in old_.
  if (young_bytes_ + bytes > half_max_) {
    old_ = std::exchange(young_, Table());
    young_bytes_ = 0;
  }
  young_bytes_ += bytes;
  young_.emplace(std::move(owned_key), std::move(owned_value));
}

void HeadCache::Erase(std::string_view key) {
  if (const auto found = young_.find(key); found != young_.end()) {
    young_bytes_ -= kEntryBytes + found->first.size() + SizeOf(found->second);
    young_.erase(found);
  }
  if (const auto found = old_.find(key); found != old_.end()) old_.erase(found);
}

void HeadCache::Clear() {
  young_.clear();
  old_.clear();
  young_bytes_ = 0;
}

void HeadCache::Follow(const Writes& writes) {
  for (const Write& write : writes) {
    if (write.kind == Write::Kind::kDeleteRange) return Clear();
    if (write.family != ColumnFamily::kIndex || !IsHeadKey(write.key)) continue;
    if (write.kind == Write::Kind::kPut) {
      Put(write.key, write.value);
    } else {
      Put(write.key, std::nullopt);
    }
  }
}

Result<std::optional<std::string>> CachedReader::Get(ColumnFamily family,
                                                     std::string_view key) const {
  if (family != ColumnFamily::kIndex || !IsHeadKey(key)) return base_.Get(family, key);
  if (const HeadCache::Value* known = cache_.Find(key)) return *known;
  MESH_ASSIGN(HeadCache::Value value, base_.Get(family, key));
  cache_.Put(key, value);
  return value;
}

std::unique_ptr<Cursor> CachedReader::Scan(ColumnFamily family, std::string_view begin,
                                           std::string_view end, bool reverse) const {
  return base_.Scan(family, begin, end, reverse);
}

}  // namespace mesh::backend
