#include "backend/options.h"

namespace mesh::backend {
namespace {

constexpr char kFooter[] = R"(
Every option can also be given as an environment variable (--data-dir as
MESH_DATA_DIR) or as a line of the --config file (data-dir=/var/lib/mesh).

Examples:
  mesh-backend --name b1 --map map.json --data-dir var/b1
  mesh-backend --name b1 --map map.json --data-dir /var/lib/mesh --log-dir /var/log/mesh \
    --listen 0.0.0.0:9201 --tls-cert b1.pem --tls-key b1.key --tls-ca frontends.pem
  mesh-backend --name b1 --map map.json --data-dir /var/lib/mesh \
    --direct-listen 0.0.0.0:443 --direct-config /etc/mesh/direct.conf
  mesh-backend --name b1 --cluster main --etcd-endpoints etcd1:2379,etcd2:2379,etcd3:2379 \
    --data-dir /var/lib/mesh --map-cache /var/lib/mesh/map.json --listen 0.0.0.0:9201

Exit status: 0 ended by a signal; 2 wrong options; 3 could not start (the map, a
port, or a database); 4 the disk failed: nothing that was not safe on disk has been
acknowledged, start again.)";

void AddPlaces(CLI::App& app, BackendOptions& options) {
  app.add_option("--name", options.name, "This back end's name in the partition map")->required();
  app.add_option("--map", options.map_file,
                 "The partition map, a JSON file (or etcd's: --cluster)");
  app.add_option("--data-dir", options.data_dir, "Where the partitions' databases are kept")
      ->required();
  app.add_option("--log-dir", options.log_dir,
                 "Where RocksDB's own logs go; best not the data's disk (default: nowhere; its "
                 "warnings are always in the log on standard error)");
  app.add_option("--listen", options.rpc.listen, "host:port for front ends (gRPC)");
  app.add_option("--admin", options.admin, "address:port for /metrics and health");
  app.add_option("--port-file", options.port_file, "Write the ports that were bound to this file");
  app.add_option("--tls-cert", options.rpc.tls.certificate,
                 "Certificate for front ends, PEM; with it, theirs is required too");
  app.add_option("--tls-key", options.rpc.tls.private_key, "Its private key, PEM");
  app.add_option("--tls-ca", options.rpc.tls.client_ca, "Who signs front ends' certificates, PEM");
}

void AddCluster(CLI::App& app, BackendOptions& options) {
  cluster::AddClusterOptions(app, options.cluster);
  cluster::AddMapCacheOption(app, options.cluster);
  app.add_option("--owner-lease", options.owner_lease_seconds,
                 "Seconds that this back end serves on without etcd, and that a replacement with "
                 "another data directory waits for (docs/CLUSTER.md)")
      ->check(CLI::Range(3, 7 * 24 * 3600));
  app.add_option("--advertise", options.advertise,
                 "host:port at which front ends reach this back end (default: --listen, with this "
                 "host's name when that is every address)");
  app.add_option("--direct-host", options.direct_host,
                 "The DNS name that leads devices to this back end");
  app.add_option("--zone", options.zone, "Where this back end stands, in your words");
}

void AddDirect(CLI::App& app, BackendOptions& options) {
  app.add_option("--direct-listen", options.direct.listen,
                 "address:port where devices reach their accounts without a front end; may be "
                 "repeated (default: none)");
  app.add_option("--direct-config", options.direct.config_file,
                 "How it serves them: options of mesh-frontend as name=value lines (domain, "
                 "keys-dir, ticket-keys-dir, tls-cert, tls-key, ...)");
}

void AddLimits(CLI::App& app, BackendOptions& options) {
  WriterLimits& writer = options.partitions.writer;
  app.add_option("--queue-requests", writer.queue_requests, "Requests that wait, per partition")
      ->check(CLI::PositiveNumber);
  app.add_option("--queue-bytes", writer.queue_bytes, "Octets that wait, per partition")
      ->check(CLI::PositiveNumber);
  app.add_option("--batch-requests", writer.batch_requests, "Requests in one commit")
      ->check(CLI::PositiveNumber);
  app.add_option("--batch-bytes", writer.batch_bytes, "Octets in one commit")
      ->check(CLI::PositiveNumber);
  app.add_option("--read-threads", options.partitions.reader.threads,
                 "Threads for requests that only read; 0: the thread that brings them");
  app.add_option("--stream-requests", options.rpc.in_flight_per_stream,
                 "Requests in flight on one stream")
      ->check(CLI::PositiveNumber);
  app.add_option("--drain-seconds", options.drain_seconds,
                 "How long a request may take to finish after SIGTERM");
}

void AddMoves(CLI::App& app, BackendOptions& options) {
  // The least keeps a message to seconds.
  app.add_option("--move-bytes-per-second", options.moves.bytes_per_second,
                 "Octets a second of one copy of accounts that move away from here")
      ->check(CLI::Range(uint64_t{64} << 10, uint64_t{1} << 40));
  app.add_option_function<uint32_t>(
         "--move-freeze-max",
         [&options](uint32_t millis) {
           options.moves.freeze_max = std::chrono::milliseconds(millis);
         },
         "Milliseconds that accounts may be frozen before their move is given up")
      ->check(CLI::Range(100, 60'000))
      ->default_str(std::to_string(options.moves.freeze_max.count()));
  app.add_option("--peer-tls-name", options.peer_tls_name,
                 "The name in other back ends' certificates (default: their address's host)");
}

void AddStore(CLI::App& app, BackendOptions& options) {
  app.add_option("--block-cache-bytes", options.block_cache_bytes,
                 "Cache of table blocks, all partitions together");
  app.add_option("--write-buffer-bytes", options.store.write_buffer_bytes,
                 "One memtable; a partition has up to eight")
      ->check(CLI::Range(uint64_t{1} << 20, uint64_t{1} << 32));
  app.add_option("--background-jobs", options.store.background_jobs,
                 "Flushes and compactions at a time, per partition")
      ->check(CLI::Range(1, 64));
  app.add_option("--min-free-bytes", options.store.min_free_bytes,
                 "Refuse writes while the data's disk has less free");
}

void AddPolicy(CLI::App& app, BackendOptions& options) {
  AccountPolicy& policy = options.policy;
  app.add_option("--account-bytes-max", policy.bytes_max, "Octets an account may hold");
  app.add_option("--account-entries-max", policy.entries_max, "Entries an account may hold");
  app.add_option("--account-containers-max", policy.containers_max,
                 "Containers an account may hold");
  app.add_option("--message-bytes-max", policy.message_bytes_max, "Octets of one payload");
  app.add_option("--pending-upload-seconds", options.pending_upload_seconds,
                 "How long a redacted upload waits for its payloads");
  app.add_option("--message-policy", options.message_policy_file,
                 "Who may send messages to whom, a file of lines; watched (docs/OPERATIONS.md)");
  app.add_flag("--closed-registration", options.closed_registration, "Nobody can make an account");
  app.add_option("--reserved-name", policy.reserved_names,
                 "A local part that nobody can register; may be repeated");
  app.add_option("--registration-url", policy.registration_url,
                 "Told to whom an account is refused: where to go on");
  app.add_option("--incidents-max", options.incidents.incidents_max,
                 "Incidents that a partition keeps; the oldest go first")
      ->check(CLI::Range(10, 10'000'000));
  app.add_option("--incident-days", options.incidents.days, "How long it keeps one")
      ->check(CLI::Range(1, 3650));
  app.add_flag("--verbose", options.verbose, "Log more");
}

}  // namespace

void AddBackendOptions(CLI::App& app, BackendOptions& options) {
  app.option_defaults()->always_capture_default();
  AddPlaces(app, options);
  AddCluster(app, options);
  AddDirect(app, options);
  AddLimits(app, options);
  AddStore(app, options);
  AddMoves(app, options);
  AddPolicy(app, options);
  app.footer(kFooter);
  AddCommonOptions(app, options.config_file);
}

Status CompleteBackendOptions(BackendOptions& options) {
  MESH_RETURN_IF_ERROR(cluster::CheckClusterOptions(options.cluster, options.map_file));
  const RpcTlsFiles& tls = options.rpc.tls;
  const bool some = !tls.certificate.empty() || !tls.private_key.empty() || !tls.client_ca.empty();
  const bool all = !tls.certificate.empty() && !tls.private_key.empty() && !tls.client_ca.empty();
  if (some && !all) {
    return InvalidArgument("--tls-cert, --tls-key and --tls-ca must be given together");
  }
  if (options.direct.listen.empty() != options.direct.config_file.empty()) {
    return InvalidArgument("--direct-listen and --direct-config must be given together");
  }
  options.partitions.name = options.name;
  options.policy.registration_open = !options.closed_registration;
  options.policy.pending_upload_time = std::chrono::seconds(options.pending_upload_seconds);
  return {};
}

}  // namespace mesh::backend
