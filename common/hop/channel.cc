#include "common/hop/channel.h"

#include <grpcpp/grpcpp.h>

#include <fstream>
#include <iterator>

namespace mesh {
namespace {

// For connecting, from the first packet to the end of the handshakes. Enough for a busy
// machine, and short, because a host that swallows packets may be back meanwhile.
constexpr int kConnectMillis = 2000;

Result<std::string> ReadText(const std::string& path) {
  if (path.empty()) return std::string();
  std::ifstream file(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file.is_open() || file.bad()) return Status(Code::kUnavailable, "cannot read " + path);
  // A file that is just being written must not become a hop without TLS.
  if (text.empty()) return Status(Code::kUnavailable, path + " is empty");
  return text;
}

std::shared_ptr<grpc::ChannelCredentials> Credentials(const HopTls& tls) {
  if (!tls.enabled()) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = tls.authorities;
  options.pem_cert_chain = tls.certificate_chain;
  options.pem_private_key = tls.private_key;
  return grpc::SslCredentials(options);
}

grpc::ChannelArguments Arguments(const HopTls& tls) {
  grpc::ChannelArguments arguments;
  // A connection of its own: event loops must not wait for each other's messages, nor a
  // new stream for the back-off of an earlier one.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // gRPC's name for the time that one attempt to connect gets at least.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectMillis);
  // The hop never leaves our own network: a proxy of the environment is not meant for it.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetMaxSendMessageSize(-1);
  if (!tls.server_name.empty()) arguments.SetSslTargetNameOverride(tls.server_name);
  return arguments;
}

}  // namespace

Status CheckHopTls(const HopTlsFiles& files) {
  const int given =
      !files.authorities.empty() + !files.certificate.empty() + !files.private_key.empty();
  if (given == 0 || given == 3) return Status();
  return InvalidArgument(
      "--backend-tls-ca, --backend-tls-cert and --backend-tls-key must be given together");
}

Result<HopTls> ReadHopTls(const HopTlsFiles& files) {
  HopTls tls;
  MESH_ASSIGN(tls.authorities, ReadText(files.authorities));
  MESH_ASSIGN(tls.certificate_chain, ReadText(files.certificate));
  MESH_ASSIGN(tls.private_key, ReadText(files.private_key));
  tls.server_name = files.server_name;
  return tls;
}

std::shared_ptr<grpc::Channel> MakeHopChannel(const std::string& address, const HopTls& tls) {
  return grpc::CreateCustomChannel(address, Credentials(tls), Arguments(tls));
}

}  // namespace mesh
