// What forwarding messages counts.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "common/base/metrics.h"
#include "frontend/forwarder/transfer.h"

namespace mesh::frontend {

// One for a process; thread-safe. `registry` outlives it.
struct ForwarderMetrics {
  explicit ForwarderMetrics(Registry& registry);

  void CountAgain(AgainReason reason) { again[static_cast<size_t>(reason)]->Add(); }

  Counter& delivered;
  Counter& refused;  // By their destination; the sender is told.
  Counter& expired;  // Given up after the time for retries; the sender is told.
  std::array<Counter*, kAgainReasons> again;
  Counter& lost;          // Settled too late: somebody else has the lease.
  Counter& unsettled;     // The sender's owner did not take the settlement; the lease runs out.
  Counter& lease_errors;  // Partitions that gave no answer.
  Histogram& own;         // Transfers to partitions of ours.
  Histogram& other;       // To other services.
  Gauge& held;            // Leased messages, now.
  Gauge& under_way;       // Of these, on their way.
  Gauge& windows;         // How many might be, to the destinations that are known.
  Gauge& open_circuits;   // Destinations that are left alone.
};

}  // namespace mesh::frontend
