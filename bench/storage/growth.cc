// bench_growth: what one Upload, Status and Download cost while a container grows.
// Prints one line of JSON for each size and round: CPU time of the back end and median
// latency, by transaction. What is measured is the size and nothing else: accounts of
// every size are of one age, made before the largest container was filled and so in
// tables on disk, and their heads and newest entries were written just before.

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <random>
#include <thread>
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

// Downloads take one of so many newest entries at every size: what a device that syncs
// asks for. (Any entry of a million is rarely in a cache; that is the cache's size and
// not the container's.)
constexpr uint64_t kNewest = 10;

// A back end that uses less of a second than this has no compaction under way.
constexpr double kQuietSeconds = 0.01;

struct Options {
  std::string address = "127.0.0.1:9201";
  int pid = 0;
  std::vector<uint64_t> sizes = {10, 10'000, 1'000'000};
  uint64_t rounds = 5;
  uint64_t requests = 2000;  // Uploads at each size in a round.
  uint64_t reads = 10'000;   // Of Status and of Download. Cheap, and they change nothing.
  size_t in_flight = 8;
  size_t bytes = 200;
};

// Accounts whose inbound spool has so many entries: one for each round, or only one when
// what is uploaded in all the rounds does not make it another size. While Upload is
// measured there are up to Options::requests more.
class Growth {
 public:
  Growth(const Options& options, uint64_t size)
      : options_(options), size_(size), payload_(mesh::bench::Payload(options.bytes)) {}

  // Makes the accounts and fills their containers, but for the newest entries.
  Status Fill() {
    const bool changes_size = size_ < options_.requests * options_.rounds;
    for (uint64_t i = 0; i < (changes_size ? options_.rounds : 1); ++i) {
      accounts_.push_back("size" + std::to_string(size_) + "-" + std::to_string(i) +
                          "@example.com");
      MESH_RETURN_IF_ERROR(FillAccount(accounts_.back()));
    }
    return Status();
  }

  // Prints what each transaction costs.
  Status Measure(uint64_t round) {
    if (round < accounts_.size()) {
      account_ = accounts_[round];
      entries_ = Old();
    }
    MESH_RETURN_IF_ERROR(UploadNewest());
    std::printf("{\"entries\": %llu", static_cast<unsigned long long>(size_));
    MESH_RETURN_IF_ERROR(Report("Status", options_.reads, [this](size_t, auto& request) {
      mesh::bench::MakeStatus(account_, request);
    }));
    MESH_RETURN_IF_ERROR(Report("Download", options_.reads, [this](size_t, auto& request) {
      mesh::bench::MakeDownload(account_, entries_ - random_() % kNewest, request);
    }));
    MESH_RETURN_IF_ERROR(Report("Upload", options_.requests, [this](size_t, auto& request) {
      mesh::bench::MakeUpload(account_, payload_, entries_++, 1, request);
    }));
    std::printf("}\n");
    std::fflush(stdout);
    return Status();
  }

 private:
  // Entries that are there long before anything is measured.
  uint64_t Old() const { return size_ - std::min(size_, kNewest); }

  Status FillAccount(const std::string& account) {
    account_ = account;
    entries_ = 0;
    MESH_RETURN_IF_ERROR(Time(1, 1, nullptr, [this](size_t, auto& request) {
      mesh::bench::MakeCreate(account_, request);
    }));
    while (entries_ < Old()) {
      const uint64_t some = std::min(kFill, Old() - entries_);
      const uint64_t requests = some < kFill ? 1 : (Old() - entries_) / kFill;
      MESH_RETURN_IF_ERROR(Time(requests, 1, nullptr, [this, some](size_t, auto& request) {
        mesh::bench::MakeUpload(account_, payload_, entries_, some, request);
        entries_ += some;
      }));
    }
    return Status();
  }

  // What a device asks for came lately, whatever the size.
  Status UploadNewest() {
    return Time(kNewest, 1, nullptr, [this](size_t, auto& request) {
      mesh::bench::MakeUpload(account_, payload_, entries_++, 1, request);
    });
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

  Status Report(const char* transaction, uint64_t requests, const Make& make) {
    ExchangeResult result;
    const double cpu = mesh::bench::CpuSeconds(options_.pid);
    MESH_RETURN_IF_ERROR(Time(requests, options_.in_flight, &result, make));
    const double used = mesh::bench::CpuSeconds(options_.pid) - cpu;
    std::sort(result.micros.begin(), result.micros.end());
    std::printf(", \"%s\": {\"cpu_us\": %.2f, \"p50_us\": %.1f}", transaction,
                used * 1e6 / static_cast<double>(result.requests),
                result.micros[result.micros.size() / 2]);
    return Status();
  }

  const Options& options_;
  const uint64_t size_;
  const std::string payload_;
  std::vector<std::string> accounts_;
  std::string account_;   // The one in use.
  uint64_t entries_ = 0;  // Of account_.
  std::mt19937_64 random_{1};
};

// Waits until what filling left to do in the background is done: it is not the cost of
// what is measured.
void AwaitQuiet(int pid) {
  constexpr int kSecondsMax = 60;
  for (int i = 0; i < kSecondsMax; ++i) {
    const double before = mesh::bench::CpuSeconds(pid);
    std::this_thread::sleep_for(std::chrono::seconds(1));
    if (mesh::bench::CpuSeconds(pid) - before < kQuietSeconds) return;
  }
}

// The sizes in turn, so that a noisy minute hits all of them.
Status Run(const Options& options) {
  std::vector<std::unique_ptr<Growth>> growths;
  for (const uint64_t size : options.sizes) {
    growths.push_back(std::make_unique<Growth>(options, size));
    MESH_RETURN_IF_ERROR(growths.back()->Fill());
  }
  AwaitQuiet(options.pid);
  for (uint64_t round = 0; round < options.rounds; ++round) {
    for (const auto& growth : growths) MESH_RETURN_IF_ERROR(growth->Measure(round));
  }
  return Status();
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Cost of one request by the size of its container.");
  app.add_option("--address", options.address, "The back end's gRPC address");
  app.add_option("--pid", options.pid, "Its process, whose CPU is reported");
  app.add_option("--sizes", options.sizes, "Entries in the container, ascending");
  app.add_option("--rounds", options.rounds, "Over all sizes");
  app.add_option("--requests", options.requests, "Uploads at each size in a round");
  app.add_option("--reads", options.reads, "Each of Status and Download, likewise");
  app.add_option("--in-flight", options.in_flight, "Requests at a time");
  CLI11_PARSE(app, argc, argv);
  const Status measured = Run(options);
  if (measured.ok()) return 0;
  std::fprintf(stderr, "bench_growth: %s\n", measured.message().c_str());
  return 1;
}
