// What the streams of one server share, and the set of those that are open.
// Sources of this folder only.

#pragma once

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
  // Ends the stream once nothing is in flight. Thread-safe.
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
  Gauge& streams;
};

// Thread-safe. Outlives its streams.
class StreamSet {
 public:
  // False when the set is closed: the stream must end at once.
  bool Add(OpenStream* stream);
  void Remove(OpenStream* stream);

  // Closes every stream, now and to come, and waits until all are gone or `limit` has
  // passed.
  void CloseAll(Duration limit);

 private:
  std::mutex mutex_;
  std::condition_variable empty_;
  std::set<OpenStream*> streams_;  // Guarded by mutex_.
  bool closed_ = false;            // Guarded by mutex_.
};

}  // namespace mesh::backend
