#include "backend/storage/rocksdb_store.h"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/file_system.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <utility>
#include <vector>

#include "backend/storage/expiry_filter.h"
#include "backend/storage/key_schema.h"
#include "backend/storage/rocksdb_logger.h"
#include "common/base/check.h"
#include "common/base/log.h"

namespace mesh::backend {
namespace {

// PERSISTENT: the names of the column families, in the order of ColumnFamily.
const std::array<std::string, 2> kFamilies = {rocksdb::kDefaultColumnFamilyName, "payload"};
// Ten bits a key: one lookup in a hundred reads a block in vain.
constexpr double kBloomBitsPerKey = 10;
// The filter of an index memtable, as a share of its size: new identifiers are looked
// up in vain. Nobody looks for a payload that is not there.
constexpr double kMemtableBloomShare = 0.05;

// A table that nothing else makes RocksDB rewrite is rewritten after this time, so that
// what has expired in it goes: a week's index tables are little to write in a week.
constexpr uint64_t kRewriteSeconds = 7 * 24 * 3600;

rocksdb::Slice SliceOf(std::string_view octets) { return {octets.data(), octets.size()}; }
std::string_view ViewOf(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

Status StatusOf(const rocksdb::Status& status, std::string_view what) {
  if (status.ok()) return {};
  const Code code = status.IsCorruption() ? Code::kDataLoss : Code::kUnavailable;
  return Status(code, std::string(what) + ": " + status.ToString());
}

// Remembers whether a background job has failed and not recovered.
class ErrorListener final : public rocksdb::EventListener {
 public:
  void OnBackgroundError(rocksdb::BackgroundErrorReason /*reason*/,
                         rocksdb::Status* error) override {
    errors_.fetch_add(1);
    read_only_.store(true);
    Log(LogLevel::kError, "store read-only: background error", {{"error", error->ToString()}});
  }
  void OnErrorRecoveryEnd(const rocksdb::BackgroundErrorRecoveryInfo& info) override {
    if (!info.new_bg_error.ok()) return;
    read_only_.store(false);
    Log(LogLevel::kInfo, "store writable again");
  }

  bool read_only() const { return read_only_.load(); }
  uint64_t errors() const { return errors_.load(); }

 private:
  std::atomic<bool> read_only_{false};
  std::atomic<uint64_t> errors_{0};
};

// Appends to one index of one container share the front of their keys: account, kind
// and number. The memtable keeps for each front where the last key went, and the next
// goes beside it. Measured: a third off a commit of busy accounts, nothing lost for
// accounts that write once.
//
// RocksDB keeps these places for deleted ranges in the same table as for keys, and
// mixing the two up corrupts memory: a range must never begin with a key that has a
// place. See AddRange.
class AppendPrefix final : public rocksdb::SliceTransform {
 public:
  const char* Name() const override { return "mesh.AppendPrefix"; }
  rocksdb::Slice Transform(const rocksdb::Slice& key) const override {
    return {key.data(), kAppendPrefixBytes};
  }
  bool InDomain(const rocksdb::Slice& key) const override { return IsAppendKey(ViewOf(key)); }
};

// Deletes [begin, end) without beginning a range with an append key.
rocksdb::Status AddRange(rocksdb::ColumnFamilyHandle* family, const Write& write,
                         rocksdb::WriteBatch& batch) {
  if (!IsAppendKey(write.key)) return batch.DeleteRange(family, write.key, write.value);
  const rocksdb::Status first = batch.Delete(family, write.key);
  if (!first.ok()) return first;
  const std::string next = write.key + '\0';
  MESH_CHECK(!IsAppendKey(next));
  return next < write.value ? batch.DeleteRange(family, next, write.value) : first;
}

const Clock& MachineClock() {
  static const SystemClock clock;
  return clock;
}

rocksdb::ColumnFamilyOptions FamilyOptions(ColumnFamily which, const RocksDbOptions& options,
                                           const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true;  // So that the cache's bound is the bound.
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kBloomBitsPerKey));
  // A whole file's filter has megabytes, more than one shard of the cache: it would be
  // read and checked again at every Get.
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.pin_top_level_index_and_filter = true;
  table.format_version = 5;

