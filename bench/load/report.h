// What a run of load has seen, and how it is told: a progress line while it runs, a
// table or one line of JSON at its end.

#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "bench/load/latency.h"
#include "bench/load/options.h"
#include "bench/load/text_counts.h"
#include "common/base/clock.h"

namespace mesh::load {

// Of one kind of request. Latency counts from when the request was due.
struct ActionTally {
  uint64_t succeeded = 0;
  std::map<int64_t, uint64_t> refused;  // By Mesh status, or HTTP's where there is none.
  uint64_t lost = 0;                    // The connection ended before the reply.
  Latency latency;                      // Of those that succeeded.

  uint64_t Refused() const;
};

struct Tally {
  std::array<ActionTally, kActionCount> actions;
  TextCounts said;               // To those that were refused: the status and its description.
  TextCounts lost_at;            // By front end: requests whose connection to it was lost.
  uint64_t again_succeeded = 0;  // Of requests whose outcome nobody knew (--ask-again).
  TextCounts again_failed;       // Likewise; why.
  TextCounts wrong_reads;        // Successes that did not show what was acknowledged before.
  uint64_t entries_acknowledged = 0;
  uint64_t connections_lost = 0;
  uint64_t exchanges = 0;   // Made under way, because a ticket had ended.
  uint64_t never_sent = 0;  // Due in an open loop, and no connection was free in time.
  uint64_t bytes_sent = 0;
  uint64_t bytes_received = 0;

  uint64_t Succeeded() const;
  uint64_t Failed() const;
  // Whether requests were made, and not one of them was served, not even later.
  bool NothingServed() const;
  Latency AllLatency() const;
};

// One line on standard error: rewritten in place on a terminal, otherwise a line now
// and then. One thread.
class Progress {
 public:
  // Shows nothing if `quiet`.
  Progress(bool quiet, MonotonicTime start);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Shows `line` if it is time for it.
  void Show(MonotonicTime now, const std::string& line);
  // How long since the start, for people: "12s".
  std::string Elapsed(MonotonicTime now) const;

 private:
  const bool quiet_;
  const bool terminal_;
  const MonotonicTime start_;
  MonotonicTime next_;
  bool open_ = false;  // The terminal's line has not ended yet.
};

std::string ProgressLine(const Tally& tally, double seconds, size_t connected);
std::string TextReport(const Tally& tally, double seconds);
// One line, without its end.
std::string JsonReport(const Options& options, const Tally& tally, double seconds);

}  // namespace mesh::load
