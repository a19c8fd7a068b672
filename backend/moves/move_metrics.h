// What a back end counts of the moves it takes part in.

#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <string_view>

#include "common/base/metrics.h"
#include "common/moves/move_record.h"

namespace mesh::backend {

// Why a move was aborted.
enum class AbortCause { kOperator, kFreezeTooLong, kDiffers, kMapChanged, kTooManyRestarts };
inline constexpr size_t kAbortCauses = 5;

// Thread-safe.
struct MoveMetrics {
  explicit MoveMetrics(Registry& registry);

  void Aborted(AbortCause cause) { aborted[static_cast<size_t>(cause)]->Add(); }
  // Of the moves whose source or target is here; kAborted and kCleaned are not shown.
  std::array<std::atomic<double>, 9> in_phase{};

  Counter& bytes_in;
  Counter& bytes_out;
  Counter& attempts;
  Counter& finished;
  Counter& ledger_errors;
  Gauge& frozen;
  Histogram& blocked;
  std::array<Counter*, kAbortCauses> aborted{};
};

}  // namespace mesh::backend
