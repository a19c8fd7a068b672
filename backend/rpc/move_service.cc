#include "backend/rpc/move_service.h"

#include <grpcpp/grpcpp.h>

#include "backend/moves/move_source.h"
#include "proto/move.grpc.pb.h"

namespace mesh::backend {
namespace {

grpc::Status AsGrpc(const Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return {static_cast<grpc::StatusCode>(status.code()), status.message()};
}

class Service final : public proto::MoveService::Service {
 public:
  explicit Service(MoveSource& source) : source_(source) {}

  grpc::Status Export(grpc::ServerContext* context, const proto::ExportRequest* request,
                      grpc::ServerWriter<proto::ExportMessage>* writer) override {
    return AsGrpc(source_.Export(*request, [&](const proto::ExportMessage& message) {
      return !context->IsCancelled() && writer->Write(message);
    }));
  }

  grpc::Status Command(grpc::ServerContext* /*context*/, const proto::MoveCommand* request,
                       proto::MoveAnswer* /*reply*/) override {
    return AsGrpc(source_.Command(*request));
  }

 private:
  MoveSource& source_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewMoveService(MoveSource& source) {
  return std::make_unique<Service>(source);
}

}  // namespace mesh::backend
