// HopStream is one gRPC stream of PartitionService.Exchange: it batches what waits,
// and reports what arrives. Internal to grpc_partition; keeps gRPC out of it.

#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "frontend/rpc/grpc_partition.h"

namespace mesh {
namespace proto {
class PartitionReplies;
}
}  // namespace mesh

namespace mesh::frontend {

class HopStream;

struct HopRequest {
  std::unique_ptr<proto::PartitionRequest> request;
  Deadline deadline;
};

// What a stream reports, on gRPC's threads: opened, unless it never was; received any
// number of times; draining, once at most; closed. received may come while opened has yet to
// return.
struct HopStreamEvents {
  // The back end has taken the stream: from now on requests may be sent.
  std::function<void()> opened;
  std::function<void(std::unique_ptr<proto::PartitionReplies>)> received;
  // The back end is ending: Retire the stream. Before the replies that came with it.
  std::function<void()> draining;
  // The stream is over, never with OK; nothing comes after it. `stream` is the
  // stream itself and must be let go on a thread of ours: with it goes its connection,
  // and gRPC may end its threads then, which they cannot do to themselves.
  std::function<void(const Status& why, std::shared_ptr<HopStream> stream)> closed;
};

// Thread-safe.
class HopStream {
 public:
  virtual ~HopStream() = default;
  // After opened(): sends `request` with the next message; sets its deadline_us then.
  // What is late by then is dropped: its caller has given up. Dropped too when the
  // stream is over.
  virtual void Send(HopRequest request) = 0;
  // The same for many, which go together.
  virtual void SendAll(std::vector<HopRequest> requests) = 0;
  // Nothing more is sent; what was sent is still answered, and then the stream ends. Returns
  // what was not sent, in its order. After it neither Send nor SendAll.
  virtual std::vector<HopRequest> Retire() = 0;
  // Ends the stream soon; closed() follows unless it was called already.
  virtual void Cancel() = 0;
  // Blocks until closed() has returned. Not for gRPC's threads.
  virtual void AwaitClosed() = 0;
};

// Knows how to reach one back end.
class HopConnector {
 public:
  virtual ~HopConnector() = default;
  // Looks the address up, connects once, and begins a stream on that connection, which
  // ends with it: when to try again is the caller's decision alone. The stream lives at
  // least until it is closed, whoever holds it.
  virtual std::shared_ptr<HopStream> Open(HopStreamEvents events) = 0;
};

// `clock` and `metrics` outlive the connector and its streams.
std::unique_ptr<HopConnector> MakeHopConnector(const HopOptions& options, const Clock& clock,
                                               HopMetrics& metrics);

}  // namespace mesh::frontend
