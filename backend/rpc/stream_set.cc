#include "backend/rpc/stream_set.h"

#include <algorithm>

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

// A stream is deleted only after Remove, so all that are in the set live; Drain and Close hand
// what follows to gRPC's threads and never call back into this set.
bool StreamSet::DrainAll(Duration limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  std::unique_lock lock(mutex_);
  closed_ = true;
  for (OpenStream* stream : streams_) stream->Drain();
  const auto gone = [this] { return streams_.empty(); };
  if (empty_.wait_for(lock, std::min<Duration>(limit, kFarewell), gone)) return true;
  for (OpenStream* stream : streams_) stream->Close();
  return empty_.wait_until(lock, end, gone);
}

}  // namespace mesh::backend
