// What the streams of one server share, and the set of those that are open.
// Sources of this folder only.

#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <set>

#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/mesh/partition.h"

namespace mesh::backend {

class OpenStream {
 public:
  // Tells the front end that this back end is ending. What comes from now on is refused; once the
  // front end has closed its side, and what was taken is answered, the stream ends. Thread-safe,
  // as is Close.
  virtual void Drain() = 0;
  // Ends the stream once nothing is in flight, whatever the front end does.
  virtual void Close() = 0;

 protected:
  ~OpenStream() = default;
};

struct StreamContext {
  Partition& partitions;
  const Clock& clock;
  const size_t in_flight_max;
  Counter& messages_in;
  Counter& messages_out;
  Counter& requests_in;
  Counter& refused;  // While draining.
  Gauge& streams;
};

// Front ends answer a farewell at once: this is for a busy machine.
inline constexpr std::chrono::milliseconds kFarewell{2000};

// Thread-safe. Outlives its streams.
class StreamSet {
 public:
  // False when the set is closed: the stream must end at once.
  bool Add(OpenStream* stream);
  void Remove(OpenStream* stream);

  // Drains every stream, and takes no more; waits until all are gone, or `limit` has passed: false.
  // A front end that has not closed its side within kFarewell is of a version that knows nothing of
  // this: its stream ends as soon as nothing is in flight.
  bool DrainAll(Duration limit);

 private:
  std::mutex mutex_;
  std::condition_variable empty_;
  std::set<OpenStream*> streams_;  // Guarded by mutex_.
  bool closed_ = false;            // Guarded by mutex_.
};

}  // namespace mesh::backend
