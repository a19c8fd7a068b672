#include "frontend/map_source.h"

#include <utility>

#include "common/base/log.h"

namespace mesh::frontend {

Result<std::unique_ptr<MapSource>> MapSource::FromFile(const std::string& path, MapHolder& holder) {
  std::unique_ptr<MapSource> source(new MapSource);
  source->file_ = std::make_unique<MapFile>(path, holder);
  MESH_RETURN_IF_ERROR(source->file_->Reload());
  return source;
}

Result<std::unique_ptr<MapSource>> MapSource::FromEtcd(const cluster::ClusterOptions& options,
                                                       const Clock& clock, Registry& registry,
                                                       MapHolder& holder,
                                                       std::function<void()> changed) {
  std::unique_ptr<MapSource> source(new MapSource);
  MESH_ASSIGN(source->store_, cluster::OpenClusterStore(options, clock));
  cluster::MapWatcherOptions watcher;
  watcher.cluster = options.cluster;
  watcher.cache_file = options.map_cache;
  source->own_watcher_ =
      std::make_unique<cluster::MapWatcher>(watcher, *source->store_, clock, registry);
  const Status kept = source->own_watcher_->LoadCache();
  if (!kept.ok() && kept.code() != Code::kNotFound) {
    Log(LogLevel::kWarning, "the map on disk cannot be used", {{"why", kept.message()}});
  }
  source->Follow(*source->own_watcher_, holder, std::move(changed));
  source->own_watcher_->Start();
  return source;
}

std::unique_ptr<MapSource> MapSource::FromWatcher(cluster::MapWatcher& watcher, MapHolder& holder) {
  std::unique_ptr<MapSource> source(new MapSource);
  source->Follow(watcher, holder, [] {});
  return source;
}

// The watcher refuses older maps itself.
void MapSource::Follow(cluster::MapWatcher& watcher, MapHolder& holder,
                       std::function<void()> changed) {
  watcher_ = &watcher;
  watcher.AddSink([&holder, changed = std::move(changed)](std::shared_ptr<const PartitionMap> map) {
    (void)holder.Replace(std::move(map)).ok();
    changed();
  });
}

Status MapSource::Reload(bool forced) {
  if (file_ == nullptr) return Status();
  return forced ? file_->Reload() : file_->ReloadIfChanged();
}

bool MapSource::Refresh(uint64_t epoch, const std::function<void()>& then) {
  if (watcher_ == nullptr) return false;
  watcher_->Request(epoch, then);
  return true;
}

void MapSource::Stop() {
  if (own_watcher_ != nullptr) own_watcher_->Stop();
}

}  // namespace mesh::frontend