  rocksdb::ColumnFamilyOptions family;
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  family.write_buffer_size = options.write_buffer_bytes;
  family.max_write_buffer_number = 4;
  if (which == ColumnFamily::kIndex) {
    family.memtable_prefix_bloom_size_ratio = kMemtableBloomShare;
    family.memtable_whole_key_filtering = true;
    family.compaction_filter_factory =
        MakeExpiryFilter(options.clock != nullptr ? *options.clock : MachineClock());
    family.periodic_compaction_seconds = kRewriteSeconds;
  }
  family.memtable_insert_with_hint_prefix_extractor = std::make_shared<AppendPrefix>();
  family.compression = rocksdb::kLZ4Compression;
  family.level_compaction_dynamic_level_bytes = true;
  return family;
}

rocksdb::DBOptions DatabaseOptions(const RocksDbOptions& options) {
  rocksdb::DBOptions database;
  database.create_if_missing = true;
  database.create_missing_column_families = true;
  database.paranoid_checks = true;
  // Stops at the first damaged record of the log: the tail that a loss of power
  // tears is what was never acknowledged.
  database.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  database.track_and_verify_wals_in_manifest = true;
  database.max_background_jobs = options.background_jobs;
  database.bytes_per_sync = 1 << 20;  // Tables reach the disk steadily, not in bursts.
  database.allow_concurrent_memtable_write = false;  // One writer: its locks are waste.
  database.info_log = std::make_shared<RocksDbLogger>(options.log_path);
  database.max_open_files = 1024;
  return database;
}

class RocksDbCursor final : public Cursor {
 public:
  RocksDbCursor(rocksdb::DB* db, rocksdb::ColumnFamilyHandle* family, rocksdb::ReadOptions read,
                std::string_view begin, std::string_view end, bool reverse)
      : begin_(begin), end_(end), reverse_(reverse) {
    lower_ = begin_;
    upper_ = end_;
    read.iterate_lower_bound = &lower_;
    read.iterate_upper_bound = &upper_;
    iterator_.reset(db->NewIterator(read, family));
    if (begin_ >= end_) return;
    reverse_ ? iterator_->SeekToLast() : iterator_->SeekToFirst();
  }

  bool Valid() const override { return iterator_->Valid(); }
  void Next() override { reverse_ ? iterator_->Prev() : iterator_->Next(); }
  std::string_view key() const override { return ViewOf(iterator_->key()); }
  std::string_view value() const override { return ViewOf(iterator_->value()); }
  Status status() const override { return StatusOf(iterator_->status(), "scan"); }

 private:
  const std::string begin_, end_;  // The bounds' storage.
  rocksdb::Slice lower_, upper_;
  const bool reverse_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

}  // namespace

struct RocksDbStore::State {
  RocksDbOptions options;
  std::shared_ptr<rocksdb::FileSystem> file_system;
  std::unique_ptr<rocksdb::Env> env;  // Over file_system; null: the default one.
  std::shared_ptr<rocksdb::Cache> cache;
  std::shared_ptr<ErrorListener> errors = std::make_shared<ErrorListener>();
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> families;  // By ColumnFamily.
  rocksdb::WriteBatch batch;                           // Reused, so that its memory is.
  Status broken;  // Of a failed commit; only the committing thread looks.

  rocksdb::ColumnFamilyHandle* Family(ColumnFamily family) const {
    return families[static_cast<size_t>(family)];
  }

  uint64_t FreeBytes() const {
    struct statvfs disk {};
    if (::statvfs(options.path.c_str(), &disk) != 0) return 0;
    return static_cast<uint64_t>(disk.f_bavail) * disk.f_frsize;
  }

