// FrontendServer puts the parts of a front end together: keys, map, certificate,
// listeners, services, hops, admin port. It decides nothing.

#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/mesh/partition.h"
#include "common/process/admin_server.h"
#include "frontend/connection/server.h"
#include "frontend/forwarder/forwarder_thread.h"
#include "frontend/incidents/loop_incidents.h"
#include "frontend/map_source.h"
#include "frontend/options.h"
#include "frontend/peers/peer_caller.h"
#include "frontend/peers/peers.h"
#include "frontend/reloader.h"
#include "frontend/routing/map_holder.h"
#include "frontend/rpc/grpc_partition.h"
#include "frontend/service/mesh_service.h"
#include "frontend/service/service_keys.h"
#include "frontend/service/ticket_keyring.h"
#include "frontend/tls/context.h"

namespace mesh::frontend {

// The back end in whose process a front end runs, as its direct listener. Outlives it.
struct Host {
  std::string name;       // Of the back end, in the map.
  Partition& partitions;  // What is asked instead of calling it.
  Registry& registry;     // Where metrics go; the host has the admin port.
  // Follows the map for both, and is stopped by the host between the front end's Drain and its
  // end; null: the map is in a file.
  cluster::MapWatcher* map_watcher = nullptr;
};

class FrontendServer {
 public:
  // Starts everything and says "ready". What has been started is stopped again when
  // something fails; the Status says what to do.
  static Result<std::unique_ptr<FrontendServer>> Start(const FrontendOptions& options);
  // The same in the process of a back end, for which `options.admin` is not used.
  static Result<std::unique_ptr<FrontendServer>> StartIn(const Host& host,
                                                         const FrontendOptions& options);

  // Not ready, takes no new connections, and answers what has come. Blocks, at most for
  // --drain-seconds. Called once at most; metrics can be read on.
  void Drain();

  // Drains, unless that was done, and closes everything. Blocks also for what requests take
  // after that.
  ~FrontendServer();

  // Of the listeners, those without TLS last.
  std::vector<int> ports() const;

 private:
  FrontendServer(const FrontendOptions& options, std::optional<Host> host);

  Status StartParts();
  Status StartAdmin();
  Status LoadFiles();
  Status OpenMap();
  void SetServing(bool serving);
  void UpdateReadiness();
  Status StartForwarder();
  Status StartListeners();
  Status StartListener(const char* flag, const std::string& where,
                       const tls::CertificateStore* certificates, MeshService::Forms forms);
  Status WritePorts() const;
  void LogReady() const;
  void Reload(bool forced);
  void ReloadCertificate(bool forced);
  Status ReloadHopTls();
  void ExportCertificateEnds();
  void CheckCertificateNames() const;
  std::vector<std::string> ServedHosts() const;
  void ReloadKeys(bool forced);
  HelloResponse HelloBesidesKeys() const;
  std::unique_ptr<Router> MakeRouter(net::EventLoop& loop);

  const FrontendOptions options_;
  const std::optional<Host> host_;
  SystemClock clock_;
  Registry own_registry_;
  Registry& registry_;  // The host's or our own.
  ServiceMetrics service_metrics_{registry_};
  AuthenticationMetrics authentication_metrics_{registry_};
  HopMetrics hop_metrics_{registry_};
  ForwarderMetrics forwarder_metrics_{registry_};
  RouterMetrics router_metrics_{registry_};
  IncidentMetrics incident_metrics_{registry_};
  SharedIncidents incidents_{clock_};  // Of what no loop sees.
  MapHolder map_;
  std::unique_ptr<MapSource> map_source_;
  Published<ServiceKeys> keys_;
  Published<TicketKeyring> keyring_;
  ServiceKeyFolder key_folder_;
  std::unique_ptr<TicketKeyFolder> ticket_folder_;  // Null: one random key.
  Published<HopTls> hop_tls_;                       // For connections that are made from now on.
  ServiceShared shared_;
  std::unique_ptr<tls::CertificateStore> certificates_;
  bool drained_ = false;
  std::mutex ready_mutex_;
  bool serving_ = false;  // Guarded by ready_mutex_: started, and not draining.
  // In the order in which they start; see the destructor for how they stop.
  std::unique_ptr<AdminServer> admin_;       // Null in a host.
  std::unique_ptr<Peers> peers_;             // The loops ask it.
  std::unique_ptr<PeerCaller> peer_caller_;  // Likewise; answers them until it is stopped.
  std::unique_ptr<Reloader> reloader_;
  std::unique_ptr<ForwarderThread> forwarder_;                  // Null: others forward.
  std::vector<std::unique_ptr<connection::Server>> listeners_;  // Those without TLS last.
};

}  // namespace mesh::frontend
