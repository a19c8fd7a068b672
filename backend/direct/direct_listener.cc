#include "backend/direct/direct_listener.h"

#include <algorithm>
#include <utility>

#include "frontend/options.h"
#include "frontend/reloader.h"
#include "frontend/server.h"

namespace mesh::backend {
namespace {

// What the back end decides, so that the file must not.
constexpr const char* kFromBackEnd[] = {"admin",          "cluster",       "etcd-ca",  "etcd-cert",
                                        "etcd-endpoints", "etcd-key",      "listen",   "map",
                                        "map-cache",      "no-forwarding", "port-file"};

Status Wrong(const DirectOptions& options, const std::string& why) {
  return InvalidArgument("--direct-config " + options.config_file + ": " + why);
}

// The arguments that the file's lines are added to, the last first, as CLI11 takes them.
std::vector<std::string> Arguments(const DirectOptions& options, const DirectHost& host) {
  std::vector<std::string> arguments = {"--config", options.config_file, "--no-forwarding"};
  if (host.map_watcher == nullptr) {
    arguments.insert(arguments.end(), {"--map", host.map_file});
  } else {
    arguments.insert(arguments.end(), {"--cluster", host.cluster.cluster, "--etcd-endpoints",
                                       host.cluster.endpoints.front()});
  }
  for (const std::string& listen : options.listen) {
    arguments.insert(arguments.end(), {frontend::kListenFlag, listen});
  }
  std::reverse(arguments.begin(), arguments.end());
  return arguments;
}

Status Parse(CLI::App& app, const DirectOptions& options, const DirectHost& host) {
  std::string config_file;
  app.set_config("--config", config_file, "", true);
  app.allow_config_extras(CLI::config_extras_mode::error);
  try {  // CLI11 reports by exception; none leaves this function.
    app.parse(Arguments(options, host));
  } catch (const CLI::Error& error) {
    return Wrong(options, error.what());
  }
  return {};
}

Result<frontend::FrontendOptions> Read(const DirectOptions& options, const DirectHost& host) {
  CLI::App app;
  frontend::FrontendOptions result;
  frontend::AddFrontendFlags(app, result);
  for (const char* const name : kFromBackEnd) {
    app.get_option("--" + std::string(name))->configurable(false);
  }
  MESH_RETURN_IF_ERROR(Parse(app, options, host));
  const Status complete = frontend::CompleteFrontendOptions(result);
  if (!complete.ok()) return Wrong(options, complete.message());
  return result;
}

}  // namespace

void DirectListener::BlockSignal() { frontend::Reloader::BlockSignal(); }

Result<std::unique_ptr<DirectListener>> DirectListener::Start(const DirectOptions& options,
                                                              const DirectHost& host) {
  MESH_ASSIGN(const frontend::FrontendOptions parsed, Read(options, host));
  MESH_ASSIGN(auto server,
              frontend::FrontendServer::StartIn(
                  {host.name, host.partitions, host.registry, host.map_watcher}, parsed));
  return std::unique_ptr<DirectListener>(new DirectListener(std::move(server)));
}

DirectListener::DirectListener(std::unique_ptr<frontend::FrontendServer> server)
    : server_(std::move(server)) {}

DirectListener::~DirectListener() = default;

void DirectListener::Drain() { server_->Drain(); }

std::vector<int> DirectListener::ports() const { return server_->ports(); }

}  // namespace mesh::backend
