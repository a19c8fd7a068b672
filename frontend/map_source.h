// MapSource says where a front end has its partition map from: a file, etcd, or the back end
// in whose process it runs. It keeps a MapHolder current.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/base/status.h"
#include "common/cluster/cluster_options.h"
#include "common/cluster/map_watcher.h"
#include "frontend/routing/map_holder.h"

namespace mesh::frontend {

// Thread-safe, apart from its making and its end.
class MapSource {
 public:
  // The references outlive it. With etcd there may be no map yet, and `changed` is called after
  // each new one; with a file there is one.
  static Result<std::unique_ptr<MapSource>> FromFile(const std::string& path, MapHolder& holder);
  static Result<std::unique_ptr<MapSource>> FromEtcd(const cluster::ClusterOptions& options,
                                                     const Clock& clock, Registry& registry,
                                                     MapHolder& holder,
                                                     std::function<void()> changed);
  static std::unique_ptr<MapSource> FromWatcher(cluster::MapWatcher& watcher, MapHolder& holder);

  // Whether the map follows a cluster's, whose accounts may move at any time.
  bool live() const { return watcher_ != nullptr; }

  // Reads a file again, if it has changed or `forced`. Blocks on the disk.
  Status Reload(bool forced);

  // Calls `then` on some thread after a map newer than `epoch` was looked for. False: there is
  // a file only, which Reload looks at.
  bool Refresh(uint64_t epoch, const std::function<void()>& then);

  // Nothing is put into the holder, and Refresh calls at once, from now on. Blocks.
  void Stop();

 private:
  MapSource() = default;
  void Follow(cluster::MapWatcher& watcher, MapHolder& holder, std::function<void()> changed);

  std::unique_ptr<MapFile> file_;
  std::unique_ptr<cluster::ClusterStore> store_;
  std::unique_ptr<cluster::MapWatcher> own_watcher_;
  cluster::MapWatcher* watcher_ = nullptr;  // Our own or the host's; null with a file.
};

}  // namespace mesh::frontend
