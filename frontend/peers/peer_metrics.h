// What asking other services counts.

#pragma once

#include <array>
#include <cstddef>

#include "common/base/metrics.h"
#include "common/base/status.h"

namespace mesh::frontend {

// One for a process; thread-safe. `registry` outlives it.
class PeerMetrics {
 public:
  explicit PeerMetrics(Registry& registry);

  // A domain was asked, and this came of it.
  void Fetched(Code outcome);
  // A domain showed another service than the one known, or than the pinned one.
  void Changed() { changes_.Add(); }
  // Nobody was asked, because too much is asked at a time.
  void Refused() { refused_.Add(); }
  void SetDomains(size_t domains) { domains_.Set(static_cast<int64_t>(domains)); }

 private:
  static constexpr size_t kOutcomes = 8;

  std::array<Counter*, kOutcomes> fetches_;
  Counter& changes_;
  Counter& refused_;
  Gauge& domains_;
};

}  // namespace mesh::frontend
