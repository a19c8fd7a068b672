// Lets other back ends ask MoveSource over gRPC: the service of proto/move.proto. Sources of
// this folder only.

#pragma once

#include <memory>

namespace grpc {
class Service;
}

namespace mesh::backend {

class MoveSource;

// Each call blocks one of gRPC's threads; there is one for each move under way. `source`
// outlives it.
std::unique_ptr<grpc::Service> NewMoveService(MoveSource& source);

}  // namespace mesh::backend
