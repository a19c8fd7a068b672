#include "backend/storage/memory_store.h"

#include <utility>

#include "common/base/check.h"

namespace mesh::backend {
namespace {

using Tables = MemoryStore::Tables;

const MemoryStore::Table& TableOf(const Tables& tables, ColumnFamily family) {
  return tables[static_cast<size_t>(family)];
}

class MemoryCursor final : public Cursor {
 public:
  MemoryCursor(std::shared_ptr<const Tables> tables, ColumnFamily family, std::string_view begin,
               std::string_view end, bool reverse)
      : tables_(std::move(tables)), reverse_(reverse) {
    const MemoryStore::Table& table = TableOf(*tables_, family);
    first_ = table.lower_bound(begin);
    last_ = begin < end ? table.lower_bound(end) : first_;
    if (reverse_ && first_ != last_) at_ = std::prev(last_);
    if (!reverse_) at_ = first_;
    valid_ = first_ != last_;
  }

  bool Valid() const override { return valid_; }
  void Next() override {
    MESH_CHECK(valid_);
    if (reverse_) {
      valid_ = at_ != first_;
      if (valid_) --at_;
    } else {
      valid_ = ++at_ != last_;
    }
  }
  std::string_view key() const override { return at_->first; }
  std::string_view value() const override { return at_->second; }
  Status status() const override { return {}; }

 private:
  std::shared_ptr<const Tables> tables_;
  MemoryStore::Table::const_iterator first_, last_, at_;
  bool reverse_;
  bool valid_ = false;
};

class MemoryReader final : public Reader {
 public:
  explicit MemoryReader(std::shared_ptr<const Tables> tables) : tables_(std::move(tables)) {}

  Result<std::optional<std::string>> Get(ColumnFamily family, std::string_view key) const override {
    const MemoryStore::Table& table = TableOf(*tables_, family);
    const auto found = table.find(key);
    if (found == table.end()) return std::optional<std::string>();
    return std::optional<std::string>(found->second);
  }

  std::unique_ptr<Cursor> Scan(ColumnFamily family, std::string_view begin, std::string_view end,
                               bool reverse) const override {
    return std::make_unique<MemoryCursor>(tables_, family, begin, end, reverse);
  }

 private:
  std::shared_ptr<const Tables> tables_;
};

void Apply(const Write& write, MemoryStore::Table& table) {
  if (write.kind == Write::Kind::kPut) {
    table[write.key] = write.value;
  } else if (write.kind == Write::Kind::kDelete) {
    table.erase(write.key);
  } else if (write.key < write.value) {
    table.erase(table.lower_bound(write.key), table.lower_bound(write.value));
  }
}

}  // namespace

std::unique_ptr<Reader> MemoryStore::NewSnapshot() {
  const std::lock_guard lock(mutex_);
  return std::make_unique<MemoryReader>(tables_);
}

Status MemoryStore::Commit(const Writes& writes, bool /*sync*/) {
  const std::lock_guard lock(mutex_);
  if (!failure_.ok()) {
    const Status failure = failure_;
    if (failure.code() == Code::kResourceExhausted) failure_ = Status();
    return failure;
  }
  auto tables = std::make_shared<Tables>(*tables_);
  for (const Write& write : writes) Apply(write, (*tables)[static_cast<size_t>(write.family)]);
  tables_ = std::move(tables);
  ++commits_;
  return {};
}

void MemoryStore::FailNextCommit(Status failure) {
  const std::lock_guard lock(mutex_);
  failure_ = std::move(failure);
}

size_t MemoryStore::commits() const {
  const std::lock_guard lock(mutex_);
  return commits_;
}

size_t MemoryStore::keys() const {
  const std::lock_guard lock(mutex_);
  return (*tables_)[0].size() + (*tables_)[1].size();
}

}  // namespace mesh::backend
