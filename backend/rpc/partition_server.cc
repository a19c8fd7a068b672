#include "backend/rpc/partition_server.h"

#include <grpcpp/ext/health_check_service_server_builder_option.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "backend/rpc/exchange_stream.h"
#include "backend/rpc/load_service.h"
#include "backend/rpc/move_service.h"
#include "backend/rpc/stream_set.h"
#include "common/base/log.h"
#include "proto/partition.grpc.pb.h"

namespace mesh::backend {
namespace {

// One full request in base64 is below 4 MiB; a message carries many.
constexpr int kReceiveBytesMax = 64 << 20;
// How often certificate files are looked at.
constexpr unsigned kTlsRefreshSeconds = 10;
constexpr int kKeepaliveMillis = 20'000;
constexpr int kPingIntervalMillisMin = 5'000;

Status CheckReadable(const std::string& path, const std::string& what) {
  if (::access(path.c_str(), R_OK) == 0) return {};
  return InvalidArgument("cannot read the " + what + " file \"" + path + "\"");
}

Result<std::shared_ptr<grpc::ServerCredentials>> Credentials(const RpcTlsFiles& files) {
  if (files.certificate.empty()) return grpc::InsecureServerCredentials();
  MESH_RETURN_IF_ERROR(CheckReadable(files.certificate, "--tls-cert"));
  MESH_RETURN_IF_ERROR(CheckReadable(files.private_key, "--tls-key"));
  MESH_RETURN_IF_ERROR(CheckReadable(files.client_ca, "--tls-ca"));
  using grpc::experimental::FileWatcherCertificateProvider;
  const auto provider = std::make_shared<FileWatcherCertificateProvider>(
      files.private_key, files.certificate, files.client_ca, kTlsRefreshSeconds);
  grpc::experimental::TlsServerCredentialsOptions options(provider);
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  return grpc::experimental::TlsServerCredentials(options);
}

class Service final : public proto::PartitionService::CallbackService {
 public:
  Service(StreamSet& streams, const StreamContext& context)
      : streams_(streams), context_(context) {}

  grpc::ServerBidiReactor<proto::PartitionRequests, proto::PartitionReplies>* Exchange(
      grpc::CallbackServerContext* /*context*/) override {
    return NewExchangeStream(streams_, context_);
  }

  grpc::ServerUnaryReactor* Ask(grpc::CallbackServerContext* context,
                                const proto::PartitionRequest* request,
                                proto::PartitionReply* reply) override {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    const Deadline deadline = context_.clock.Now() + TimeLeft(*request);
    context_.partitions.Call(std::make_unique<proto::PartitionRequest>(*request), deadline,
                             [reactor, reply](std::unique_ptr<proto::PartitionReply> answer) {
                               reply->Swap(answer.get());
                               reactor->Finish(grpc::Status::OK);
                             });
    return reactor;
  }

 private:
  StreamSet& streams_;
  const StreamContext& context_;
};

}  // namespace

struct PartitionServer::State {
  State(const PartitionServerOptions& options, Partition& partitions, const Clock& clock,
        Registry& registry)
      : context{partitions,
                clock,
                options.in_flight_per_stream,
                registry.GetCounter("mesh_backend_messages_received_total",
                                    "Stream messages from front ends."),
                registry.GetCounter("mesh_backend_messages_sent_total",
                                    "Stream messages to front ends."),
                registry.GetCounter("mesh_backend_requests_received_total",
                                    "Requests in the messages received."),
                registry.GetCounter("mesh_backend_drain_refused_total",
                                    "Requests that came while this back end was ending, and were "
                                    "sent back untouched."),
                registry.GetGauge("mesh_backend_streams", "Open streams from front ends.")},
        clock_(clock),
        service(streams, context) {}

  StreamSet streams;
  const StreamContext context;
  const Clock& clock_;
  Service service;
  std::unique_ptr<grpc::Service> moves;  // Null: nothing moves.
  std::unique_ptr<grpc::Service> loads;  // Null: nobody tells them.
  int port = 0;
  std::unique_ptr<grpc::Server> server;
};

PartitionServer::PartitionServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

PartitionServer::~PartitionServer() {
  if (state_->server != nullptr) Drain(state_->clock_.Now());
}

Result<std::unique_ptr<PartitionServer>> PartitionServer::Start(
    const PartitionServerOptions& options, Partition& partitions, const Clock& clock,
    Registry& registry, MoveSource* moves, const PartitionSet* loads) {
  MESH_ASSIGN(const std::shared_ptr<grpc::ServerCredentials> credentials, Credentials(options.tls));
  auto state = std::make_unique<State>(options, partitions, clock, registry);
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  builder.AddListeningPort(options.listen, credentials, &state->port);
  builder.RegisterService(&state->service);
  if (moves != nullptr) {
    state->moves = NewMoveService(*moves);
    builder.RegisterService(state->moves.get());
  }
  if (loads != nullptr) {
    state->loads = NewLoadService(*loads, clock);
    builder.RegisterService(state->loads.get());
  }
  builder.SetMaxReceiveMessageSize(kReceiveBytesMax);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMillis);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kPingIntervalMillisMin);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  state->server = builder.BuildAndStart();
  if (state->server == nullptr || state->port == 0) {
    return Status(Code::kUnavailable, "cannot listen on " + options.listen +
                                          "; is the port in use, or the TLS key wrong?");
  }
  std::unique_ptr<PartitionServer> server(new PartitionServer(std::move(state)));
  server->SetHealthy(true);
  return server;
}

int PartitionServer::port() const { return state_->port; }

void PartitionServer::SetHealthy(bool healthy) {
  state_->server->GetHealthCheckService()->SetServingStatus(healthy);
}

void PartitionServer::Drain(Deadline deadline) {
  SetHealthy(false);
  if (!state_->streams.DrainAll(deadline - state_->clock_.Now())) {
    Log(LogLevel::kWarning, "streams were cut off; front ends ask again what they may",
        {{"next", "raise --drain-seconds if this comes back"}});
  }
  // What is still open is cut off: the front end learns that the outcome is unknown.
  state_->server->Shutdown(std::chrono::system_clock::now());
  state_->server->Wait();
  state_->server.reset();
}

}  // namespace mesh::backend
