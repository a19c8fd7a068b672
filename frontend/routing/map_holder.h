// MapHolder keeps the partition map that is current and takes new ones while
// requests are under way.

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "common/base/status.h"
#include "common/mesh/partition_map.h"

namespace mesh::frontend {

// Thread-safe. Outlives the routers that read it.
class MapHolder {
 public:
  // Null until the first Replace.
  std::shared_ptr<const PartitionMap> current() const;

  // Makes `map` current. kFailedPrecondition, and nothing changes, if its epoch is
  // below the current one's: an owner may have been told that it moved on.
  Status Replace(PartitionMap map);
  Status Replace(std::shared_ptr<const PartitionMap> map);

  // Counts the maps there have been; a reader that remembers it need not take the
  // lock until it changes.
  uint64_t version() const { return version_.load(std::memory_order_acquire); }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const PartitionMap> map_;  // Guarded by mutex_.
  std::atomic<uint64_t> version_{0};
};

// Reads a map's file into a holder, whenever asked and when it has changed.
// Thread-safe; each call may block on the disk, so none is made on an event loop.
class MapFile {
 public:
  // `holder` outlives this.
  MapFile(std::string path, MapHolder& holder) : path_(std::move(path)), holder_(holder) {}

  // As PartitionMap::Load and MapHolder::Replace. On failure the map stays.
  Status Reload();
  // Reload, if the file differs from what was last read; OK if it does not.
  Status ReloadIfChanged();

 private:
  std::string Fingerprint() const;
  Status Read();

  const std::string path_;
  MapHolder& holder_;
  std::mutex mutex_;
  std::string fingerprint_;  // Guarded by mutex_: of the file as last read.
};

}  // namespace mesh::frontend