  // Whether a write may be begun.
  Status CheckWritable() const {
    if (!broken.ok()) return broken;
    if (errors->read_only()) {
      return Status(Code::kResourceExhausted,
                    "the store is read-only: a background job of the database failed; its log "
                    "says why");
    }
    if (options.min_free_bytes != 0 && FreeBytes() < options.min_free_bytes) {
      return Status(Code::kResourceExhausted,
                    "the store is read-only: the disk has less than " +
                        std::to_string(options.min_free_bytes) +
                        " octets free; make room or lower --min-free-bytes");
    }
    return {};
  }

  void Fill(const Writes& writes) {
    batch.Clear();
    for (const Write& write : writes) {
      rocksdb::ColumnFamilyHandle* family = Family(write.family);
      rocksdb::Status added;
      if (write.kind == Write::Kind::kPut) {
        added = batch.Put(family, write.key, write.value);
      } else if (write.kind == Write::Kind::kDelete) {
        added = batch.Delete(family, write.key);
      } else if (write.key < write.value) {
        added = AddRange(family, write, batch);
      }
      MESH_CHECK(added.ok());  // It only appends to memory.
    }
  }
};

namespace {

// Reads at one point in time.
class Snapshot final : public Reader {
 public:
  Snapshot(rocksdb::DB* db, const std::vector<rocksdb::ColumnFamilyHandle*>& families)
      : db_(db), families_(families) {
    read_.snapshot = db_->GetSnapshot();
  }
  ~Snapshot() override { db_->ReleaseSnapshot(read_.snapshot); }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  Result<std::optional<std::string>> Get(ColumnFamily family, std::string_view key) const override {
    std::optional<std::string> value(std::in_place);
    const rocksdb::Status status =
        db_->Get(read_, families_[static_cast<size_t>(family)], SliceOf(key), &*value);
    if (status.IsNotFound()) return std::optional<std::string>();
    MESH_RETURN_IF_ERROR(StatusOf(status, "read"));
    return value;
  }

  Result<std::vector<std::optional<std::string>>> MultiGet(
      ColumnFamily family, std::span<const std::string> keys) const override {
    const std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
    std::vector<rocksdb::PinnableSlice> found(keys.size());
    std::vector<rocksdb::Status> statuses(keys.size());
    db_->MultiGet(read_, families_[static_cast<size_t>(family)], keys.size(), slices.data(),
                  found.data(), statuses.data(), std::is_sorted(keys.begin(), keys.end()));
    std::vector<std::optional<std::string>> values(keys.size());
    for (size_t i = 0; i < keys.size(); ++i) {
      if (statuses[i].IsNotFound()) continue;
      MESH_RETURN_IF_ERROR(StatusOf(statuses[i], "read"));
      values[i].emplace(ViewOf(found[i]));
    }
    return values;
  }

  std::unique_ptr<Cursor> Scan(ColumnFamily family, std::string_view begin, std::string_view end,
                               bool reverse) const override {
    return std::make_unique<RocksDbCursor>(db_, families_[static_cast<size_t>(family)], read_,
                                           begin, end, reverse);
  }

 private:
  rocksdb::DB* const db_;
  const std::vector<rocksdb::ColumnFamilyHandle*>& families_;
  rocksdb::ReadOptions read_;
};

Status MakeFolder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error) return {};
  return Status(Code::kUnavailable, "cannot make the folder " + path + ": " + error.message());
}

}  // namespace

RocksDbStore::RocksDbStore(std::unique_ptr<State> state) : state_(std::move(state)) {}

RocksDbStore::~RocksDbStore() {
  for (rocksdb::ColumnFamilyHandle* family : state_->families) {
    (void)state_->db->DestroyColumnFamilyHandle(family);
  }
  const rocksdb::Status closed = state_->db->Close();
  if (!closed.ok()) Log(LogLevel::kError, "store not closed", {{"error", closed.ToString()}});
}

