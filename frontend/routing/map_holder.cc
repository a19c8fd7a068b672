#include "frontend/routing/map_holder.h"

#include <sys/stat.h>

#include <utility>

namespace mesh::frontend {

std::shared_ptr<const PartitionMap> MapHolder::current() const {
  const std::lock_guard lock(mutex_);
  return map_;
}

Status MapHolder::Replace(PartitionMap map) {
  return Replace(std::make_shared<const PartitionMap>(std::move(map)));
}

Status MapHolder::Replace(std::shared_ptr<const PartitionMap> next) {
  const std::lock_guard lock(mutex_);
  if (map_ != nullptr && next->epoch() < map_->epoch()) {
    return Status(Code::kFailedPrecondition,
                  "partition map: epoch " + std::to_string(next->epoch()) +
                      " is older than the current " + std::to_string(map_->epoch()));
  }
  map_ = std::move(next);
  version_.fetch_add(1, std::memory_order_release);
  return Status();
}

Status MapFile::Reload() {
  const std::lock_guard lock(mutex_);
  return Read();
}

Status MapFile::ReloadIfChanged() {
  const std::lock_guard lock(mutex_);
  return Fingerprint() == fingerprint_ ? Status() : Read();
}

// Taken before reading, so that a change under way is read again.
Status MapFile::Read() {
  fingerprint_ = Fingerprint();
  MESH_ASSIGN(PartitionMap map, PartitionMap::Load(path_));
  return holder_.Replace(std::move(map));
}

std::string MapFile::Fingerprint() const {
  struct stat about {};
  if (::stat(path_.c_str(), &about) != 0) return "absent";
  return std::to_string(about.st_mtim.tv_sec) + "." + std::to_string(about.st_mtim.tv_nsec) + " " +
         std::to_string(about.st_size) + " " + std::to_string(about.st_ino);
}

}  // namespace mesh::frontend
