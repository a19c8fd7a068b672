// The way from one event loop to the partitions of this very process: what a direct listener
// has in the place of a hop (docs/OPERATIONS.md, "Direct connection").

#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/mesh/partition.h"
#include "frontend/net/event_loop.h"
#include "frontend/rpc/grpc_partition.h"

namespace mesh::frontend {

struct LocalOptions {
  std::string name;             // Of the back end, for the log.
  size_t in_flight_max = 4096;  // More are refused with kResourceExhausted.
};

// Call it, destroy it, and nothing else, on `loop`'s thread, where Done is called as well. A
// request whose deadline passes gets kDeadlineExceeded, its outcome unknown, as on a hop; so does
// what is open when the partition is destroyed. The messages of failures may be
// shown to clients. `owner`, `loop`, `clock` and `metrics` outlive it; replies that `owner` still
// gives after its end are dropped.
std::unique_ptr<Partition> MakeLocalPartition(const LocalOptions& options, Partition& owner,
                                              net::EventLoop& loop, const Clock& clock,
                                              HopMetrics& metrics);

}  // namespace mesh::frontend
