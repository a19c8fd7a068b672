#include "frontend/connection/stats.h"

#include <algorithm>

namespace mesh::connection {

const char* TimeoutName(TimeoutKind kind) {
  static constexpr std::array<const char*, kTimeoutKinds> kNames = {
      "handshake", "header", "body", "idle", "write", "linger"};
  return kNames[static_cast<size_t>(kind)];
}

void ConnectionStats::CountRefusal(int status) {
  const auto* const found = std::find(kRefusalStatuses.begin(), kRefusalStatuses.end(), status);
  if (found == kRefusalStatuses.end()) return;
  refusals[static_cast<size_t>(found - kRefusalStatuses.begin())].Add();
}

}  // namespace mesh::connection
