#include "frontend/server.h"

#include <unistd.h>

#include <algorithm>
#include <span>
#include <utility>

#include "common/base/log.h"
#include "common/binding/wire_envelope.h"
#include "common/crypto/random.h"
#include "common/process/build_info.h"
#include "common/process/certificate_gauge.h"
#include "common/process/port_file.h"
#include "frontend/connection_metrics.h"
#include "frontend/net/delays.h"
#include "frontend/peers/loop_peers.h"
#include "frontend/rpc/local_partition.h"

namespace mesh::frontend {
namespace {

SlotKey RandomKey() {
  SlotKey key;
  crypto::SystemRandom().Fill(key);
  return key;
}

// Of this process among the front ends.
std::string ProcessName() {
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  return std::string(host) + ":" + std::to_string(::getpid());
}

void LogFailure(std::string_view event, const Status& status) {
  static LogLimiter limiter(std::chrono::seconds(10));
  uint64_t suppressed = 0;
  if (!limiter.Allow(SystemClock().Now(), &suppressed)) return;
  Log(LogLevel::kWarning, event, {{"error", status.message()}});
}

}  // namespace

Result<std::unique_ptr<FrontendServer>> FrontendServer::Start(const FrontendOptions& options) {
  std::unique_ptr<FrontendServer> server(new FrontendServer(options, std::nullopt));
  MESH_RETURN_IF_ERROR(server->StartParts());
  return server;
}

Result<std::unique_ptr<FrontendServer>> FrontendServer::StartIn(const Host& host,
                                                                const FrontendOptions& options) {
  std::unique_ptr<FrontendServer> server(new FrontendServer(options, host));
  MESH_RETURN_IF_ERROR(server->StartParts());
  return server;
}

FrontendServer::FrontendServer(const FrontendOptions& options, std::optional<Host> host)
    : options_(options),
      host_(std::move(host)),
      registry_(host_ ? host_->registry : own_registry_),
      key_folder_(options.keys_dir, HelloBesidesKeys(), keys_),
      shared_{options_.service,        keys_,      keyring_, clock_, service_metrics_,
              authentication_metrics_, RandomKey()} {}

void FrontendServer::Drain() {
  drained_ = true;
  SetServing(false);
  const Deadline deadline = clock_.In(std::chrono::seconds(options_.drain_seconds));
  if (forwarder_ != nullptr) forwarder_->BeginDrain();
  for (const auto& listener : listeners_) {
    const Duration left = std::max(Duration::zero(), Duration(deadline - clock_.Now()));
    if (!listener->Drain(left)) Log(LogLevel::kWarning, "connections were cut off");
  }
  if (forwarder_ != nullptr && !forwarder_->AwaitDrained(deadline)) {
    Log(LogLevel::kWarning, "messages are left to other front ends, once their leases end");
  }
}

// The loops end before the reloader and the map's source, which their routers may be waiting for,
// and after the last answers of other services; the admin port, which reads the listeners'
// counters, ends before them, and the forwarder, which they nudge, after them.
FrontendServer::~FrontendServer() {
  if (!drained_) Drain();
  if (peer_caller_ != nullptr) peer_caller_->Stop();
  admin_.reset();
  for (const auto& listener : listeners_) listener->Stop();
  forwarder_.reset();
  reloader_.reset();
  if (map_source_ != nullptr) map_source_->Stop();
}

Status FrontendServer::StartParts() {
  if (!host_) MESH_RETURN_IF_ERROR(StartAdmin());
  MESH_RETURN_IF_ERROR(LoadFiles());
  reloader_ = std::make_unique<Reloader>([this](bool forced) { Reload(forced); });
  MESH_RETURN_IF_ERROR(StartForwarder());
  MESH_RETURN_IF_ERROR(StartListeners());
  ExportCertificateEnds();
  ExportConnectionMetrics(listeners_, registry_);
  if (admin_ != nullptr) admin_->SetStarted();
  SetServing(true);
  LogReady();
  return WritePorts();
}

void FrontendServer::SetServing(bool serving) {
  {
    const std::lock_guard lock(ready_mutex_);
    serving_ = serving;
  }
  UpdateReadiness();
}

// Without a map there is nobody to send requests to.
void FrontendServer::UpdateReadiness() {
  const std::lock_guard lock(ready_mutex_);
  if (admin_ != nullptr) admin_->SetReady(serving_ && map_.current() != nullptr);
}

Status FrontendServer::OpenMap() {
  if (host_ && host_->map_watcher != nullptr) {
    map_source_ = MapSource::FromWatcher(*host_->map_watcher, map_);
    return Status();
  }
  if (!options_.cluster.enabled()) {
    MESH_ASSIGN(map_source_, MapSource::FromFile(options_.map_file, map_));
    return Status();
  }
  const auto changed = [this] { UpdateReadiness(); };
  MESH_ASSIGN(map_source_, MapSource::FromEtcd(options_.cluster, clock_, registry_, map_, changed));
  return Status();
}

Status FrontendServer::StartAdmin() {
  ExportBuildInfo("mesh-frontend", registry_);
  registry_.AddCallback("mesh_map_epoch", "Epoch of the partition map in force.", {}, false,
                        [this] {
                          const auto map = map_.current();
                          return map == nullptr ? 0.0 : static_cast<double>(map->epoch());
                        });
  MESH_ASSIGN(admin_, AdminServer::Start(options_.admin, registry_));
  return Status();
}

Status FrontendServer::LoadFiles() {
  MESH_RETURN_IF_ERROR(OpenMap());
  MESH_ASSIGN(certificates_, tls::CertificateStore::Open(options_.certificate));
  CheckCertificateNames();
  MESH_RETURN_IF_ERROR(ReloadHopTls());
  MESH_ASSIGN(peers_, Peers::Start(options_.peers, clock_, registry_, &incidents_));
  MESH_RETURN_IF_ERROR(key_folder_.Open(crypto::SystemRandom(), clock_.WallNow()));
  peer_caller_ = std::make_unique<PeerCaller>(options_.peers, *peers_, keys_, clock_, registry_);
  if (!options_.ticket_keys_dir.empty()) {
    ticket_folder_ = std::make_unique<TicketKeyFolder>(options_.ticket_keys_dir, keyring_);
    return ticket_folder_->Reload();
  }
  keyring_.Publish(TicketKeyring::Random(crypto::SystemRandom()));
  Log(LogLevel::kInfo,
      "no --ticket-keys-dir: tickets end with this process, and other front ends cannot read them");
  return Status();
}

HelloResponse FrontendServer::HelloBesidesKeys() const {
  HelloResponse hello;
  for (const auto encoding : {binding::Encoding::kJson, binding::Encoding::kJsonB}) {
    hello.encodings.emplace_back(binding::MediaType(encoding));
  }
  hello.entries_max = kEntriesPerRequestMax;
  hello.messages_max = kPostMessagesMax;
  hello.message_bytes_max = static_cast<int64_t>(options_.service.message_bytes_max);
  return hello;
}

Status FrontendServer::StartForwarder() {
  if (options_.no_forwarding) return Status();
  ForwarderOptions forwarder = options_.forwarder;
  forwarder.holder = ProcessName();
  ForwarderThread::Environment environment{
      clock_,
      map_,
      forwarder_metrics_,
      options_.server.io,
      [this](net::EventLoop& loop) { return MakeRouter(loop); },
      [this](net::EventLoop& loop) { return MakeLoopPeerCalls(*peer_caller_, loop); }};
  MESH_ASSIGN(forwarder_, ForwarderThread::Start(std::move(forwarder), std::move(environment)));
  return Status();
}

Status FrontendServer::StartListeners() {
  for (const std::string& listen : options_.listen) {
    MESH_RETURN_IF_ERROR(
        StartListener(kListenFlag, listen, certificates_.get(), MeshService::Forms::kAll));
  }
  for (const std::string& listen : options_.plain_listen) {
    MESH_RETURN_IF_ERROR(
        StartListener(kPlainListenFlag, listen, nullptr, MeshService::Forms::kEnvelopes));
  }
  return Status();
}

Status FrontendServer::StartListener(const char* flag, const std::string& where,
                                     const tls::CertificateStore* certificates,
                                     MeshService::Forms forms) {
  MESH_ASSIGN(const ListenAddress address, ParseListenAddress(flag, where));
  connection::ServerOptions server = options_.server;
  server.address = address.address;
  server.port = address.port;
  const auto make_service = [this, forms](net::EventLoop& loop) {
    std::unique_ptr<Router> router = MakeRouter(loop);
    auto incidents = std::make_unique<LoopIncidents>(*router, loop, incidents_, incident_metrics_);
    return std::make_unique<MeshService>(
        shared_, std::move(router), forms, MakeLoopPeers(*peers_, loop),
        MakeLoopPeerCalls(*peer_caller_, loop), std::move(incidents));
  };
  MESH_ASSIGN(auto listener, connection::Server::Start(server, certificates, make_service, clock_));
  listeners_.push_back(std::move(listener));
  return Status();
}

std::unique_ptr<Router> FrontendServer::MakeRouter(net::EventLoop& loop) {
  const auto connect = [this, &loop](const BackEnd& back_end) {
    if (host_ && back_end.name == host_->name) {
      return MakeLocalPartition({back_end.name, options_.hop_in_flight_max}, host_->partitions,
                                loop, clock_, hop_metrics_);
    }
    HopOptions options;
    options.name = back_end.name;
    options.address = back_end.address;
    options.tls = [this] { return *hop_tls_.current(); };
    options.in_flight_max = options_.hop_in_flight_max;
    return MakeGrpcPartition(options, loop, clock_, hop_metrics_);
  };
  const auto refresh = [this, &loop](uint64_t epoch, std::function<void()> then) {
    auto looked = [&loop, then = std::move(then)] { loop.Post(then); };
    if (!map_source_->Refresh(epoch, looked)) reloader_->Request(std::move(looked));
  };
  const auto later = [delays = std::make_shared<net::Delays>(loop, clock_)](
                         Duration delay, std::function<void()> then) {
    delays->After(delay, std::move(then));
  };
  auto router = std::make_unique<Router>(
      RouterOptions{map_, clock_, connect, refresh, later, &router_metrics_, map_source_->live()});
  router->Follow();
  return router;
}

void FrontendServer::Reload(bool forced) {
  const Status map = map_source_->Reload(forced);
  if (!map.ok()) LogFailure("the partition map was not read; the last one stays", map);
  ReloadCertificate(forced);
  const Status hop = ReloadHopTls();
  if (!hop.ok()) LogFailure("the hop's certificates were not read; the last ones stay", hop);
  ReloadKeys(forced);
  const Status pins = peers_->ReloadPins(forced);
  if (!pins.ok()) LogFailure("the pins of peers were not read; the last ones stay", pins);
  if (forced) Log(LogLevel::kInfo, "reloaded");
}

// A host exports its own.
void FrontendServer::ExportCertificateEnds() {
  registry_.AddCallback(
      kCertificateEndMetric, kCertificateEndHelp, {{"use", "clients"}}, false,
      [this] { return static_cast<double>(certificates_->current()->certificate_end()); });
  if (host_) return;
  ExportCertificateEnd("hop", options_.hop_tls.certificate, registry_);
  ExportCertificateEnd("etcd", options_.cluster.cert_file, registry_);
}

// Connections that stand keep what they were made with.
Status FrontendServer::ReloadHopTls() {
  MESH_ASSIGN(HopTls tls, ReadHopTls(options_.hop_tls));
  const std::shared_ptr<const HopTls> last = hop_tls_.current();
  if (last != nullptr && *last == tls) return Status();
  hop_tls_.Publish(std::make_shared<const HopTls>(std::move(tls)));
  if (last != nullptr) Log(LogLevel::kInfo, "the hop's certificates reloaded");
  return Status();
}

void FrontendServer::ReloadCertificate(bool forced) {
  Result<bool> changed = false;
  if (forced) {
    const Status status = certificates_->Reload();
    changed = status.ok() ? Result<bool>(true) : Result<bool>(status);
  } else {
    changed = certificates_->ReloadIfChanged();
  }
  if (!changed.ok()) {
    LogFailure("the certificates were not read; the last ones stay", changed.status());
  } else if (*changed) {
    Log(LogLevel::kInfo, "certificates reloaded");
    CheckCertificateNames();
  }
}

// The hosts by which clients come here.
std::vector<std::string> FrontendServer::ServedHosts() const {
  std::vector<std::string> hosts = options_.service.names;
  for (const std::string& domain : options_.service.domains) hosts.push_back("mmm." + domain);
  const auto map = map_.current();
  if (!host_ || map == nullptr) return hosts;
  for (const BackEnd& back_end : map->back_ends()) {
    const std::string direct = back_end.direct_host.substr(0, back_end.direct_host.rfind(':'));
    if (back_end.name == host_->name && !direct.empty()) hosts.push_back(direct);
  }
  return hosts;
}

// Not an error that ends us: who comes by another name, or checks nothing, is served.
void FrontendServer::CheckCertificateNames() const {
  const auto certificates = certificates_->current();
  for (const std::string& host : ServedHosts()) {
    if (certificates->Names(host)) continue;
    Log(LogLevel::kWarning,
        "no certificate names this host; clients that come to it by this name "
        "go away",
        {{"host", host}, {"next", "give one that does with --tls-cert and --tls-key"}});
  }
}

void FrontendServer::ReloadKeys(bool forced) {
  const WallMillis now = clock_.WallNow();
  Status status = forced ? key_folder_.Reload(now) : key_folder_.ReloadIfDue(now).status();
  if (!status.ok()) LogFailure("the service's keys were not read; the last ones stay", status);
  if (ticket_folder_ == nullptr) return;
  status = forced ? ticket_folder_->Reload() : ticket_folder_->ReloadIfChanged().status();
  if (!status.ok()) LogFailure("the ticket keys were not read; the last ones stay", status);
}

// "listen" for the first listener, "listen2" and so on for the others; those without TLS
// are "plain", "plain2" and so on.
Status FrontendServer::WritePorts() const {
  if (options_.port_file.empty()) return Status();
  std::vector<std::pair<std::string, int>> ports;
  if (admin_ != nullptr) ports.emplace_back("admin", admin_->port());
  for (size_t i = 0; i < listeners_.size(); ++i) {
    const bool plain = i >= options_.listen.size();
    const size_t number = plain ? i - options_.listen.size() : i;
    std::string name = plain ? "plain" : "listen";
    if (number > 0) name += std::to_string(number + 1);
    ports.emplace_back(std::move(name), listeners_[i]->port());
  }
  return WritePortFile(options_.port_file, ports);
}

std::vector<int> FrontendServer::ports() const {
  std::vector<int> ports;
  for (const auto& listener : listeners_) ports.push_back(listener->port());
  return ports;
}

void FrontendServer::LogReady() const {
  const connection::Server& first = *listeners_.front();
  const auto map = map_.current();
  Log(LogLevel::kInfo, "ready",
      {{"io", std::string(first.io_name())},
       {"loops", std::to_string(first.loops())},
       {"listeners", std::to_string(listeners_.size())},
       {"port", std::to_string(first.port())},
       {"admin_port", admin_ == nullptr ? "the back end's" : std::to_string(admin_->port())},
       {"map_epoch", map == nullptr ? "none yet" : std::to_string(map->epoch())},
       {"hop_tls", hop_tls_.current()->enabled() ? "mutual" : "no"},
       {"reference_compatibility", options_.service.reference_compatibility ? "yes" : "no"}});
  if (options_.service.reference_compatibility) {
    Log(LogLevel::kWarning, "callers are believed without proof: reference compatibility is on");
  }
  if (options_.peers.allow_private) {
    Log(LogLevel::kWarning, "strangers can make us connect to private addresses");
  }
}

}  // namespace mesh::frontend
