#include "frontend/peers/peer_metrics.h"

#include <algorithm>

namespace mesh::frontend {
namespace {

struct Row {
  Code code;
  const char* result;
};
// In the order of PeerResult's codes; all others are the last.
constexpr std::array<Row, 8> kRows = {{
    {Code::kOk, "ok"},
    {Code::kNotFound, "none"},
    {Code::kUnavailable, "unreachable"},
    {Code::kDeadlineExceeded, "timeout"},
    {Code::kUnauthenticated, "certificate"},
    {Code::kPermissionDenied, "identity"},
    {Code::kFailedPrecondition, "dns"},
    {Code::kDataLoss, "broken"},
}};

}  // namespace

PeerMetrics::PeerMetrics(Registry& registry)
    : changes_(registry.GetCounter("mesh_peer_changes_total",
                                   "Domains that showed another service than before")),
      refused_(
          registry.GetCounter("mesh_peer_refusals_total", "Domains not asked because of a bound")),
      domains_(registry.GetGauge("mesh_peer_domains", "Domains of which something is known")) {
  for (size_t i = 0; i < kRows.size(); ++i) {
    fetches_[i] = &registry.GetCounter("mesh_peer_fetches_total", "Domains asked for their service",
                                       {{"result", kRows[i].result}});
  }
}

void PeerMetrics::Fetched(Code outcome) {
  const auto* const row =
      std::find_if(kRows.begin(), kRows.end() - 1, [=](const Row& r) { return r.code == outcome; });
  fetches_[static_cast<size_t>(row - kRows.begin())]->Add();
}

}  // namespace mesh::frontend
