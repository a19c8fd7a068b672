// TransferWindow is how many transfers to one destination may be under way at a time, as
// draft -06 §9.1.2.1 argues: one more when nearly all finish quickly, fewer when many
// are slow.

#pragma once

#include <chrono>
#include <cstddef>

#include "common/base/clock.h"

namespace mesh::frontend {

// Transfers under way at the beginning, and at most: the draft's example has a hundred.
inline constexpr size_t kWindowFirst = 4;
inline constexpr size_t kWindowMax = 100;
// Finished transfers that are judged together, at least; else as many as may be under way,
// so that each judgement is of what the last one led to.
inline constexpr size_t kWindowSample = 10;
inline constexpr std::chrono::seconds kQuickTransfer{1};  // Less is quick.
inline constexpr std::chrono::seconds kSlowTransfer{4};   // As much is slow.
inline constexpr size_t kQuickPercent = 90;
inline constexpr size_t kSlowPercent = 40;

// A value; holds no clock.
class TransferWindow {
 public:
  size_t limit() const { return limit_; }

  // A transfer has ended, however it did, after `took`.
  void Finished(Duration took);

 private:
  void Judge();

  size_t limit_ = kWindowFirst;
  // Since the last judgement.
  size_t finished_ = 0;
  size_t quick_ = 0;
  size_t slow_ = 0;
};

}  // namespace mesh::frontend
