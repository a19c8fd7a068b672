// UnsyncedFileSystem stands in for a machine that loses power: what was written and
// not synced is gone afterwards.

#pragma once

#include <rocksdb/file_system.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace mesh {

// Thread-safe. Passes everything on and remembers how much of each file is safe.
class UnsyncedFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  UnsyncedFileSystem();
  const char* Name() const override { return "UnsyncedFileSystem"; }

  // Cuts every file that was written here to what was synced, and removes those that
  // never were. Nothing may have one of them open for writing that matters.
  void LosePower();

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;

  // A file reports that its first `bytes` octets are safe.
  void Synced(const std::string& name, uint64_t bytes);

 private:
  std::mutex mutex_;
  std::map<std::string, uint64_t> safe_;  // Octets, by name. Guarded by mutex_.
};

}  // namespace mesh
