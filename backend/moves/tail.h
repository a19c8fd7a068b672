// MoveTail keeps what a partition writes of accounts that are being copied, until it is sent
// to the partition that they go to: the commits after the copy's snapshot, in their order.

#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "backend/partition/partition_writer.h"
#include "backend/storage/account_ranges.h"
#include "common/base/clock.h"
#include "common/base/status.h"

namespace mesh::proto {
class ExportMessage;
}

namespace mesh::backend {

// Thread-safe. Follow is called by the writer, Take by whoever sends.
class MoveTail final : public WriteTee {
 public:
  // Holds up to `bytes_max` octets; a write more breaks it.
  MoveTail(AccountRanges accounts, size_t bytes_max);
  ~MoveTail() override;

  void Follow(const Writes& writes) override;
  void Replaced() override;

  // Puts a probe behind all that was written.
  void Probe(uint64_t number);
  // Nothing more will be written: Take says so behind all that was.
  void End();
  // Nothing more can be sent; Take gives `why`, unless it gave an end before.
  void Break(const Status& why);

  enum class Taken { kNothing, kMessage, kEnd };
  // Waits up to `limit` for something to send and fills `message` with it: the writes of some
  // commits, never a part of one, or a probe. kAborted: more was written than fits.
  Result<Taken> Take(Duration limit, proto::ExportMessage* message);

  // The prefixes of the accounts that were written to.
  std::set<std::string> touched() const;

 private:
  struct Item;

  void Add(const Write& write, proto::ExportMessage* message);
  void AddRange(const Write& write, proto::ExportMessage* message);

  const AccountRanges accounts_;
  const size_t bytes_max_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Item> items_;  // Guarded by mutex_, as is all below.
  size_t bytes_ = 0;
  std::set<std::string> touched_;
  bool ended_ = false;
  Status broken_;
};

}  // namespace mesh::backend
