// bench_raw_rocksdb: the peer of Upload. Many threads, each putting a value, an
// index key and a digest into RocksDB with a sync, as somebody would who leaves the
// grouping to RocksDB. Prints one line of JSON.

#include <rocksdb/db.h>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "bench/storage/requests.h"

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::string path;
  size_t threads = 64;
  double seconds = 5;
  size_t bytes = 700;
  uint64_t write_buffer_bytes = 64ull << 20;
};

// RocksDB's own log off the disk that is measured.
class NoLog final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char* /*format*/, va_list /*arguments*/) override {}
};

std::string Key(char kind, size_t thread, uint64_t number) {
  char key[40];
  std::snprintf(key, sizeof key, "%c%08zx%016llx", kind, thread,
                static_cast<unsigned long long>(number));
  return key;
}

double CpuSeconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

class Peer {
 public:
  Peer(rocksdb::DB& db, const Options& options)
      : db_(db),
        options_(options),
        value_(mesh::bench::Payload(options.bytes)),
        micros_(options.threads) {}

  int Run() {
    const double cpu = CpuSeconds();
    const auto start = Clock::now();
    std::vector<std::thread> threads;
    for (size_t i = 0; i < options_.threads; ++i) threads.emplace_back([this, i] { Write(i); });
    std::this_thread::sleep_for(std::chrono::duration<double>(options_.seconds));
    stop_ = true;
    for (std::thread& thread : threads) thread.join();
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return Report(seconds, CpuSeconds() - cpu);
  }

 private:
  void Write(size_t thread) {
    rocksdb::WriteOptions write;
    write.sync = true;
    const std::string digest(64, 'd');
    for (uint64_t number = 0; !stop_; ++number) {
      rocksdb::WriteBatch batch;
      const auto start = Clock::now();
      (void)batch.Put(Key('P', thread, number), value_);
      (void)batch.Put(Key('E', thread, number), digest);
      (void)batch.Put(Key('I', thread, number), "");
      if (!db_.Write(write, &batch).ok()) failed_ = true;
      micros_[thread].push_back(
          std::chrono::duration<double, std::micro>(Clock::now() - start).count());
    }
  }

  int Report(double seconds, double cpu) {
    std::vector<double> all;
    for (const auto& some : micros_) all.insert(all.end(), some.begin(), some.end());
    std::sort(all.begin(), all.end());
    if (failed_ || all.empty()) return 1;
    const auto count = static_cast<double>(all.size());
    std::printf("{\"per_second\": %.0f, \"cpu_us\": %.2f, \"p50_us\": %.0f, \"p99_us\": %.0f}\n",
                count / seconds, cpu * 1e6 / count, all[all.size() / 2],
                all[all.size() * 99 / 100]);
    return 0;
  }

  rocksdb::DB& db_;
  const Options& options_;
  const std::string value_;
  std::vector<std::vector<double>> micros_;  // By thread.
  std::atomic<bool> stop_{false};
  std::atomic<bool> failed_{false};
};

int Run(const Options& options) {
  rocksdb::Options open;
  open.create_if_missing = true;
  open.write_buffer_size = options.write_buffer_bytes;
  open.info_log = std::make_shared<NoLog>();
  rocksdb::DB* opened = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(open, options.path, &opened);
  const std::unique_ptr<rocksdb::DB> db(opened);
  if (!status.ok()) {
    std::fprintf(stderr, "bench_raw_rocksdb: %s\n", status.ToString().c_str());
    return 1;
  }
  std::printf(
      "sync=fdatasync per group commit, use_fsync=%s, manual_wal_flush=%s, "
      "recycle_log_file_num=%zu, wal_bytes_per_sync=%llu, wal_compression=none, "
      "write_buffer_bytes=%zu\n",
      open.use_fsync ? "yes" : "no", open.manual_wal_flush ? "yes" : "no",
      open.recycle_log_file_num, static_cast<unsigned long long>(open.wal_bytes_per_sync),
      open.write_buffer_size);
  return Peer(*db, options).Run();
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("RocksDB's own group commit: many threads, each write with a sync.");
  app.add_option("--path", options.path, "Folder of the database")->required();
  app.add_option("--threads", options.threads, "How many write");
  app.add_option("--seconds", options.seconds, "How long");
  app.add_option("--bytes", options.bytes, "Of a value");
  app.add_option("--write-buffer-bytes", options.write_buffer_bytes, "Of a memtable");
  CLI11_PARSE(app, argc, argv);
  return Run(options);
}
