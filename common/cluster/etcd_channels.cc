#include "common/cluster/etcd_channels.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>

namespace mesh::cluster {
namespace {

// A connection on which a call is open is asked this often whether it lives, and for so long
// for an answer: a frozen machine is noticed within 15 s. etcd refuses pings that come more
// often than every 5 s.
constexpr int kKeepaliveMillis = 10'000;
constexpr int kKeepaliveAnswerMillis = 5'000;
// Between attempts to connect, and how long one may take.
constexpr int kBackoffMillisMin = 100;
constexpr int kBackoffMillisMax = 1'000;
constexpr int kConnectMillis = 2'000;
// Octets of one answer: a hundred thousand pins are 15 MB, and a map is one more.
constexpr int kReceiveBytesMax = 128 * 1024 * 1024;
// How often a wait looks whether it is still wanted.
constexpr std::chrono::milliseconds kLook{20};

grpc::ChannelArguments Arguments() {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMillis);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveAnswerMillis);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kBackoffMillisMin);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kBackoffMillisMax);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectMillis);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(kReceiveBytesMax);
  return arguments;
}

std::shared_ptr<grpc::ChannelCredentials> Credentials(const EtcdOptions& options) {
  if (options.authorities.empty()) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = options.authorities;
  tls.pem_cert_chain = options.certificate_chain;
  tls.pem_private_key = options.private_key;
  return grpc::SslCredentials(tls);
}

}  // namespace

EtcdChannels::EtcdChannels(const EtcdOptions& options, const Clock& clock) : clock_(clock) {
  const auto credentials = Credentials(options);
  for (const std::string& endpoint : options.endpoints) {
    channels_.push_back(grpc::CreateCustomChannel(endpoint, credentials, Arguments()));
  }
}

std::shared_ptr<grpc::Channel> EtcdChannels::Connected(Deadline deadline,
                                                       const std::function<bool()>& stopped) {
  while (!stopped()) {
    if (auto ready = Ready(); ready != nullptr) return ready;
    const MonotonicTime now = clock_.Now();
    if (now >= deadline) return nullptr;
    const auto until = std::chrono::system_clock::now() + std::min<Duration>(kLook, deadline - now);
    const auto& first = channels_.front();
    first->WaitForStateChange(first->GetState(true), until);
  }
  return nullptr;
}

// Also makes those that are not connected try.
std::shared_ptr<grpc::Channel> EtcdChannels::Ready() {
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < channels_.size(); ++i) {
    const size_t next = (current_ + i) % channels_.size();
    if (channels_[next]->GetState(true) != GRPC_CHANNEL_READY) continue;
    current_ = next;
    return channels_[next];
  }
  return nullptr;
}

void EtcdChannels::Leave(const std::shared_ptr<grpc::Channel>& channel) {
  const std::lock_guard lock(mutex_);
  if (channels_[current_] == channel) current_ = (current_ + 1) % channels_.size();
}

}  // namespace mesh::cluster
