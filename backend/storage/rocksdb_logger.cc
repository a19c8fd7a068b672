#include "backend/storage/rocksdb_logger.h"

#include <cstdarg>
#include <utility>

namespace mesh::backend {
namespace {

constexpr size_t kLineBytesMax = 1024;
// After that much the file becomes <path>.old and a new one begins.
constexpr size_t kFileBytesMax = 16 * 1024 * 1024;

}  // namespace

RocksDbLogger::RocksDbLogger(std::string path)
    : rocksdb::Logger(path.empty() ? rocksdb::WARN_LEVEL : rocksdb::INFO_LEVEL),
      path_(std::move(path)) {
  if (!path_.empty()) Open();
}

void RocksDbLogger::Open() {
  file_.reset(std::fopen(path_.c_str(), "ae"));
  written_ = 0;
  if (file_ == nullptr) Log(LogLevel::kWarning, "rocksdb log not opened", {{"path", path_}});
}

void RocksDbLogger::Logv(const char* format, va_list arguments) {
  Logv(rocksdb::INFO_LEVEL, format, arguments);
}

void RocksDbLogger::Logv(rocksdb::InfoLogLevel level, const char* format, va_list arguments) {
  if (level < GetInfoLogLevel()) return;
  char line[kLineBytesMax];
  std::vsnprintf(line, sizeof line, format, arguments);
  uint64_t suppressed = 0;
  if (level >= rocksdb::WARN_LEVEL && level != rocksdb::HEADER_LEVEL &&
      limiter_.Allow(SystemClock().Now(), &suppressed)) {
    Log(LogLevel::kWarning, "rocksdb",
        {{"message", line}, {"suppressed", std::to_string(suppressed)}});
  }
  WriteLine(line);
}

void RocksDbLogger::WriteLine(const char* line) {
  const std::lock_guard lock(mutex_);
  if (file_ == nullptr) return;
  const int wrote =
      std::fprintf(file_.get(), "%lld %s\n", static_cast<long long>(SystemClock().WallNow()), line);
  std::fflush(file_.get());
  if (wrote > 0) written_ += static_cast<size_t>(wrote);
  if (written_ < kFileBytesMax) return;
  file_.reset();
  std::rename(path_.c_str(), (path_ + ".old").c_str());
  Open();
}

}  // namespace mesh::backend
