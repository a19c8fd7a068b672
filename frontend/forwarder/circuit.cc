#include "frontend/forwarder/circuit.h"

#include "frontend/forwarder/retry_wait.h"

namespace mesh::frontend {

bool Circuit::Allow(MonotonicTime now) {
  if (!open_) return true;
  if (probing_ || now < probe_at_) return false;
  probing_ = true;
  return true;
}

void Circuit::Succeeded() { *this = Circuit(); }

// Transfers that were under way when it opened fail late, and count for nothing.
void Circuit::Failed(MonotonicTime now, uint32_t random) {
  if (open_ && !probing_) return;
  if (!open_ && ++failures_ < kCircuitFailures) return;
  open_ = true;
  probing_ = false;
  probe_at_ = now + RetryWait(++openings_, kCircuitTimeMin, kCircuitTimeMax, random);
}

}  // namespace mesh::frontend
