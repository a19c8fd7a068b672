// Everything that a partition keeps of some accounts, in one order that both ends of a move
// know: the index, the payloads, then the accounts' places in the partition's queues.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backend/storage/account_ranges.h"
#include "backend/storage/store.h"
#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/crypto/digest.h"

namespace mesh::backend {

// Where the places in the queues are: in force, or waiting (move_keys.h).
enum class QueueKeys { kInForce, kStaged };

// For one thread. `reader` outlives it.
class RangeWalk {
 public:
  RangeWalk(const Reader& reader, const AccountRanges& accounts, QueueKeys queues);

  // The next key and value, valid until the next call. False at the end. kDataLoss and
  // kUnavailable as Reader.
  Result<bool> Next();
  ColumnFamily family() const { return family_; }
  // Of a place in a queue: as it is when in force.
  std::string_view key() const { return key_; }
  std::string_view value() const { return cursor_->value(); }

 private:
  struct Part {
    ColumnFamily family;
    KeyRange range;
    bool queue;
  };

  bool Take(const Part& part);

  const Reader& reader_;
  const AccountRanges& accounts_;
  std::vector<Part> parts_;  // The last one comes first.
  std::unique_ptr<Cursor> cursor_;
  bool fresh_ = false;  // The cursor has not been looked at where it stands.
  ColumnFamily family_ = ColumnFamily::kIndex;
  std::string_view key_;
  std::string staged_;  // What key_ views, for staged keys.
};

// The digest over a walk. Records that expire by `kept_after` are left out: either end may
// have dropped them.
class RangeDigest {
 public:
  explicit RangeDigest(WallMillis kept_after) : kept_after_(kept_after) {}

  void Add(ColumnFamily family, std::string_view key, std::string_view value);

  uint64_t keys() const { return keys_; }
  uint64_t bytes() const { return bytes_; }
  // Once.
  crypto::Digest512 Finish() { return stream_.Finish(); }

 private:
  const WallMillis kept_after_;
  crypto::Sha512Stream stream_;
  std::string field_;
  uint64_t keys_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace mesh::backend
