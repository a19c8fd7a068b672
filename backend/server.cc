#include "backend/server.h"

#include <cmath>
#include <filesystem>
#include <utility>

#include "backend/rpc/move_client.h"
#include "common/base/log.h"
#include "common/crypto/random.h"
#include "common/mesh/partition_map.h"
#include "common/process/build_info.h"
#include "common/process/certificate_gauge.h"
#include "common/process/port_file.h"

namespace mesh::backend {
namespace {

// RocksDB's statistics take its locks; a scrape asks for several of one store.
double Read(const RocksDbStore* store, uint64_t RocksDbStats::*field) {
  return static_cast<double>(store->Stats().*field);
}

struct StoreGauge {
  std::string_view name;
  std::string_view help;
  uint64_t RocksDbStats::*field;
};
constexpr StoreGauge kStoreGauges[] = {
    {"mesh_store_live_data_bytes", "Estimate of live data.", &RocksDbStats::live_data_bytes},
    {"mesh_store_table_files_bytes", "Table files on disk.", &RocksDbStats::table_files_bytes},
    {"mesh_store_memtable_bytes", "All memtables.", &RocksDbStats::memtable_bytes},
    {"mesh_store_block_cache_bytes", "Block cache in use.", &RocksDbStats::block_cache_bytes},
    {"mesh_store_pending_compaction_bytes", "Compaction debt.",
     &RocksDbStats::pending_compaction_bytes},
    {"mesh_store_disk_free_bytes", "Free space of the data's disk.", &RocksDbStats::free_bytes},
};

// All stores of this program are made by OpenStore.
const RocksDbStore& StoreOf(const Replica& replica) {
  return static_cast<const RocksDbStore&>(replica.store());
}

// For who asks whether this back end is ready.
constexpr char kUnproven[] =
    "this back end cannot prove its lease of its name, and serves nothing until etcd confirms it "
    "(mesh_owner_lease_left_seconds is 0); its log says why";

Result<std::string> LogPath(const std::string& log_dir, PartitionId id) {
  if (log_dir.empty()) return std::string();
  std::error_code error;
  std::filesystem::create_directories(log_dir, error);
  if (!error) return log_dir + "/rocksdb-" + std::to_string(id) + ".log";
  return Status(Code::kUnavailable,
                "cannot make the folder " + log_dir + " (--log-dir): " + error.message());
}

}  // namespace

Result<std::unique_ptr<BackendServer>> BackendServer::Start(
    const BackendOptions& options, std::function<void(const Status&)> on_broken,
    const std::function<bool()>& stopped) {
  std::unique_ptr<BackendServer> server(new BackendServer(options, std::move(on_broken)));
  MESH_RETURN_IF_ERROR(server->StartParts(stopped));
  return server;
}

BackendServer::BackendServer(const BackendOptions& options,
                             std::function<void(const Status&)> on_broken)
    : options_(options), on_broken_(std::move(on_broken)) {}

// The admin port reads what the others count, so it ends before them. Maps are handed on
// until nobody asks any more.
BackendServer::~BackendServer() {
  if (admin_ != nullptr) admin_->SetReady(false);
  if (direct_ != nullptr) direct_->Drain();
  if (mover_ != nullptr) mover_->Stop();
  if (rpc_ != nullptr) rpc_->Drain(clock_.In(std::chrono::seconds(options_.drain_seconds)));
  if (cluster_ != nullptr) cluster_->Stop();
  {
    const std::lock_guard lock(load_mutex_);
    ending_ = true;
  }
  admin_.reset();
}

Status BackendServer::StartParts(const std::function<bool()>& stopped) {
  ExportBuildInfo("mesh-backend", registry_);
  MESH_ASSIGN(admin_, AdminServer::Start(options_.admin, registry_));
  MESH_ASSIGN(const std::shared_ptr<const PartitionMap> map, FindMap(stopped));
  environment_.reset(new Environment{clock_, map->slot_key(), options_.policy,
                                     crypto::SystemRandom(), metrics_, on_broken_});
  environment_->incident_limits = options_.incidents;
  if (!options_.message_policy_file.empty()) {
    MESH_ASSIGN(message_policy_,
                SitePolicyFile::Open(options_.message_policy_file, environment_->site_policy));
  }
  MESH_RETURN_IF_ERROR(OpenPartitions(map));
  Partition& door = fence_ != nullptr ? static_cast<Partition&>(*fence_) : *partitions_;
  ExportQueueMetrics();
  ExportMessageMetrics();
  ExportIncidentMetrics();
  ExportCertificateEnd("hop", options_.rpc.tls.certificate, registry_);
  ExportCertificateEnd("etcd", options_.cluster.cert_file, registry_);
  MakeMover();
  MESH_ASSIGN(rpc_, PartitionServer::Start(options_.rpc, door, clock_, registry_,
                                           mover_ == nullptr ? nullptr : &mover_->source(),
                                           partitions_.get()));
  MESH_RETURN_IF_ERROR(StartDirect(door));
  JoinServing();
  admin_->SetStarted();
  admin_->SetReady(true);
  MESH_RETURN_IF_ERROR(WritePorts());
  Log(LogLevel::kInfo, "ready",
      {{"name", options_.name},
       {"partitions", std::to_string(partitions_->replicas().size())},
       {"map_epoch", std::to_string(map->epoch())},
       {"rpc_port", std::to_string(rpc_port())},
       {"admin_port", std::to_string(admin_port())},
       {"direct", direct_ == nullptr ? "no" : "yes"},
       {"tls", options_.rpc.tls.certificate.empty() ? "no" : "mutual"}});
  return {};
}

Result<std::shared_ptr<const PartitionMap>> BackendServer::FindMap(
    const std::function<bool()>& stopped) {
  if (options_.cluster.enabled()) {
    MESH_ASSIGN(cluster_, ClusterMember::Open(options_, clock_, registry_));
    return cluster_->Join(stopped);
  }
  MESH_ASSIGN(PartitionMap map, PartitionMap::Load(options_.map_file));
  return std::make_shared<const PartitionMap>(std::move(map));
}

Status BackendServer::OpenPartitions(std::shared_ptr<const PartitionMap> map) {
  PartitionSetOptions options = options_.partitions;
  options.opened = [this](Replica& replica) { ExportPartitionMetrics(replica); };
  if (cluster_ != nullptr) {
    options.behind = [member = cluster_.get()](uint64_t epoch) { member->Behind(epoch); };
    opener_metrics_ = std::make_unique<OpenerMetrics>(registry_);
    options.opener_metrics = opener_metrics_.get();
  }
  const size_t count = map->PartitionsOf(options_.name).size();
  MESH_ASSIGN(partitions_,
              PartitionSet::Open(options, std::move(map), *environment_,
                                 [this, count](PartitionId id) { return OpenStore(id, count); }));
  for (const auto& [id, replica] : partitions_->replicas()) ExportPartitionMetrics(*replica);
  if (cluster_ == nullptr) return {};
  fence_ = std::make_unique<Fence>(
      *partitions_, [member = cluster_.get()] { return member->Owned(); }, registry_);
  cluster_->Follow(*partitions_);
  return {};
}

// Front ends come from now on, and other back ends.
void BackendServer::JoinServing() {
  if (cluster_ == nullptr) return;
  cluster_->Register(rpc_port(), [this] { return Load(); });
  mover_->Run();
  admin_->SetReadiness([member = cluster_.get()] { return member->Owned() ? "" : kUnproven; });
}

// Other back ends know this one by the certificate that it shows to front ends.
void BackendServer::MakeMover() {
  if (cluster_ == nullptr) return;
  const RpcTlsFiles& tls = options_.rpc.tls;
  mover_ = std::make_unique<Mover>(
      *partitions_, *environment_, options_.cluster.cluster, cluster_->store(),
      NewMoveClient({tls.client_ca, tls.certificate, tls.private_key, options_.peer_tls_name}),
      options_.moves, registry_, [member = cluster_.get()] { return member->Owned(); });
}

int64_t BackendServer::DataBytes() const {
  uint64_t total = 0;
  for (const auto& [id, replica] : partitions_->replicas()) {
    total += StoreOf(*replica).Stats().table_files_bytes;
  }
  return static_cast<int64_t>(total);
}

// Membership asks until the partitions are gone.
NodeLoad BackendServer::Load() const {
  const std::lock_guard lock(load_mutex_);
  if (ending_) return {};
  double requests = 0;
  for (const PartitionLoad& load : partitions_->Loads()) requests += load.requests;
  return {DataBytes(), std::lround(requests)};
}

Status BackendServer::StartDirect(Partition& door) {
  if (options_.direct.listen.empty()) return {};
  const DirectHost host{options_.name,    options_.map_file,
                        options_.cluster, door,
                        registry_,        cluster_ == nullptr ? nullptr : &cluster_->watcher()};
  MESH_ASSIGN(direct_, DirectListener::Start(options_.direct, host));
  return {};
}

// "direct" for the first direct listener, "direct2" and so on for the others.
Status BackendServer::WritePorts() const {
  if (options_.port_file.empty()) return {};
  std::vector<std::pair<std::string, int>> ports = {{"rpc", rpc_port()}, {"admin", admin_port()}};
  const std::vector<int> direct = direct_ == nullptr ? std::vector<int>() : direct_->ports();
  for (size_t i = 0; i < direct.size(); ++i) {
    ports.emplace_back(i == 0 ? "direct" : "direct" + std::to_string(i + 1), direct[i]);
  }
  return WritePortFile(options_.port_file, ports);
}

// `partitions` share the cache. One that comes later gets as much as those that were there at the
// start, until the next start shares it anew.
Result<std::unique_ptr<Store>> BackendServer::OpenStore(PartitionId id, size_t partitions) const {
  RocksDbOptions options = options_.store;
  options.path = options_.data_dir + "/" + std::to_string(id);
  MESH_ASSIGN(options.log_path, LogPath(options_.log_dir, id));
  options.block_cache_bytes = options_.block_cache_bytes / partitions;
  MESH_ASSIGN(std::unique_ptr<RocksDbStore> store, RocksDbStore::Open(options));
  Log(LogLevel::kInfo, "store open",
      {{"partition", std::to_string(id)}, {"log", store->LogSettings()}});
  return std::unique_ptr<Store>(std::move(store));
}

// Also for partitions that are opened later, on the opener's thread.
void BackendServer::ExportPartitionMetrics(Replica& replica) {
  const Labels labels = {{"partition", std::to_string(replica.id())}};
  ExportStoreMetrics(labels, &StoreOf(replica));
  ExportReplicaMetrics(labels, &replica);
}

void BackendServer::ExportStoreMetrics(const Labels& labels, const RocksDbStore* store) {
  for (const StoreGauge& gauge : kStoreGauges) {
    registry_.AddCallback(gauge.name, gauge.help, labels, false,
                          [store, field = gauge.field] { return Read(store, field); });
  }
  registry_.AddCallback("mesh_store_background_errors_total",
                        "Flushes and compactions that failed.", labels, true,
                        [store] { return Read(store, &RocksDbStats::background_errors); });
  registry_.AddCallback(
      "mesh_store_disk_reserve_bytes", "With less free space than this the store refuses writes.",
      labels, false,
      [reserve = options_.store.min_free_bytes] { return static_cast<double>(reserve); });
  registry_.AddCallback("mesh_store_read_only", "1 while the store refuses writes.", labels, false,
                        [store] { return store->Stats().read_only ? 1.0 : 0.0; });
  registry_.AddCallback("mesh_store_write_stopped", "1 while RocksDB holds writes back.", labels,
                        false, [store] { return store->Stats().write_stopped ? 1.0 : 0.0; });
}

// What waits in a partition: for its writer, for delivery, and in its incident spool.
void BackendServer::ExportReplicaMetrics(const Labels& labels, Replica* here) {
  registry_.AddCallback("mesh_backend_write_queue_requests", "Requests waiting for the writer.",
                        labels, false,
                        [here] { return static_cast<double>(here->writer().waiting()); });
  registry_.AddCallback("mesh_backend_log_index", "Log index of the last commit.", labels, false,
                        [here] { return static_cast<double>(here->writer().log_index()); });
  registry_.AddCallback("mesh_outbox_entries", "Messages that wait for delivery.", labels, false,
                        [here] { return static_cast<double>(here->outbox().entries); });
  registry_.AddCallback("mesh_outbox_oldest_seconds", "How long the oldest of them has waited.",
                        labels, false, [here] { return here->outbox().oldest_seconds; });
  registry_.AddCallback("mesh_incident_records", "Records in the incident spool.", labels, false,
                        [here] { return static_cast<double>(here->incident_spool().incidents); });
  registry_.AddCallback("mesh_incidents_dropped_total",
                        "Records that gave way to newer ones, or to time, ever.", labels, true,
                        [here] { return static_cast<double>(here->incident_spool().dropped); });
}

void BackendServer::ExportQueueMetrics() {
  PartitionSet* const set = partitions_.get();
  registry_.AddCallback("mesh_backend_read_queue_requests", "Requests waiting for a reader.", {},
                        false, [set] { return static_cast<double>(set->reads_waiting()); });
  registry_.AddCallback("mesh_map_epoch", "Epoch of the partition map in force.", {}, false,
                        [this] { return static_cast<double>(environment_->map_epoch.load()); });
}

// What access control said of messages.
void BackendServer::ExportMessageMetrics() {
  for (size_t i = 0; i < kDeliveryResults; ++i) {
    const auto result = static_cast<DeliveryResult>(i);
    const std::atomic<uint64_t>* const count = &environment_->deliveries.counts[i];
    registry_.AddCallback("mesh_messages_total",
                          "Messages at their recipients, by what became of them.",
                          {{"result", std::string(MetricName(result))}}, true,
                          [count] { return static_cast<double>(count->load()); });
  }
}

// Refused and abusive traffic, as the incident spools have it.
void BackendServer::ExportIncidentMetrics() {
  for (size_t i = 0; i < kIncidentKinds; ++i) {
    const std::atomic<uint64_t>* const count = &environment_->incident_figures.counts[i];
    registry_.AddCallback("mesh_incidents_total",
                          "Refused and abusive traffic that was recorded, by kind.",
                          {{"kind", std::string(IncidentKindName(static_cast<IncidentKind>(i)))}},
                          true, [count] { return static_cast<double>(count->load()); });
  }
}

}  // namespace mesh::backend
