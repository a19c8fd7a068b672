// HopStream is one gRPC stream of PartitionService.Exchange: it batches what waits,
// and reports what arrives. Internal to grpc_partition; keeps gRPC out of it.

#pragma once

#include <functional>
#include <memory>

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

// What a stream reports, on gRPC's threads, one call at a time.
struct HopStreamEvents {
  std::function<void(std::unique_ptr<proto::PartitionReplies>)> received;
  // The stream is over, never with OK; nothing comes after it. `stream` is the
  // stream itself and must be let go on a thread of ours: with it may go the last
  // hold on the channel, and gRPC ends its threads then, which they cannot do to
  // themselves.
  std::function<void(const Status& why, std::shared_ptr<HopStream> stream)> closed;
};

// Thread-safe.
class HopStream {
 public:
  virtual ~HopStream() = default;
  // Sends `request` with the next message; sets its deadline_us then. What is late by
  // then is dropped: its caller has given up. Dropped too when the stream is over.
  virtual void Send(std::unique_ptr<proto::PartitionRequest> request, Deadline deadline) = 0;
  // Ends the stream soon; closed() follows unless it was called already.
  virtual void Cancel() = 0;
  // Blocks until closed() has returned. Not for gRPC's threads.
  virtual void AwaitClosed() = 0;
};

// A connection to one back end, made when the first stream needs it.
class HopChannel {
 public:
  virtual ~HopChannel() = default;
  // Begins a stream. It lives at least until it is closed, whoever holds it.
  virtual std::shared_ptr<HopStream> Open(HopStreamEvents events) = 0;
};

// `clock` and `metrics` outlive the channel and its streams.
std::unique_ptr<HopChannel> MakeHopChannel(const HopOptions& options, const Clock& clock,
                                           HopMetrics& metrics);

}  // namespace mesh::frontend
