#include "backend/moves/move_metrics.h"

#include <string>

namespace mesh::backend {
namespace {

constexpr std::array<std::string_view, kAbortCauses> kCauses = {
    "operator", "freeze_too_long", "differs", "map_changed", "too_many_restarts"};

}  // namespace

MoveMetrics::MoveMetrics(Registry& registry)
    : bytes_in(registry.GetCounter("mesh_move_bytes_total", "Octets of accounts that moved.",
                                   {{"direction", "in"}})),
      bytes_out(registry.GetCounter("mesh_move_bytes_total", "Octets of accounts that moved.",
                                    {{"direction", "out"}})),
      attempts(registry.GetCounter("mesh_move_attempts_total",
                                   "Copies that were begun here as target.")),
      finished(registry.GetCounter("mesh_moves_switched_total",
                                   "Moves that were switched to this back end.")),
      ledger_errors(registry.GetCounter("mesh_move_ledger_errors_total",
                                        "Times that the records of moves could not be read or "
                                        "written.")),
      frozen(registry.GetGauge("mesh_moves_frozen",
                               "Moves whose accounts are frozen here as source.")),
      blocked(registry.GetHistogram("mesh_move_blocked_seconds",
                                    "From the freeze of a move until its accounts were in force "
                                    "here.")) {
  for (size_t i = 0; i < kAbortCauses; ++i) {
    aborted[i] = &registry.GetCounter("mesh_moves_aborted_total", "Moves aborted, by reason.",
                                      {{"reason", std::string(kCauses[i])}});
  }
  for (size_t i = 0; i < in_phase.size(); ++i) {
    const auto phase = static_cast<MovePhase>(i);
    if (IsOver(phase)) continue;
    registry.AddCallback("mesh_moves", "Moves that this back end takes part in, by phase.",
                         {{"phase", std::string(MovePhaseName(phase))}}, false,
                         [this, i] { return in_phase[i].load(std::memory_order_relaxed); });
  }
}

}  // namespace mesh::backend
