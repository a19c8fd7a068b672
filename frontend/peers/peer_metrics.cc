#include "frontend/peers/peer_metrics.h"

#include <algorithm>
#include <iterator>

namespace mesh::frontend {
namespace {

struct Row {
  Code code;
  const char* result;
};
// In the order of PeerResult's codes; all others are counted with the last.
constexpr Row kFetchRows[] = {
    {Code::kOk, "ok"},
    {Code::kNotFound, "none"},
    {Code::kUnavailable, "unreachable"},
    {Code::kDeadlineExceeded, "timeout"},
    {Code::kUnauthenticated, "certificate"},
    {Code::kPermissionDenied, "identity"},
    {Code::kFailedPrecondition, "dns"},
    {Code::kDataLoss, "broken"},
};
constexpr Row kCallRows[] = {
    {Code::kOk, "ok"},
    {Code::kNotFound, "none"},
    {Code::kUnavailable, "unreachable"},
    {Code::kDeadlineExceeded, "timeout"},
    {Code::kUnauthenticated, "certificate"},
    {Code::kPermissionDenied, "identity"},
    {Code::kFailedPrecondition, "dns"},
    {Code::kResourceExhausted, "bound"},
    {Code::kDataLoss, "broken"},
};

template <size_t kRows>
size_t RowOf(const Row (&rows)[kRows], Code code) {
  const Row* const last = std::end(rows) - 1;
  return static_cast<size_t>(
      std::find_if(rows, last, [=](const Row& row) { return row.code == code; }) - rows);
}

}  // namespace

PeerMetrics::PeerMetrics(Registry& registry, IncidentSink* incidents)
    : incidents_(incidents),
      changes_(registry.GetCounter("mesh_peer_changes_total",
                                   "Domains that showed another service than before")),
      refused_(
          registry.GetCounter("mesh_peer_refusals_total", "Domains not asked because of a bound")),
      domains_(registry.GetGauge("mesh_peer_domains", "Domains of which something is known")) {
  for (size_t i = 0; i < kOutcomes; ++i) {
    fetches_[i] = &registry.GetCounter("mesh_peer_fetches_total", "Domains asked for their service",
                                       {{"result", kFetchRows[i].result}});
  }
}

void PeerMetrics::Changed(std::string_view domain) {
  changes_.Add();
  if (incidents_ != nullptr) incidents_->Note(IncidentKind::kPeer, "changed", domain, {});
}

void PeerMetrics::Fetched(Code outcome) { fetches_[RowOf(kFetchRows, outcome)]->Add(); }

PeerCallMetrics::PeerCallMetrics(Registry& registry)
    : exchanges_(registry.GetCounter("mesh_peer_exchanges_total",
                                     "Exchanges with other services, for tickets")),
      under_way_(registry.GetGauge("mesh_peer_calls_under_way", "Calls to other services, now")) {
  for (size_t i = 0; i < kOutcomes; ++i) {
    calls_[i] = &registry.GetCounter("mesh_peer_calls_total", "Calls to other services",
                                     {{"result", kCallRows[i].result}});
  }
}

void PeerCallMetrics::Called(Code outcome) { calls_[RowOf(kCallRows, outcome)]->Add(); }

}  // namespace mesh::frontend
