// LoadMeter counts what one thread does for the accounts of a partition: requests and octets, by
// slot, and by account for those that make most of it (account_sketch.h).
//
// What was counted a half-life ago counts half, so rates are means over the last minutes. It is
// not what is counted that shrinks with time: what is counted later grows, which keeps the
// sketch's bounds and costs a request nothing.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <vector>

#include "backend/partition/account_sketch.h"
#include "common/base/clock.h"

namespace mesh::proto {
class PartitionReply;
}  // namespace mesh::proto

namespace mesh::backend {

struct Job;

// Long enough that a burst makes no account hot, short enough that five minutes after a move a
// thirtieth is left of what was before.
inline constexpr std::chrono::seconds kLoadHalfLife{60};
// Accounts that a meter keeps: whoever makes more than a 256th of what a thread does is among
// them, and to move who makes less would help nobody. About 90 KiB.
inline constexpr size_t kAccountsMetered = 256;

// What a meter has counted, per second.
struct LoadReading {
  double requests = 0;
  double bytes = 0;
  double pinned_requests = 0;  // Those of `requests` that are in no slot's.
  std::vector<double> slots;   // Requests of accounts that are here with it, by slot: kSlotCount.
  std::vector<AccountSketch::Entry> accounts;
  double least = 0;  // An account that is not among them has no more load than this.
};

// Thread-safe. One thread counts; a lock that is its own but for the moments in which somebody
// reads.
class LoadMeter {
 public:
  explicit LoadMeter(MonotonicTime start);

  // A request for `account` was answered; `hash` is that of its slot, with which it is here or
  // not, `bytes` are those of request and reply. Does not allocate.
  void Count(std::string_view account, uint64_t hash, bool by_slot, size_t bytes,
             MonotonicTime now);

  // Takes tens of microseconds, in which nothing is counted.
  LoadReading Read(MonotonicTime now) const;

 private:
  void Enter(MonotonicTime now);
  double WeightOf(int64_t second) const;
  double Normal(MonotonicTime now) const;

  const MonotonicTime start_;
  mutable std::mutex mutex_;
  // All that follows is guarded by mutex_. What happens in one second counts alike.
  MonotonicTime second_end_;
  int64_t second_ = 0;  // Since start_: the one in which weight_ is that of a request.
  int64_t unit_ = 0;    // The second in which a request counts 1.
  double weight_ = 1;
  double requests_ = 0;
  double bytes_ = 0;
  double pinned_ = 0;
  std::vector<float> slots_;  // Requests, without pinned_; exact to a ten-millionth.
  AccountSketch accounts_;
};

// Counts `job`, which is answered with `reply`. What is asked of a partition, and not of an
// account, is not counted.
void CountLoad(const Job& job, const proto::PartitionReply& reply, MonotonicTime now,
               LoadMeter& meter);

}  // namespace mesh::backend
