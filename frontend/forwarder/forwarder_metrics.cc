#include "frontend/forwarder/forwarder_metrics.h"

#include <string>

namespace mesh::frontend {
namespace {

Counter& Messages(Registry& registry, const char* result) {
  return registry.GetCounter("mesh_forwarder_messages_total", "Messages that left the outbox",
                             {{"result", result}});
}

Histogram& Transfers(Registry& registry, const char* to) {
  return registry.GetHistogram("mesh_forwarder_transfer_seconds", "Transfers of one message",
                               {{"to", to}});
}

}  // namespace

ForwarderMetrics::ForwarderMetrics(Registry& registry)
    : delivered(Messages(registry, "delivered")),
      refused(Messages(registry, "refused")),
      expired(Messages(registry, "expired")),
      again(),
      lost(registry.GetCounter("mesh_forwarder_leases_lost_total",
                               "Messages whose lease had ended when they were settled")),
      unsettled(registry.GetCounter("mesh_forwarder_unsettled_total",
                                    "Messages whose owner took no settlement")),
      lease_errors(registry.GetCounter("mesh_forwarder_lease_errors_total",
                                       "Partitions that did not say what is due")),
      own(Transfers(registry, "own")),
      other(Transfers(registry, "other")),
      held(registry.GetGauge("mesh_forwarder_held", "Messages leased here, now")),
      under_way(registry.GetGauge("mesh_forwarder_under_way", "Messages on their way, now")),
      windows(registry.GetGauge("mesh_forwarder_windows",
                                "Messages that may be on their way at a time")),
      open_circuits(registry.GetGauge("mesh_forwarder_open_circuits",
                                      "Destinations that are left alone, now")) {
  for (size_t i = 0; i < kAgainReasons; ++i) {
    const std::string reason(AgainName(static_cast<AgainReason>(i)));
    again[i] = &registry.GetCounter("mesh_forwarder_again_total", "Messages to be tried again",
                                    {{"reason", reason}});
  }
}

}  // namespace mesh::frontend
