// RocksDB's own log, kept off the data disk's error paths.
//
// Debian's RocksDB aborts when its default logger meets a full disk, so it gets
// this one: warnings go to our log, everything to a file of bounded size if one is
// wanted, and a line that cannot be written is dropped.

#pragma once

#include <rocksdb/env.h>

#include <cstdio>
#include <memory>
#include <mutex>
#include <string>

#include "common/base/log.h"

namespace mesh::backend {

// Thread-safe.
class RocksDbLogger final : public rocksdb::Logger {
 public:
  // `path` empty: no file. A file that cannot be opened is reported and done without.
  explicit RocksDbLogger(std::string path);
  ~RocksDbLogger() override = default;

  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list arguments) override;
  void Logv(rocksdb::InfoLogLevel level, const char* format, va_list arguments) override;

 private:
  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  void Open();
  void WriteLine(const char* line);

  const std::string path_;
  std::mutex mutex_;
  std::unique_ptr<std::FILE, CloseFile> file_;  // Guarded by mutex_.
  size_t written_ = 0;                          // Guarded by mutex_.
  LogLimiter limiter_;
};

}  // namespace mesh::backend
