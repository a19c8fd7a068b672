// MemoryStore is Store without a disk, for tests: the same suite runs over it and
// RocksDbStore.

#pragma once

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "backend/storage/store.h"

namespace mesh::backend {

// Thread-safe where Store says so. A commit copies all keys: keep tests small.
class MemoryStore final : public Store {
 public:
  using Table = std::map<std::string, std::string, std::less<>>;
  using Tables = std::array<Table, 2>;  // By ColumnFamily.

  std::unique_ptr<Reader> NewSnapshot() override;
  Status Commit(const Writes& writes, bool sync) override;

  // The next Commit fails with `failure` and does nothing; every later one then
  // fails too, unless `failure` is kResourceExhausted.
  void FailNextCommit(Status failure);

  size_t commits() const;
  // How many keys there are in both families.
  size_t keys() const;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Tables> tables_ = std::make_shared<Tables>();  // Guarded by mutex_.
  Status failure_;                                                     // Guarded by mutex_.
  size_t commits_ = 0;                                                 // Guarded by mutex_.
};

}  // namespace mesh::backend
