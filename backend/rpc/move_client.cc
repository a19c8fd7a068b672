#include "backend/rpc/move_client.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <mutex>
#include <string>
#include <utility>

#include "proto/move.grpc.pb.h"

namespace mesh::backend {
namespace {

// For one command: a source that takes longer has lost the freeze anyway.
constexpr std::chrono::seconds kCommandTime{5};

Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return {};
  return Status(static_cast<Code>(status.error_code()), status.error_message());
}

class Stream final : public CopyStream {
 public:
  Stream(std::shared_ptr<grpc::Channel> channel, const proto::ExportRequest& request)
      : stub_(proto::MoveService::NewStub(std::move(channel))),
        reader_(stub_->Export(&context_, request)) {}
  ~Stream() override {
    context_.TryCancel();
    if (!finished_) (void)reader_->Finish();
  }

  Status Next(proto::ExportMessage* message) override {
    if (reader_->Read(message)) return {};
    finished_ = true;
    const grpc::Status end = reader_->Finish();
    if (!end.ok()) return FromGrpc(end);
    return Status(Code::kUnavailable, "the copy has ended");
  }
  void Cancel() override { context_.TryCancel(); }

 private:
  grpc::ClientContext context_;
  const std::unique_ptr<proto::MoveService::Stub> stub_;
  const std::unique_ptr<grpc::ClientReader<proto::ExportMessage>> reader_;
  bool finished_ = false;
};

class Client final : public SourceLink {
 public:
  explicit Client(const HopTlsFiles& tls) : tls_(tls) {}

  Result<std::shared_ptr<CopyStream>> Export(const std::string& address,
                                             const proto::ExportRequest& request) override {
    MESH_ASSIGN(const HopTls tls, ReadHopTls(tls_));
    std::shared_ptr<grpc::Channel> channel = MakeHopChannel(address, tls);
    {
      const std::lock_guard lock(mutex_);
      address_ = address;
      channel_ = channel;
    }
    return std::shared_ptr<CopyStream>(std::make_shared<Stream>(std::move(channel), request));
  }

  Status Command(const std::string& address, const proto::MoveCommand& command) override {
    MESH_ASSIGN(const std::shared_ptr<grpc::Channel> channel, ChannelTo(address));
    const auto stub = proto::MoveService::NewStub(channel);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kCommandTime);
    proto::MoveAnswer answer;
    return FromGrpc(stub->Command(&context, command, &answer));
  }

 private:
  // That of the last copy, which is up, or a new one.
  Result<std::shared_ptr<grpc::Channel>> ChannelTo(const std::string& address) {
    {
      const std::lock_guard lock(mutex_);
      if (address == address_) return channel_;
    }
    MESH_ASSIGN(const HopTls tls, ReadHopTls(tls_));
    return MakeHopChannel(address, tls);
  }

  const HopTlsFiles tls_;
  std::mutex mutex_;
  std::string address_;  // Guarded by mutex_, as is channel_.
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace

std::unique_ptr<SourceLink> NewMoveClient(const HopTlsFiles& tls) {
  return std::make_unique<Client>(tls);
}

}  // namespace mesh::backend
