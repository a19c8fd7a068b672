// What asking other services counts.

#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "common/base/metrics.h"
#include "common/base/status.h"
#include "frontend/service/incident_sink.h"

namespace mesh::frontend {

// One for a process; thread-safe. `registry` outlives it.
class PeerMetrics {
 public:
  // `incidents`, which may be null, is thread-safe and outlives this.
  explicit PeerMetrics(Registry& registry, IncidentSink* incidents = nullptr);

  // A domain was asked, and this came of it.
  void Fetched(Code outcome);
  // `domain` showed another service than the one known, or than the pinned one.
  void Changed(std::string_view domain);
  // Nobody was asked, because too much is asked at a time.
  void Refused() { refused_.Add(); }
  void SetDomains(size_t domains) { domains_.Set(static_cast<int64_t>(domains)); }

 private:
  static constexpr size_t kOutcomes = 8;

  IncidentSink* const incidents_;
  std::array<Counter*, kOutcomes> fetches_;
  Counter& changes_;
  Counter& refused_;
  Gauge& domains_;
};

// What calls to other services count. One for a process; thread-safe. `registry` outlives it.
class PeerCallMetrics {
 public:
  explicit PeerCallMetrics(Registry& registry);

  // A call is over, and this came of it.
  void Called(Code outcome);
  // Exchanges that it took.
  void Exchanged(int64_t count) { exchanges_.Add(static_cast<uint64_t>(count)); }
  void SetUnderWay(size_t calls) { under_way_.Set(static_cast<int64_t>(calls)); }

 private:
  static constexpr size_t kOutcomes = 9;

  std::array<Counter*, kOutcomes> calls_;
  Counter& exchanges_;
  Gauge& under_way_;
};

}  // namespace mesh::frontend
