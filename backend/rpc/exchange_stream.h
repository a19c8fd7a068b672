// One stream of one front end: makes what gRPC calls for each. Keeps gRPC out of
// headers.

#pragma once

#include "backend/rpc/stream_set.h"
#include "common/base/clock.h"

namespace grpc {
template <typename Request, typename Response>
class ServerBidiReactor;
}

namespace mesh::proto {
class PartitionReplies;
class PartitionRequest;
class PartitionRequests;
}  // namespace mesh::proto

namespace mesh::backend {

// How long whoever sent `request` waits. One that claims more than a minute gets that.
Duration TimeLeft(const proto::PartitionRequest& request);

// Starts reading a stream. What is returned belongs to gRPC and deletes itself after
// its last reaction. `streams` and `context` outlive it.
grpc::ServerBidiReactor<proto::PartitionRequests, proto::PartitionReplies>* NewExchangeStream(
    StreamSet& streams, const StreamContext& context);

}  // namespace mesh::backend
