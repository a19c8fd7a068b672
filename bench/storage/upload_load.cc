// bench_upload_load: Upload of one entry, so many in flight, for a while. Prints one
// line of JSON: entries per second, latency, and the CPU of the back end per entry.

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>

#include "bench/storage/exchange_client.h"
#include "bench/storage/requests.h"
#include "proto/partition.pb.h"

namespace {

struct Options {
  std::string address = "127.0.0.1:9201";
  int pid = 0;
  size_t in_flight = 64;
  double seconds = 5;
  size_t bytes = 700;
};

std::string AccountOf(size_t lane) { return "lane" + std::to_string(lane) + "@example.com"; }

mesh::Result<mesh::bench::ExchangeResult> CreateAccounts(const Options& options) {
  mesh::bench::ExchangeLoad load;
  load.in_flight = load.requests = options.in_flight;
  load.make = [](size_t lane, mesh::proto::PartitionRequest& request) {
    mesh::bench::MakeCreate(AccountOf(lane), request);
  };
  return mesh::bench::RunExchange(options.address, load);
}

int Run(const Options& options) {
  const auto created = CreateAccounts(options);
  const std::string payload = mesh::bench::Payload(options.bytes);
  uint64_t serial = 0;
  mesh::bench::ExchangeLoad load;
  load.in_flight = options.in_flight;
  load.time =
      std::chrono::duration_cast<mesh::Duration>(std::chrono::duration<double>(options.seconds));
  load.make = [&](size_t lane, mesh::proto::PartitionRequest& request) {
    mesh::bench::MakeUpload(AccountOf(lane), payload, serial++, 1, request);
  };
  const double cpu = mesh::bench::CpuSeconds(options.pid);
  auto result = mesh::bench::RunExchange(options.address, load);
  if (!created.ok() || !result.ok()) {
    const mesh::Status& why = created.ok() ? result.status() : created.status();
    std::fprintf(stderr, "bench_upload_load: %s\n", why.message().c_str());
    return 1;
  }
  const double used = mesh::bench::CpuSeconds(options.pid) - cpu;
  std::sort(result->micros.begin(), result->micros.end());
  const auto count = static_cast<double>(result->requests);
  std::printf("{\"per_second\": %.0f, \"cpu_us\": %.2f, \"p50_us\": %.0f, \"p99_us\": %.0f}\n",
              count / result->seconds, used * 1e6 / count,
              result->micros[result->micros.size() / 2],
              result->micros[result->micros.size() * 99 / 100]);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Uploads entries to a mesh-backend that holds partition 1 of epoch 1.");
  app.add_option("--address", options.address, "Its gRPC address");
  app.add_option("--pid", options.pid, "Its process, whose CPU is reported");
  app.add_option("--in-flight", options.in_flight, "Requests at a time, one account each");
  app.add_option("--seconds", options.seconds, "How long");
  app.add_option("--bytes", options.bytes, "Of a payload");
  CLI11_PARSE(app, argc, argv);
  return Run(options);
}
