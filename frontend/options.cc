#include "frontend/options.h"

#include <arpa/inet.h>

#include <charconv>
#include <chrono>
#include <map>

#include "common/mesh/account_address.h"

namespace mesh::frontend {
namespace {

constexpr char kFooter[] = R"(
Every option can also be given as an environment variable (--keys-dir as
MESH_KEYS_DIR) or as a line of the --config file (keys-dir=/var/lib/mesh/keys).
SIGHUP reads the map, the certificate, the keys and the pins again; all are also watched.
SIGTERM drains: not ready, connections closed after their reply, then the end.

Examples:
  mesh-frontend --domain example.com --map map.json --keys-dir keys \
    --tls-cert cert.pem --tls-key key.pem
  mesh-frontend --domain example.com --domain example.net --listen 0.0.0.0:443 \
    --admin 0.0.0.0:9100 --map /etc/mesh/map.json --keys-dir /var/lib/mesh/keys \
    --tls-cert cert.pem --tls-key key.pem \
    --backend-tls-ca ca.pem --backend-tls-cert fe.pem --backend-tls-key fe.key

  mesh-frontend --domain example.com --cluster main \
    --etcd-endpoints etcd1:2379,etcd2:2379,etcd3:2379 --map-cache /var/lib/mesh/map.json \
    --keys-dir /var/lib/mesh/keys --tls-cert cert.pem --tls-key key.pem

Exit status: 0 ended by a signal; 2 wrong options; 3 could not start (the map, the
keys, the certificate, the pins or a port).)";

void AddPlaces(CLI::App& app, FrontendOptions& options) {
  app.add_option(kListenFlag, options.listen, "address:port for clients; may be repeated");
  app.add_option(kPlainListenFlag, options.plain_listen,
                 "address:port without TLS, for sealed requests only (a load balancer has the "
                 "TLS); may be repeated");
  app.add_option("--admin", options.admin, "address:port for /metrics and health");
  app.add_option("--domain", options.service.domains, "A domain that is served; may be repeated")
      ->required();
  app.add_option("--host-name", options.service.names,
                 "A further name of this host that clients may use; may be repeated");
  app.add_option("--map", options.map_file,
                 "The partition map, a JSON file (or etcd's: --cluster)");
  cluster::AddClusterOptions(app, options.cluster);
  cluster::AddMapCacheOption(app, options.cluster);
  app.add_option("--keys-dir", options.keys_dir,
                 "Where the service's own keys are kept; made at the first start")
      ->required();
  app.add_option("--ticket-keys-dir", options.ticket_keys_dir,
                 "Keys of authentication tickets, shared by all front ends: files *.key of 32 "
                 "octets, of which the last by name seals (default: a random one)");
  app.add_option(
         "--tls-cert", options.tls_certificates,
         "Certificate for clients with its chain, PEM; may be repeated: clients get the one "
         "that names the host that they ask for, by name or wildcard, and who asks for "
         "none the first")
      ->required();
  app.add_option("--tls-key", options.tls_keys,
                 "Its private key, PEM; as often as --tls-cert, in the same order")
      ->required();
  app.add_option("--tls-ticket-keys", options.certificate.ticket_keys,
                 "Keys of session tickets, shared by all front ends (default: random)");
  app.add_option("--port-file", options.port_file, "Write the ports that were bound to this file");
}

void AddHop(CLI::App& app, FrontendOptions& options) {
  app.add_option("--backend-tls-ca", options.hop_tls.authorities,
                 "Who signs back ends' certificates, PEM; with it the hop uses mutual TLS");
  app.add_option("--backend-tls-cert", options.hop_tls.certificate,
                 "Certificate that back ends see, PEM");
  app.add_option("--backend-tls-key", options.hop_tls.private_key, "Its private key, PEM");
  app.add_option("--backend-tls-name", options.hop_tls.server_name,
                 "The name in back ends' certificates (default: their address in the map)");
  app.add_option("--hop-in-flight-max", options.hop_in_flight_max,
                 "Requests under way, per event loop and back end")
      ->check(CLI::PositiveNumber);
}

void AddPeers(CLI::App& app, FrontendOptions& options) {
  app.add_option("--dns-server", options.peers.name_servers,
                 "address:port of a name server to ask for other services instead of those of "
                 "/etc/resolv.conf; may be repeated");
  app.add_option("--peer-ca-file", options.peers.ca_file,
                 "Who signs other services' certificates, PEM (default: the machine's)");
  app.add_option("--peer-pins", options.peers.pins_file,
                 "Which service a domain is, told in advance: JSON, {\"DOMAIN\": \"UDF\"}");
  app.add_flag("--peer-allow-private", options.peers.allow_private,
               "Ask services at private and loopback addresses too: for tests, and for networks "
               "where nobody else's names are looked up");
}

// A time with its unit: 250ms, 10s, 2m.
void AddTime(CLI::App& app, const std::string& name, uint32_t& millis, const std::string& help) {
  static const std::map<std::string, uint32_t> kUnits = {{"ms", 1}, {"s", 1000}, {"m", 60'000}};
  app.add_option(name, millis, help)
      ->transform(CLI::AsNumberWithUnit(kUnits, CLI::AsNumberWithUnit::UNIT_REQUIRED, "TIME"))
      ->default_str(std::to_string(millis) + "ms");
}

// Messages are recognised by their recipients for 72 hours: nobody may try for longer.
constexpr double kRetryHoursMax = 70;

// A few tries: less, and a moment's trouble would lose messages.
constexpr double kRetryHoursMin = 4.0 / 3600;

// Hours, or a time with its unit: 90s, 30m, 48h.
void AddRetryTime(CLI::App& app, FrontendOptions& options) {
  static const std::map<std::string, double> kUnits = {
      {"s", 1.0 / 3600}, {"m", 1.0 / 60}, {"h", 1}};
  app.add_option("--outbox-retry-hours", options.outbox_retry_hours,
                 "How long delivery of a message is tried before its sender is told that it "
                 "failed: hours, or a time with its unit (90s, 30m); 4s to 70h")
      ->transform(CLI::AsNumberWithUnit(kUnits, CLI::AsNumberWithUnit::UNIT_OPTIONAL, "TIME"))
      ->check(CLI::Range(kRetryHoursMin, kRetryHoursMax));
}

void AddForwarder(CLI::App& app, FrontendOptions& options) {
  app.add_flag("--no-forwarding", options.no_forwarding,
               "Leave messages that wait for delivery to other front ends");
  AddRetryTime(app, options);
  AddTime(app, "--outbox-lease", options.outbox_lease_ms,
          "How long a message stays with this front end if it ends without a word; 4s to 10m");
  AddTime(app, "--outbox-poll", options.outbox_poll_ms,
          "How often each partition is asked for messages when none is known to be due");
}

void AddLoops(CLI::App& app, FrontendOptions& options) {
  app.add_option("--loops", options.server.loops,
                 "Event loops per listener; 0: one per core that may be used")
      ->check(CLI::Range(0, 1024));
  app.add_option("--io", options.io, "How sockets are served")
      ->check(CLI::IsMember({"auto", "uring", "epoll"}));
  app.add_option("--connections-max", options.server.connections_per_loop_max,
                 "Connections per event loop")
      ->check(CLI::PositiveNumber);
  AddTime(app, "--handshake-timeout", options.handshake_timeout_ms, "For the TLS handshake");
  AddTime(app, "--header-timeout", options.header_timeout_ms, "For an HTTP header");
  AddTime(app, "--body-timeout", options.body_timeout_ms, "For an HTTP body");
  AddTime(app, "--idle-timeout", options.idle_timeout_ms, "Between requests");
  AddTime(app, "--write-timeout", options.write_timeout_ms, "For a client to take a reply");
  AddTime(app, "--request-timeout", options.request_timeout_ms,
          "From a whole request to its reply");
  app.add_option("--drain-seconds", options.drain_seconds,
                 "How long requests may take to finish after SIGTERM");
}

void AddLimits(CLI::App& app, FrontendOptions& options) {
  ServiceOptions& service = options.service;
  app.add_option("--message-bytes-max", service.message_bytes_max, "Octets of one payload")
      ->check(CLI::PositiveNumber);
  app.add_option("--request-bytes-max", service.request_bytes_max, "Octets of one HTTP body")
      ->check(CLI::PositiveNumber);
  app.add_option("--header-bytes-max", options.server.connection.limits.header_bytes_max,
                 "Octets of one HTTP header")
      ->check(CLI::PositiveNumber);
  app.add_option("--in-flight-max", service.in_flight_max, "Requests under way per event loop")
      ->check(CLI::PositiveNumber);
  app.add_option("--body-bytes-max", service.body_bytes_in_flight_max,
                 "Octets of bodies under way per event loop")
      ->check(CLI::PositiveNumber);
  app.add_option("--account-rate", service.account_rate,
                 "Requests per second of one account per event loop; 0: no bound");
  app.add_option(
      "--operation-rate", service.operation_rate,
      "Threshold operations per second of one account with one key per event loop; 0: no "
      "bound");
  app.add_option("--exchange-rate", service.exchange_rate,
                 "Exchanges (new tickets) per second per event loop, and three times as many first "
                 "messages that may turn out to be none; 0: no bound");
  app.add_option("--ticket-seconds", service.ticket_seconds, "How long a ticket is good")
      ->check(CLI::PositiveNumber);
}

void AddBehaviour(CLI::App& app, FrontendOptions& options) {
  app.add_flag("--reference-compatibility", options.service.reference_compatibility,
               "Serve the reference client of July 2020: believes what the transport says about "
               "the caller, so every listener must be on a loopback address");
  app.add_option("--account-url", options.service.account_url,
                 "Told to who asks for an account of a domain that is not served: where to go on");
  app.add_flag("--log-requests", options.service.log_requests, "Log a line for each request");
  app.add_flag("--verbose", options.verbose, "Log more");
}

Status CheckListeners(const FrontendOptions& options, const std::string& flag,
                      const std::vector<std::string>& listeners) {
  for (const std::string& listen : listeners) {
    const Result<ListenAddress> address = ParseListenAddress(flag, listen);
    if (!address.ok()) return address.status();
    if (options.service.reference_compatibility && !IsLoopback(address->address)) {
      return InvalidArgument("--reference-compatibility lets anybody act on any account, so " +
                             listen + " is refused: every " + flag +
                             " must be on a loopback address (127.0.0.0/8 or [::1])");
    }
  }
  return Status();
}

Status CheckNames(const std::vector<std::string>& names, const std::string& flag) {
  for (const std::string& name : names) {
    if (!IsDomainName(name)) {
      return InvalidArgument(
          std::string(flag).append(" ").append(name).append(": expected a DNS name in lower case"));
    }
  }
  return Status();
}

Status CheckDns(const discovery::NameServers& servers) {
  const Status status = discovery::CheckNameServers(servers);
  return status.ok() ? status : InvalidArgument("--dns-server: " + status.message());
}

// A transfer gets a quarter of its lease, and less than a second is no time for one.
Status CheckOutbox(const FrontendOptions& options) {
  if (options.outbox_lease_ms >= 4000 && options.outbox_lease_ms <= 600'000) return Status();
  return InvalidArgument("--outbox-lease: expected 4s to 10m");
}

Status TakeCertificates(FrontendOptions& options) {
  const size_t count = options.tls_certificates.size();
  if (count == 0 || options.tls_keys.size() != count) {
    return InvalidArgument(
        "--tls-cert and --tls-key must be given equally often, and once at least");
  }
  options.certificate.certificate_chain = options.tls_certificates.front();
  options.certificate.private_key = options.tls_keys.front();
  options.certificate.more.clear();
  for (size_t i = 1; i < count; ++i) {
    options.certificate.more.push_back({options.tls_certificates[i], options.tls_keys[i]});
  }
  return Status();
}

}  // namespace

Result<ListenAddress> ParseListenAddress(const std::string& flag, const std::string& text) {
  const auto wrong = [&] {
    return InvalidArgument(flag + " " + text +
                           ": expected an address and a port, such as "
                           "127.0.0.1:8443 or [::1]:8443");
  };
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return wrong();
  ListenAddress listen;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, listen.port);
  if (error != std::errc() || rest != end) return wrong();
  listen.address = text.substr(0, colon);
  if (listen.address.size() > 2 && listen.address.front() == '[' && listen.address.back() == ']') {
    listen.address = listen.address.substr(1, listen.address.size() - 2);
  }
  in6_addr address;
  if (inet_pton(AF_INET, listen.address.c_str(), &address) != 1 &&
      inet_pton(AF_INET6, listen.address.c_str(), &address) != 1) {
    return wrong();
  }
  return listen;
}

bool IsLoopback(const std::string& address) {
  in_addr four;
  if (inet_pton(AF_INET, address.c_str(), &four) == 1) return ntohl(four.s_addr) >> 24 == 127;
  in6_addr six;
  return inet_pton(AF_INET6, address.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

void AddFrontendFlags(CLI::App& app, FrontendOptions& options) {
  app.option_defaults()->always_capture_default();
  AddPlaces(app, options);
  AddHop(app, options);
  AddPeers(app, options);
  AddForwarder(app, options);
  AddLoops(app, options);
  AddLimits(app, options);
  AddBehaviour(app, options);
}

void AddFrontendOptions(CLI::App& app, FrontendOptions& options) {
  AddFrontendFlags(app, options);
  app.footer(kFooter);
  AddCommonOptions(app, options.config_file);
}

Status CompleteFrontendOptions(FrontendOptions& options) {
  MESH_RETURN_IF_ERROR(cluster::CheckClusterOptions(options.cluster, options.map_file));
  MESH_RETURN_IF_ERROR(CheckListeners(options, kListenFlag, options.listen));
  MESH_RETURN_IF_ERROR(CheckListeners(options, kPlainListenFlag, options.plain_listen));
  MESH_RETURN_IF_ERROR(CheckNames(options.service.domains, "--domain"));
  MESH_RETURN_IF_ERROR(CheckNames(options.service.names, "--host-name"));
  MESH_RETURN_IF_ERROR(TakeCertificates(options));
  MESH_RETURN_IF_ERROR(CheckHopTls(options.hop_tls));
  MESH_RETURN_IF_ERROR(CheckDns(options.peers.name_servers));
  MESH_RETURN_IF_ERROR(CheckOutbox(options));
  MESH_ASSIGN(options.server.io, net::ParseIoKind(options.io));
  connection::ConnectionOptions& connection = options.server.connection;
  connection.limits.body_bytes_max = options.service.request_bytes_max;
  // What admission lets in, and as much on its way to it.
  connection.buffered_bytes_max = 2 * options.service.body_bytes_in_flight_max;
  connection.times.handshake = std::chrono::milliseconds(options.handshake_timeout_ms);
  connection.times.header = std::chrono::milliseconds(options.header_timeout_ms);
  connection.times.body = std::chrono::milliseconds(options.body_timeout_ms);
  connection.times.idle = std::chrono::milliseconds(options.idle_timeout_ms);
  connection.times.write = std::chrono::milliseconds(options.write_timeout_ms);
  connection.times.request = std::chrono::milliseconds(options.request_timeout_ms);
  ForwarderOptions& forwarder = options.forwarder;
  forwarder.domains = options.service.domains;
  forwarder.retry_time = std::chrono::duration_cast<Duration>(
      std::chrono::duration<double, std::ratio<3600>>(options.outbox_retry_hours));
  forwarder.lease_time = std::chrono::milliseconds(options.outbox_lease_ms);
  forwarder.poll_time = std::chrono::milliseconds(options.outbox_poll_ms);
  return Status();
}

}  // namespace mesh::frontend
