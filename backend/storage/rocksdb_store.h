// RocksDbStore keeps one partition in one RocksDB database: the only code that
// knows RocksDB. docs/STORAGE_FORMAT.md says what is in it.
//
// It is read-only, and says so in every refusal, while the disk is nearly full or
// a background job of RocksDB has failed: RocksDB 7.8 does not come back from a
// log write that met a full disk, so we stop before that.

#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "backend/storage/store.h"
#include "common/base/clock.h"

namespace rocksdb {
class FileSystem;
}

namespace mesh::backend {

struct RocksDbOptions {
  std::string path;      // The database's folder; made when missing.
  std::string log_path;  // RocksDB's own log; empty: only its warnings, to our log.
  uint64_t block_cache_bytes = 128ull << 20;
  uint64_t write_buffer_bytes = 64ull << 20;  // Of one memtable; two families, four each.
  int background_jobs = 2;
  // Below this much free space the store is read-only. Must exceed what the
  // memtables may still flush: twice 2 families x 64 MiB, and the log.
  uint64_t min_free_bytes = 1ull << 30;
  // What time it is for what expires; null: the machine's.
  const Clock* clock = nullptr;
  // Where files live; null: the machine's file system. For fault injection.
  std::shared_ptr<rocksdb::FileSystem> file_system;
};

// What the store's gauges show.
struct RocksDbStats {
  uint64_t live_data_bytes = 0;
  uint64_t table_files_bytes = 0;
  uint64_t memtable_bytes = 0;
  uint64_t block_cache_bytes = 0;
  uint64_t pending_compaction_bytes = 0;
  uint64_t background_errors = 0;
  uint64_t free_bytes = 0;  // Of the disk.
  bool write_stopped = false;
  bool read_only = false;
};

class RocksDbStore final : public Store {
 public:
  // Opens or makes the database. kUnavailable when the folder is in use or cannot
  // be read, kDataLoss when what is there is damaged. Replays the log: may take
  // seconds.
  static Result<std::unique_ptr<RocksDbStore>> Open(const RocksDbOptions& options);

  // Flushes nothing: what was committed is in the log. No Reader may be left.
  ~RocksDbStore() override;

  std::unique_ptr<Reader> NewSnapshot() override;
  Status Commit(const Writes& writes, bool sync) override;

  // Rewrites every table now, as RocksDB does by itself bit by bit: what has expired is
  // gone afterwards. Blocks for as long as that takes. For tests and tools.
  Status CompactEverything();

  // Thread-safe. Takes RocksDB's locks: for scrapes, not for requests.
  RocksDbStats Stats() const;

  // Which log settings are in force, for benchmarks and the start's log line.
  std::string LogSettings() const;

 private:
  struct State;
  explicit RocksDbStore(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace mesh::backend
