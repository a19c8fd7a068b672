#include "tests/fault/storage/unsynced_file_system.h"

#include <filesystem>
#include <utility>

namespace mesh {
namespace {

class TrackedFile final : public rocksdb::FSWritableFileWrapper {
 public:
  TrackedFile(std::unique_ptr<rocksdb::FSWritableFile> file, std::string name,
              UnsyncedFileSystem& files)
      : FSWritableFileWrapper(file.get()),
        file_(std::move(file)),
        name_(std::move(name)),
        files_(files) {}

  using FSWritableFileWrapper::Append;
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
    written_ += data.size();
    return FSWritableFileWrapper::Append(data, options, debug);
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo& /*verification*/,
                           rocksdb::IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options,
                         rocksdb::IODebugContext* debug) override {
    return Report(FSWritableFileWrapper::Sync(options, debug));
  }
  rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options,
                          rocksdb::IODebugContext* debug) override {
    return Report(FSWritableFileWrapper::Fsync(options, debug));
  }

 private:
  rocksdb::IOStatus Report(rocksdb::IOStatus status) {
    if (status.ok()) files_.Synced(name_, written_);
    return status;
  }

  const std::unique_ptr<rocksdb::FSWritableFile> file_;
  const std::string name_;
  UnsyncedFileSystem& files_;
  uint64_t written_ = 0;
};

}  // namespace

UnsyncedFileSystem::UnsyncedFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}

void UnsyncedFileSystem::Synced(const std::string& name, uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  safe_[name] = bytes;
}

void UnsyncedFileSystem::LosePower() {
  const std::lock_guard lock(mutex_);
  for (const auto& [name, bytes] : safe_) {
    std::error_code gone;
    if (bytes == 0) {
      std::filesystem::remove(name, gone);
    } else {
      std::filesystem::resize_file(name, bytes, gone);
    }
  }
}

rocksdb::IOStatus UnsyncedFileSystem::NewWritableFile(
    const std::string& name, const rocksdb::FileOptions& options,
    std::unique_ptr<rocksdb::FSWritableFile>* file, rocksdb::IODebugContext* debug) {
  std::unique_ptr<rocksdb::FSWritableFile> inner;
  const rocksdb::IOStatus status = target()->NewWritableFile(name, options, &inner, debug);
  if (!status.ok()) return status;
  Synced(name, 0);
  *file = std::make_unique<TrackedFile>(std::move(inner), name, *this);
  return status;
}

rocksdb::IOStatus UnsyncedFileSystem::RenameFile(const std::string& from, const std::string& to,
                                                 const rocksdb::IOOptions& options,
                                                 rocksdb::IODebugContext* debug) {
  const std::lock_guard lock(mutex_);
  if (auto moved = safe_.extract(from); !moved.empty()) {
    moved.key() = to;
    safe_.erase(to);
    safe_.insert(std::move(moved));
  }
  return target()->RenameFile(from, to, options, debug);
}

rocksdb::IOStatus UnsyncedFileSystem::DeleteFile(const std::string& name,
                                                 const rocksdb::IOOptions& options,
                                                 rocksdb::IODebugContext* debug) {
  const std::lock_guard lock(mutex_);
  safe_.erase(name);
  return target()->DeleteFile(name, options, debug);
}

}  // namespace mesh
