// bench_growth: what one Upload, Status and Download cost while a container grows.
// Prints one line of JSON for each size: octets of CPU time of the back end and the
// median latency, by transaction.

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <random>
#include <vector>

#include "bench/storage/exchange_client.h"
#include "bench/storage/requests.h"
#include "proto/partition.pb.h"

namespace {

using mesh::Status;
using mesh::bench::ExchangeLoad;
using mesh::bench::ExchangeResult;
using Make = std::function<void(size_t, mesh::proto::PartitionRequest&)>;

// Entries in one request while a container is filled.
constexpr uint64_t kFill = 500;

struct Options {
  std::string address = "127.0.0.1:9201";
  int pid = 0;
  std::vector<uint64_t> sizes = {10, 10'000, 1'000'000};
  uint64_t requests = 4000;  // Of each transaction at each size.
  size_t in_flight = 8;
  size_t bytes = 200;
};

class Growth {
 public:
  explicit Growth(const Options& options)
      : options_(options), payload_(mesh::bench::Payload(options.bytes)) {}

  // Measures at `size`, in an account of its own.
  Status Measure(uint64_t size) {
    account_ = "size" + std::to_string(size) + "@example.com";
    entries_ = 0;
    MESH_RETURN_IF_ERROR(Time(1, 1, nullptr, [this](size_t, auto& request) {
      mesh::bench::MakeCreate(account_, request);
    }));
    MESH_RETURN_IF_ERROR(Fill(size));
    std::mt19937_64 random(size);
    std::printf("{\"entries\": %llu", static_cast<unsigned long long>(size));
    MESH_RETURN_IF_ERROR(Report(
        "Status", [this](size_t, auto& request) { mesh::bench::MakeStatus(account_, request); }));
    MESH_RETURN_IF_ERROR(Report("Download", [&](size_t, auto& request) {
      mesh::bench::MakeDownload(account_, random() % size, request);
    }));
    MESH_RETURN_IF_ERROR(Report("Upload", [this](size_t, auto& request) {
      mesh::bench::MakeUpload(account_, payload_, entries_++, 1, request);
    }));
    std::printf("}\n");
    std::fflush(stdout);
    return Status();
  }

 private:
  Status Fill(uint64_t size) {
    while (entries_ < size) {
      const uint64_t some = std::min(kFill, size - entries_);
      const uint64_t requests = some < kFill ? 1 : (size - entries_) / kFill;
      MESH_RETURN_IF_ERROR(Time(requests, 1, nullptr, [this, some](size_t, auto& request) {
        mesh::bench::MakeUpload(account_, payload_, entries_, some, request);
        entries_ += some;
      }));
    }
    return Status();
  }

  Status Time(uint64_t requests, size_t in_flight, ExchangeResult* result, const Make& make) {
    ExchangeLoad load;
    load.requests = requests;
    load.in_flight = in_flight;
    load.make = make;
    MESH_ASSIGN(ExchangeResult ran, mesh::bench::RunExchange(options_.address, load));
    if (result != nullptr) *result = std::move(ran);
    return Status();
  }

  Status Report(const char* transaction, const Make& make) {
    ExchangeResult result;
    MESH_RETURN_IF_ERROR(Time(options_.requests / 4, options_.in_flight, &result, make));  // Warm.
    const double cpu = mesh::bench::CpuSeconds(options_.pid);
    MESH_RETURN_IF_ERROR(Time(options_.requests, options_.in_flight, &result, make));
    const double used = mesh::bench::CpuSeconds(options_.pid) - cpu;
    std::sort(result.micros.begin(), result.micros.end());
    std::printf(", \"%s\": {\"cpu_us\": %.2f, \"p50_us\": %.1f}", transaction,
                used * 1e6 / static_cast<double>(result.requests),
                result.micros[result.micros.size() / 2]);
    return Status();
  }

  const Options& options_;
  const std::string payload_;
  std::string account_;
  uint64_t entries_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Cost of one request by the size of its container.");
  app.add_option("--address", options.address, "The back end's gRPC address");
  app.add_option("--pid", options.pid, "Its process, whose CPU is reported");
  app.add_option("--sizes", options.sizes, "Entries in the container, ascending");
  app.add_option("--requests", options.requests, "Of each transaction at each size");
  app.add_option("--in-flight", options.in_flight, "Requests at a time");
  CLI11_PARSE(app, argc, argv);
  Growth growth(options);
  for (const uint64_t size : options.sizes) {
    const Status measured = growth.Measure(size);
    if (measured.ok()) continue;
    std::fprintf(stderr, "bench_growth: %s\n", measured.message().c_str());
    return 1;
  }
  return 0;
}
