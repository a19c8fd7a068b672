// Replica is this back end's copy of one partition: its store and its writer.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "backend/partition/environment.h"
#include "backend/partition/job_queue.h"
#include "backend/partition/load_meter.h"
#include "backend/partition/load_report.h"
#include "backend/partition/move_guard.h"
#include "backend/partition/partition_writer.h"
#include "backend/storage/store.h"
#include "common/mesh/partition_map.h"

namespace mesh::backend {

class Replica {
 public:
  // Checks what `store` holds and starts the writer. Blocks on the disk.
  // `environment` outlives the replica. `readers` is how many threads read at a time.
  static Result<std::unique_ptr<Replica>> Start(PartitionId id, std::unique_ptr<Store> store,
                                                const Environment& environment,
                                                const WriterLimits& limits, size_t readers = 1);

  // Runs `job`, which only reads, against the last commit, and answers it; `reader` is the number
  // of the thread, from 0. Blocks on the disk. Thread-safe.
  void Read(Job& job, size_t reader) const;

  // What was done lately for the accounts that `map` gives to the partition. Takes a millisecond;
  // thread-safe.
  PartitionLoad Load(const PartitionMap& map) const;

  // Counts what waits in the outbox, and reads what the incident spool says of itself. Blocks on
  // the disk; for one thread.
  void TakeFigures();
  // As of the last count. Thread-safe.
  struct OutboxGauge {
    uint64_t entries;
    double oldest_seconds;
  };
  OutboxGauge outbox() const {
    return {outbox_entries_.load(std::memory_order_relaxed),
            outbox_seconds_.load(std::memory_order_relaxed)};
  }

  struct SpoolGauge {
    uint64_t incidents;
    uint64_t dropped;
  };
  SpoolGauge incident_spool() const {
    return {incidents_.load(std::memory_order_relaxed),
            incidents_dropped_.load(std::memory_order_relaxed)};
  }

  PartitionId id() const { return id_; }
  const Store& store() const { return *store_; }
  Store& store() { return *store_; }
  PartitionWriter& writer() { return *writer_; }
  MoveGuard& guard() { return guard_; }

 private:
  void CountMessages(const Reader& snapshot);
  void CountIncidents(const Reader& snapshot);

  Replica(PartitionId id, std::unique_ptr<Store> store, const Environment& environment,
          size_t readers);

  const PartitionId id_;
  const std::unique_ptr<Store> store_;
  const Environment& environment_;
  MoveGuard guard_;  // What its store says moves, from the start on.
  std::atomic<uint64_t> outbox_entries_{0};
  std::atomic<double> outbox_seconds_{0};
  std::atomic<uint64_t> incidents_{0};
  std::atomic<uint64_t> incidents_dropped_{0};
  std::vector<std::unique_ptr<LoadMeter>> reads_;  // What each reader has done for whom.
  std::unique_ptr<PartitionWriter> writer_;        // After the store, which it uses.
};

}  // namespace mesh::backend
