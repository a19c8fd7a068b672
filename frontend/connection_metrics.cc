#include "frontend/connection_metrics.h"

#include <functional>
#include <string>

#include "frontend/connection/stats.h"

namespace mesh::frontend {
namespace {

using connection::ConnectionStats;
using connection::Counter;
using Listeners = std::vector<std::unique_ptr<connection::Server>>;
using Pick = std::function<const Counter&(const ConnectionStats&)>;

double Sum(const Listeners& listeners, const Pick& pick) {
  uint64_t sum = 0;
  for (const auto& listener : listeners) {
    for (int loop = 0; loop < listener->loops(); ++loop) sum += pick(listener->stats(loop)).value();
  }
  return static_cast<double>(sum);
}

struct Row {
  std::string_view name;
  std::string_view help;
  bool counter;
  Counter ConnectionStats::*field;
};
constexpr Row kRows[] = {
    {"mesh_connections_accepted_total", "Connections accepted.", true, &ConnectionStats::accepted},
    {"mesh_connections_open", "Connections open now.", false, &ConnectionStats::open},
    {"mesh_connections_refused_total", "Connections closed because a loop was full.", true,
     &ConnectionStats::refused_full},
    {"mesh_connections_broken_total", "Connections ended by an error.", true,
     &ConnectionStats::broken},
    {"mesh_received_bytes_total", "Octets received from clients.", true,
     &ConnectionStats::bytes_in},
    {"mesh_sent_bytes_total", "Octets sent to clients.", true, &ConnectionStats::bytes_out},
    {"mesh_http_requests_total", "HTTP requests given to the service.", true,
     &ConnectionStats::requests},
    {"mesh_http_requests_in_flight", "HTTP requests not answered yet.", false,
     &ConnectionStats::in_flight},
};
constexpr Row kHandshakes[] = {
    {"ok", "", true, &ConnectionStats::handshakes_ok},
    {"resumed", "", true, &ConnectionStats::handshakes_resumed},
    {"failed", "", true, &ConnectionStats::handshakes_failed},
};

}  // namespace

void ExportConnectionMetrics(const Listeners& listeners, Registry& registry) {
  const auto add = [&](std::string_view name, std::string_view help, Labels labels, bool counter,
                       Pick pick) {
    registry.AddCallback(name, help, std::move(labels), counter,
                         [&listeners, pick = std::move(pick)] { return Sum(listeners, pick); });
  };
  const auto field = [](Counter ConnectionStats::*of) {
    return [of](const ConnectionStats& stats) -> const Counter& { return stats.*of; };
  };
  for (const Row& row : kRows) add(row.name, row.help, {}, row.counter, field(row.field));
  for (const Row& row : kHandshakes) {
    add("mesh_tls_handshakes_total", "TLS handshakes; resumed ones are ok too.",
        {{"result", std::string(row.name)}}, true, field(row.field));
  }
  for (size_t i = 0; i < connection::kRefusalStatuses.size(); ++i) {
    add("mesh_http_refusals_total", "Requests refused by HTTP.",
        {{"code", std::to_string(connection::kRefusalStatuses[i])}}, true,
        [i](const ConnectionStats& stats) -> const Counter& { return stats.refusals[i]; });
  }
  for (size_t i = 0; i < connection::kTimeoutKinds; ++i) {
    add("mesh_connection_timeouts_total", "Connections that took too long.",
        {{"waiting_for", connection::TimeoutName(static_cast<connection::TimeoutKind>(i))}}, true,
        [i](const ConnectionStats& stats) -> const Counter& { return stats.timeouts[i]; });
  }
  registry.AddCallback("mesh_io_info", "How sockets are served.",
                       {{"io", std::string(listeners.front()->io_name())}}, false,
                       [] { return 1.0; });
}

}  // namespace mesh::frontend
