#include "backend/rpc/stream_set.h"

namespace mesh::backend {

bool StreamSet::Add(OpenStream* stream) {
  const std::lock_guard lock(mutex_);
  if (closed_) return false;
  streams_.insert(stream);
  return true;
}

void StreamSet::Remove(OpenStream* stream) {
  const std::lock_guard lock(mutex_);
  streams_.erase(stream);
  if (streams_.empty()) empty_.notify_all();
}

void StreamSet::CloseAll(Duration limit) {
  std::unique_lock lock(mutex_);
  closed_ = true;
  // A stream is deleted only after Remove, so all of these live; Close hands its end
  // to gRPC's threads and never calls back into this set.
  for (OpenStream* stream : streams_) stream->Close();
  empty_.wait_for(lock, limit, [this] { return streams_.empty(); });
}

}  // namespace mesh::backend
