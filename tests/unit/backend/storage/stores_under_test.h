// The Stores that every test of a Store runs over.

#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "backend/storage/memory_store.h"
#include "backend/storage/rocksdb_store.h"

namespace mesh::backend {

// A folder of its own for each test, removed afterwards.
class TestFolder {
 public:
  TestFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "mesh-store-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline RocksDbOptions SmallRocksDb(const std::string& path) {
  RocksDbOptions options;
  options.path = path;
  options.block_cache_bytes = 1 << 20;
  options.write_buffer_bytes = 1 << 20;
  options.min_free_bytes = 0;
  return options;
}

}  // namespace mesh::backend
