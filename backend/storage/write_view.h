// WriteView is what a transaction reads and writes: the store as of the last
// commit, overlaid with what the earlier transactions of the same batch wrote,
// overlaid with what this one has written so far.
//
// A transaction runs between Begin and Keep (its writes join the batch) or Drop
// (they never were). Nothing reaches the store before the owner takes the batch
// and commits it.
//
// For one thread: the partition's writer.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/storage/key_schema.h"
#include "backend/storage/store.h"

namespace mesh::backend {

// Puts and deletes, at most one for each key: a later one takes the place of an
// earlier one. Finding a key costs one hash.
class WriteSet {
 public:
  void Set(Write write);
  // The pending write of `key`; null when there is none. Valid until the next call
  // of a function that is not const.
  const Write* Find(ColumnFamily family, std::string_view key) const;
  // Forgets all writes, keeps the memory.
  void Clear();

  Writes& writes() { return writes_; }
  const Writes& writes() const { return writes_; }

 private:
  struct Slot {
    uint32_t hash = 0;
    uint32_t position = 0;  // In writes_, from 1; 0: free.
  };

  size_t Probe(ColumnFamily family, std::string_view key, uint32_t hash) const;
  void Grow();

  Writes writes_;
  std::vector<Slot> slots_;  // Open addressing; a power of two, at most half full.
};

class WriteView final : public Reader {
 public:
  // `base` must outlive this, and is the state after the last commit.
  explicit WriteView(const Reader& base) : base_(base) {}
  WriteView(const WriteView&) = delete;
  WriteView& operator=(const WriteView&) = delete;

  // --- For the owner of the batch ---------------------------------------------

  // Starts a transaction. Requires that none is running and !closed().
  void Begin();
  // Ends it: its writes join the batch.
  void Keep();
  // Ends it: its writes are forgotten.
  void Drop();
  // True once a kept transaction deleted a range: the batch must be committed
  // before the next transaction begins. (Ranges hide keys that a hash cannot find;
  // closing the batch keeps point reads O(1) and the order of writes simple.)
  bool closed() const { return closed_; }
  // Octets of keys and values in the batch.
  size_t bytes() const { return bytes_; }
  bool empty() const { return batch_.writes().empty(); }
  // The batch, in an order in which it may be applied. Ends this view: nothing may
  // be called afterwards.
  Writes Take();

  // --- For the transaction -------------------------------------------------------

  // Point reads see every write made so far. Get does not fail for pending keys.
  Result<std::optional<std::string>> Get(ColumnFamily family, std::string_view key) const override;

  // The merged view as of this call: later writes do not show. Costs a pass over
  // all pending writes besides what it reads, so it is for rare transactions.
  std::unique_ptr<Cursor> Scan(ColumnFamily family, std::string_view begin, std::string_view end,
                               bool reverse = false) const override;

  // All of these require a running transaction.
  void Put(ColumnFamily family, std::string key, std::string value);
  void Delete(ColumnFamily family, std::string key);
  // Deletes every key in `range`, pending ones included; keys put afterwards stay.
  void DeleteRange(ColumnFamily family, const KeyRange& range);

 private:
  struct Range {
    ColumnFamily family;
    KeyRange keys;
  };
  class MergedCursor;

  bool InDeletedRange(ColumnFamily family, std::string_view key) const;

  const Reader& base_;
  WriteSet batch_;
  WriteSet transaction_;
  std::vector<Range> ranges_;  // Of the running transaction, then of the last one.
  size_t bytes_ = 0;
  bool running_ = false;
  bool closed_ = false;
};

}  // namespace mesh::backend
