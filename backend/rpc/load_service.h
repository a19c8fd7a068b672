// Tells operators how busy the partitions are, and with whom: the service of proto/load.proto.
// Sources of this folder only.

#pragma once

#include <memory>

namespace grpc {
class Service;
}

namespace mesh {
class Clock;
}

namespace mesh::backend {

class PartitionSet;

// Each call blocks one of gRPC's threads for some milliseconds. Both outlive it.
std::unique_ptr<grpc::Service> NewLoadService(const PartitionSet& partitions, const Clock& clock);

}  // namespace mesh::backend
