// HeadCache keeps the heads of accounts and containers that the writer used last, and which of
// them are not there.
//
// Every transaction reads them, and finding a key in a large memtable costs more
// than the rest of reading it; finding that there is none, as of the containers that few accounts
// have, costs a look into every table. Only the writer changes a partition, so what it saw
// committed is what the store holds: the cache needs no invalidation but its own.

#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "backend/storage/store.h"

namespace mesh::backend {

// For one thread: the partition's writer.
class HeadCache {
 public:
  // What the store holds under a key; nullopt: nothing.
  using Value = std::optional<std::string>;

  // Holds up to about `bytes_max` octets of keys and values, and what it takes to hold them.
  explicit HeadCache(size_t bytes_max) : half_max_(bytes_max / 2) {}

  // What `key` had in the last commit; null: it is not known here. Valid until the next call.
  const Value* Find(std::string_view key);
  void Put(std::string_view key, const Value& value);

  // `writes` have been committed: what is here follows. Call Clear when they may not
  // have been.
  void Follow(const Writes& writes);
  void Clear();

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view key) const { return std::hash<std::string_view>()(key); }
  };
  using Table = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;

  void Erase(std::string_view key);

  // Two generations: what is used moves to the young one, and when that is full the
  // old one is forgotten.
  const size_t half_max_;
  Table young_;
  Table old_;
  size_t young_bytes_ = 0;
};

// The store as of the last commit, through a HeadCache. For the writer's thread.
class CachedReader final : public Reader {
 public:
  // `base` is a view of the last commit; both outlive this.
  CachedReader(const Reader& base, HeadCache& cache) : base_(base), cache_(cache) {}

  Result<std::optional<std::string>> Get(ColumnFamily family, std::string_view key) const override;
  std::unique_ptr<Cursor> Scan(ColumnFamily family, std::string_view begin, std::string_view end,
                               bool reverse) const override;

 private:
  const Reader& base_;
  HeadCache& cache_;
};

}  // namespace mesh::backend
