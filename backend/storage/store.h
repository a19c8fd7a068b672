// Store is the ordered key-value store under one partition: what the model needs
// of RocksDB, and no more. RocksDbStore is the real one, MemoryStore its twin for
// tests.
//
// Keys are octets compared as unsigned numbers, first octet first; key_schema.h
// makes them. A commit is atomic over both column families.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace mesh::backend {

// Small records that scans touch are kept apart from payloads, so that walking
// an index does not read what nobody asked for.
enum class ColumnFamily : uint8_t { kIndex = 0, kPayload = 1 };

// Walks keys in order within the bounds it was made with. Bound to the Reader it
// came from and to one thread. `key` and `value` are valid until the next move.
class Cursor {
 public:
  virtual ~Cursor() = default;
  virtual bool Valid() const = 0;  // False at the end, and after an error.
  virtual void Next() = 0;         // Requires Valid().
  virtual std::string_view key() const = 0;
  virtual std::string_view value() const = 0;
  virtual Status status() const = 0;  // Why Valid() is false, if not for the end.
};

// Where reads come from: a snapshot, or a batch over one. Reads may block on the
// disk. Not thread-safe unless a subclass says so.
class Reader {
 public:
  virtual ~Reader() = default;

  // The value of `key`; nullopt when there is none. kDataLoss or kUnavailable when
  // the store cannot tell.
  virtual Result<std::optional<std::string>> Get(ColumnFamily family,
                                                 std::string_view key) const = 0;

  // The value of each of `keys`, in their order: as Get, but what one look-up finds out
  // serves the others. Cheapest when `keys` are in order. Fails when one Get would.
  virtual Result<std::vector<std::optional<std::string>>> MultiGet(
      ColumnFamily family, std::span<const std::string> keys) const;

  // The keys in [begin, end), in order, or in reverse order when `reverse`.
  virtual std::unique_ptr<Cursor> Scan(ColumnFamily family, std::string_view begin,
                                       std::string_view end, bool reverse = false) const = 0;
};

// Writes to be applied together, in the order they were made.
struct Write {
  enum class Kind : uint8_t { kPut, kDelete, kDeleteRange };
  Kind kind;
  ColumnFamily family;
  std::string key;
  std::string value;  // kPut: the value. kDeleteRange: the end of [key, value).
};
using Writes = std::vector<Write>;

class Store {
 public:
  virtual ~Store() = default;

  // A view of the last commit that later commits do not change. Thread-safe. The
  // Store must outlive it.
  virtual std::unique_ptr<Reader> NewSnapshot() = 0;

  // Applies all of `writes` or none. With `sync` the result is OK only when they
  // would survive the loss of power. kResourceExhausted: refused before anything
  // was written, because the disk is nearly full; a later Commit may succeed. After
  // any other failure the state of the log is unknown: every later Commit fails
  // until the store is opened again. Called by one thread at a time. Blocks on the
  // disk.
  virtual Status Commit(const Writes& writes, bool sync) = 0;
};

}  // namespace mesh::backend
