#include "frontend/service/service_metrics.h"

#include <algorithm>
#include <string>

namespace mesh::frontend {
namespace {

std::string Name(size_t transaction) {
  if (transaction == kTransactionCount) return "unknown";
  return std::string(RequestTag(static_cast<Transaction>(transaction)));
}

constexpr std::array<const char*, kBounds> kBoundNames = {
    "in-flight-max", "body-bytes-max", "account-rate", "operation-rate", "exchange-rate"};

}  // namespace

ServiceMetrics::ServiceMetrics(Registry& registry)
    : not_known_(registry.GetCounter("mesh_requests_outcome_not_known_total",
                                     "Requests answered with 503 of which it is not known whether "
                                     "they were applied")),
      in_flight_(registry.GetGauge("mesh_requests_in_flight", "Requests under way")),
      bytes_in_(registry.GetCounter("mesh_request_bytes_total", "Octets of request bodies")),
      bytes_out_(registry.GetCounter("mesh_reply_bytes_total", "Octets of reply bodies")) {
  for (size_t i = 0; i < kTransactionKinds; ++i) {
    seconds_[i] = &registry.GetHistogram(
        "mesh_request_seconds", "From a whole request to its reply", {{"transaction", Name(i)}});
    for (size_t j = 0; j < kStatusKinds; ++j) {
      const std::string code = j < kStatuses.size() ? std::to_string(kStatuses[j]) : "other";
      requests_[i][j] = &registry.GetCounter("mesh_requests_total", "Requests answered",
                                             {{"transaction", Name(i)}, {"code", code}});
    }
  }
  for (size_t i = 0; i < kBounds; ++i) {
    beyond_[i] = &registry.GetCounter("mesh_admission_refused_total", "Refused beyond a bound",
                                      {{"bound", kBoundNames[i]}});
  }
}

void ServiceMetrics::Count(const Transaction* transaction, int status, uint64_t nanos) {
  const size_t row = transaction == nullptr ? kTransactionCount : static_cast<size_t>(*transaction);
  requests_[row][StatusIndex(status)]->Add();
  seconds_[row]->ObserveNanos(nanos);
}

void ServiceMetrics::Enter(size_t body_bytes) {
  in_flight_.Add(1);
  bytes_in_.Add(body_bytes);
}

void ServiceMetrics::Leave(size_t reply_bytes) {
  in_flight_.Add(-1);
  bytes_out_.Add(reply_bytes);
}

size_t ServiceMetrics::StatusIndex(int status) {
  const auto found = std::find(kStatuses.begin(), kStatuses.end(), status);
  return static_cast<size_t>(found - kStatuses.begin());
}

}  // namespace mesh::frontend
