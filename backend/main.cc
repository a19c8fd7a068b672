// mesh-backend: keeps partitions and serves them to front ends.

#include <cstdlib>
#include <iostream>

#include "backend/options.h"
#include "backend/server.h"
#include "common/base/log.h"
#include "common/process/shutdown.h"

namespace {

using mesh::Log;
using mesh::LogLevel;

// The state of the log on disk is unknown. Opening it again is the only way to
// learn it, and a supervisor starts us again.
[[noreturn]] void EndBroken(const mesh::Status& why) {
  Log(LogLevel::kError, "exit: the store cannot be written",
      {{"error", why.message()}, {"exit", std::to_string(mesh::kExitStorage)}});
  std::_Exit(mesh::kExitStorage);
}

int Run(const mesh::backend::BackendOptions& options) {
  mesh::Shutdown shutdown;  // Before any thread, as is the next line.
  if (!options.direct.listen.empty()) mesh::backend::DirectListener::BlockSignal();
  auto server = mesh::backend::BackendServer::Start(options, EndBroken,
                                                    [&shutdown] { return shutdown.Requested(); });
  if (!server.ok() && shutdown.Requested()) {
    shutdown.Wait();  // Takes the signal, which would act otherwise.
    Log(LogLevel::kInfo, "stopped before it served", {{"why", server.status().message()}});
    return mesh::kExitOk;
  }
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
  CLI::App app("mesh-backend keeps Mesh accounts in RocksDB and serves them to front ends.",
               "mesh-backend");
  mesh::backend::BackendOptions options;
  mesh::backend::AddBackendOptions(app, options);
  int exit_code = mesh::kExitOk;
  if (!mesh::ParseOptions(app, argc, argv, &exit_code)) return exit_code;
  mesh::ConfigureLog("mesh-backend", options.verbose ? LogLevel::kDebug : LogLevel::kInfo);
  const mesh::Status complete = mesh::backend::CompleteBackendOptions(options);
  if (!complete.ok()) {
    std::cerr << "mesh-backend: " << complete.message() << "\nTry mesh-backend --help\n";
    return mesh::kExitUsage;
  }
  return Run(options);
}
