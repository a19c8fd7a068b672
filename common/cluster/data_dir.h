// The two small files of a back end's data directory that say whose it is
// (docs/STORAGE_FORMAT.md): its identity, made once, and the last ownership lease.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/base/unique_fd.h"

namespace mesh::cluster {

// PERSISTENT: what is kept of the last lease that was confirmed, for a process that starts
// again while etcd is away.
struct KeptLease {
  std::string name;     // The back end's.
  std::string boot_id;  // BootClock's.
  int64_t sent = 0;     // Boot-clock nanoseconds at which its renewal was sent.
  int64_t seconds = 0;

  bool operator==(const KeptLease&) const = default;

  std::string Text() const;
  static Result<KeptLease> Parse(std::string_view json);
};

class DataDir {
 public:
  // Makes the folder and its identity, 32 hexadecimal digits, unless they are there, and locks it
  // until the last copy of the result is gone. kFailedPrecondition: another process has it locked;
  // kDataLoss: the identity cannot be read. Blocks on the disk.
  static Result<DataDir> Open(const std::string& path);

  const std::string& id() const { return id_; }

  // Nothing when there is none, or none that can be read. Blocks on the disk.
  std::optional<KeptLease> ReadLease() const;
  Status WriteLease(const KeptLease& lease) const;

 private:
  DataDir(std::string path, std::string id, std::shared_ptr<UniqueFd> lock)
      : path_(std::move(path)), id_(std::move(id)), lock_(std::move(lock)) {}

  std::string path_;
  std::string id_;
  std::shared_ptr<UniqueFd> lock_;
};

}  // namespace mesh::cluster
