// mesh-frontend: speaks to devices, and asks the back ends.

#include <iostream>

#include "common/base/log.h"
#include "common/process/shutdown.h"
#include "frontend/options.h"
#include "frontend/reloader.h"
#include "frontend/server.h"

namespace {

using mesh::Log;
using mesh::LogLevel;

int Run(const mesh::frontend::FrontendOptions& options) {
  mesh::Shutdown shutdown;  // Before any thread, as is the next line.
  mesh::frontend::Reloader::BlockSignal();
  auto server = mesh::frontend::FrontendServer::Start(options);
  if (!server.ok()) {
    Log(LogLevel::kError, "cannot start", {{"error", server.status().message()}});
    return mesh::kExitNoStart;
  }
  const int signal = shutdown.Wait();
  Log(LogLevel::kInfo, "draining", {{"signal", std::to_string(signal)}});
  (*server).reset();
  Log(LogLevel::kInfo, "stopped");
  return mesh::kExitOk;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("mesh-frontend serves the Mesh protocol to devices over HTTPS.", "mesh-frontend");
  mesh::frontend::FrontendOptions options;
  mesh::frontend::AddFrontendOptions(app, options);
  int exit_code = mesh::kExitOk;
  if (!mesh::ParseOptions(app, argc, argv, &exit_code)) return exit_code;
  mesh::ConfigureLog("mesh-frontend", options.verbose ? LogLevel::kDebug : LogLevel::kInfo);
  const mesh::Status complete = mesh::frontend::CompleteFrontendOptions(options);
  if (!complete.ok()) {
    std::cerr << "mesh-frontend: " << complete.message() << "\nTry mesh-frontend --help\n";
    return mesh::kExitUsage;
  }
  return Run(options);
}
