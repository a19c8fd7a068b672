// What an operator can set of a front end: one struct, one flag for each field.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/cluster/cluster_options.h"
#include "common/hop/channel.h"
#include "common/process/options.h"
#include "frontend/connection/server.h"
#include "frontend/forwarder/forwarder.h"
#include "frontend/peers/peers.h"
#include "frontend/service/service_options.h"
#include "frontend/tls/context.h"

namespace mesh::frontend {

struct FrontendOptions {
  std::vector<std::string> listen = {"127.0.0.1:8443"};
  std::vector<std::string> plain_listen;  // Without TLS.
  std::string admin = "127.0.0.1:9100";
  std::string map_file;  // Or `cluster`.
  cluster::ClusterOptions cluster;
  std::string keys_dir;
  std::string ticket_keys_dir;
  std::string port_file;
  std::string config_file;
  std::string io = "auto";
  uint32_t drain_seconds = 20;
  uint32_t hop_in_flight_max = 4096;
  uint32_t handshake_timeout_ms = 10'000;
  uint32_t header_timeout_ms = 10'000;
  uint32_t body_timeout_ms = 60'000;
  uint32_t idle_timeout_ms = 75'000;
  uint32_t write_timeout_ms = 30'000;
  uint32_t request_timeout_ms = kRequestTime.count();
  bool no_forwarding = false;
  double outbox_retry_hours = 48;
  uint32_t outbox_lease_ms = 60'000;
  uint32_t outbox_poll_ms = 1000;
  bool verbose = false;

  // One of each for each certificate; `certificate` follows from them.
  std::vector<std::string> tls_certificates;
  std::vector<std::string> tls_keys;
  tls::CertificateFiles certificate;
  HopTlsFiles hop_tls;
  ServiceOptions service;
  PeerOptions peers;
  ForwarderOptions forwarder;
  connection::ServerOptions server;  // Address and port are filled for each listener.
};

inline constexpr char kListenFlag[] = "--listen";
inline constexpr char kPlainListenFlag[] = "--plain-listen";

// host:port as a numeric address and a port. kInvalidArgument, with the flag's name, says what
// is allowed.
struct ListenAddress {
  std::string address;
  uint16_t port = 0;
};
Result<ListenAddress> ParseListenAddress(const std::string& flag, const std::string& text);
// Whether nobody outside this machine can reach `address`, a numeric one.
bool IsLoopback(const std::string& address);

// Adds every flag to `app`; `options` must outlive it.
void AddFrontendOptions(CLI::App& app, FrontendOptions& options);
// The same without environment variables and configuration file, for a program in which they
// are another's.
void AddFrontendFlags(CLI::App& app, FrontendOptions& options);

// What flags cannot check one by one. kInvalidArgument says which and why. Derives
// the fields that depend on others.
Status CompleteFrontendOptions(FrontendOptions& options);

}  // namespace mesh::frontend
