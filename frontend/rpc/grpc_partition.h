// The way to one back end from one event loop: a long-lived stream over which many
// requests travel in one message (design: the internal hop).
//
// Whatever waits when the last write completed goes out as the next message, so load
// makes the batches and an idle hop adds no delay. Replies come in any order. When
// the stream breaks it is made again after a back-off with jitter; meanwhile requests
// are parked: they wait here until the back end takes the stream. A back end that ends says so
// first: from then on requests are parked, what was sent is still answered, and nothing is lost.

#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/hop/channel.h"
#include "common/mesh/partition.h"
#include "frontend/net/event_loop.h"

namespace mesh::frontend {

// What the hops of a process count. The metrics outlive them.
struct HopMetrics {
  explicit HopMetrics(Registry& registry);

  Histogram& latency;   // From Call to reply.
  Counter& requests;    // Sent.
  Counter& messages;    // That carried them.
  Counter& reconnects;  // Streams that broke.
  Counter& drains;      // Streams that ended in order, because their back end did.
  Counter& expired;     // Requests whose deadline passed here.
  Counter& refused;     // Because too many were in flight, or parked.
  Gauge& in_flight;     // At back ends, now.
  Gauge& parked;        // Waiting for a back end that is away, now.
};

// What one hop parks: a quarter of what an event loop admits by default (ServiceOptions),
// so that a back end that is away leaves the others room.
inline constexpr size_t kHopParkedMax = 1024;
inline constexpr size_t kHopParkedBytesMax = 64 * 1024 * 1024;

struct HopOptions {
  std::string name;     // Of the back end, for the log.
  std::string address;  // host:port.
  // What a connection is made with, asked for each on the loop's thread; null: no TLS.
  std::function<HopTls()> tls;
  size_t in_flight_max = 4096;  // More are refused with kResourceExhausted.
};

// Makes the hop and begins to connect. Call it, destroy the partition, and nothing
// else, on `loop`'s thread; Partition::Call may be used on any thread, and Done is
// always called on the loop's. A request is parked until the stream stands, over any
// number of attempts. One whose deadline passes before that, and one beyond the bounds
// of what is parked, gets kUnavailable, and the back end has never seen it. What was
// sent on a stream that broke gets kDeadlineExceeded, and its outcome is unknown. The message
// of such a reply says which it was and may be shown to clients: it names no back end.
// Destruction cancels the stream, answers what is open with kUnavailable, and
// blocks until gRPC has let go. `loop`, `clock` and `metrics` outlive the partition.
std::unique_ptr<Partition> MakeGrpcPartition(const HopOptions& options, net::EventLoop& loop,
                                             const Clock& clock, HopMetrics& metrics);

}  // namespace mesh::frontend
