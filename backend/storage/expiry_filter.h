// Drops kept replies that have expired whenever RocksDB rewrites the tables they stand in
// (docs/STORAGE_FORMAT.md): writing one costs one put, and nothing goes looking for it
// afterwards.

#pragma once

#include <rocksdb/compaction_filter.h>

#include <memory>

#include "common/base/clock.h"

namespace mesh::backend {

// For the index family. `clock` outlives the database. Thread-safe.
std::shared_ptr<rocksdb::CompactionFilterFactory> MakeExpiryFilter(const Clock& clock);

}  // namespace mesh::backend
