#include "frontend/forwarder/retry_wait.h"

#include <algorithm>

namespace mesh::frontend {

Duration RetryWait(uint32_t failures, Duration first, Duration longest, uint32_t random) {
  Duration wait = first;
  for (uint32_t i = 1; i < failures && wait < longest; ++i) wait *= 2;
  wait = std::min(wait, longest);
  return wait / 2 + wait / 2 / UINT16_MAX * (random % (UINT16_MAX + 1u));
}

}  // namespace mesh::frontend
