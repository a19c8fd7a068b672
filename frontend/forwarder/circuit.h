// Circuit decides whether a destination is tried at all. After a few failures in a row it
// opens: nothing is sent, so what is dead costs nobody time. After a while one transfer is let
// through as a probe, and what comes of it closes the circuit or opens it for longer.

#pragma once

#include <chrono>
#include <cstdint>

#include "common/base/clock.h"

namespace mesh::frontend {

// Failures in a row that open it: more than a restart of one host among several costs.
inline constexpr uint32_t kCircuitFailures = 5;
// How long it stays open: doubling from the first to the second while probes fail.
inline constexpr std::chrono::seconds kCircuitTimeMin{1};
inline constexpr std::chrono::minutes kCircuitTimeMax{5};

// A value; holds no clock.
class Circuit {
 public:
  // Whether a transfer may begin at `now`. In an open circuit whose time is over it is yes once:
  // that transfer is the probe, and its outcome must be told.
  bool Allow(MonotonicTime now);

  // A transfer ended with an answer, whatever it said.
  void Succeeded();
  // Or without. `random` is any number.
  void Failed(MonotonicTime now, uint32_t random);

  bool open() const { return open_; }
  // While it is open: when a probe is due.
  MonotonicTime probe_at() const { return probe_at_; }

 private:
  bool open_ = false;
  bool probing_ = false;
  uint32_t failures_ = 0;  // In a row, while closed.
  uint32_t openings_ = 0;  // In a row: the first, and one for each probe that failed.
  MonotonicTime probe_at_{};
};

}  // namespace mesh::frontend