Result<std::unique_ptr<RocksDbStore>> RocksDbStore::Open(const RocksDbOptions& options) {
  MESH_RETURN_IF_ERROR(MakeFolder(options.path));
  auto state = std::make_unique<State>();
  state->options = options;
  state->cache = rocksdb::NewLRUCache(options.block_cache_bytes);

  rocksdb::DBOptions database = DatabaseOptions(options);
  database.listeners.push_back(state->errors);
  if (options.file_system != nullptr) {
    state->env = rocksdb::NewCompositeEnv(options.file_system);
    database.env = state->env.get();
  }
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (size_t i = 0; i < kFamilies.size(); ++i) {
    families.emplace_back(kFamilies[i],
                          FamilyOptions(static_cast<ColumnFamily>(i), options, state->cache));
  }
  rocksdb::DB* db = nullptr;
  MESH_RETURN_IF_ERROR(
      StatusOf(rocksdb::DB::Open(database, options.path, families, &state->families, &db),
               "cannot open the database in " + options.path));
  state->db.reset(db);
  return std::unique_ptr<RocksDbStore>(new RocksDbStore(std::move(state)));
}

std::unique_ptr<Reader> RocksDbStore::NewSnapshot() {
  return std::make_unique<Snapshot>(state_->db.get(), state_->families);
}

Status RocksDbStore::Commit(const Writes& writes, bool sync) {
  MESH_RETURN_IF_ERROR(state_->CheckWritable());
  state_->Fill(writes);
  rocksdb::WriteOptions write;
  write.sync = sync;
  state_->broken = StatusOf(state_->db->Write(write, &state_->batch), "commit");
  return state_->broken;
}

Status RocksDbStore::CompactEverything() {
  for (rocksdb::ColumnFamilyHandle* family : state_->families) {
    MESH_RETURN_IF_ERROR(
        StatusOf(state_->db->CompactRange(rocksdb::CompactRangeOptions(), family, nullptr, nullptr),
                 "compaction"));
  }
  return {};
}

RocksDbStats RocksDbStore::Stats() const {
  using Properties = rocksdb::DB::Properties;
  const auto sum = [this](const std::string& property) {
    uint64_t value = 0;
    state_->db->GetAggregatedIntProperty(property, &value);
    return value;
  };
  RocksDbStats stats;
  stats.live_data_bytes = sum(Properties::kEstimateLiveDataSize);
  stats.table_files_bytes = sum(Properties::kTotalSstFilesSize);
  stats.memtable_bytes = sum(Properties::kCurSizeAllMemTables);
  stats.block_cache_bytes = state_->cache->GetUsage();
  stats.pending_compaction_bytes = sum(Properties::kEstimatePendingCompactionBytes);
  stats.background_errors = state_->errors->errors();
  stats.free_bytes = state_->FreeBytes();
  stats.write_stopped = sum(Properties::kIsWriteStopped) != 0;
  stats.read_only =
      state_->errors->read_only() || stats.free_bytes < state_->options.min_free_bytes;
  return stats;
}

std::string RocksDbStore::LogSettings() const {
  const rocksdb::DBOptions options = state_->db->GetDBOptions();
  return std::string("sync=fdatasync per commit") +
         ", use_fsync=" + (options.use_fsync ? "yes" : "no") +
         ", wal_recovery_mode=point-in-time, manual_wal_flush=" +
         (options.manual_wal_flush ? "yes" : "no") +
         ", recycle_log_file_num=" + std::to_string(options.recycle_log_file_num) +
         ", wal_bytes_per_sync=" + std::to_string(options.wal_bytes_per_sync) +
         ", wal_compression=none, write_buffer_bytes=" +
         std::to_string(state_->options.write_buffer_bytes);
}

}  // namespace mesh::backend
