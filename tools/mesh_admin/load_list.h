// What the back ends of a map say of their load, as values.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/mesh/partition_map.h"
#include "common/operator/back_ends.h"

namespace mesh::admin {

// All figures are per second.
struct AccountLoad {
  std::string account;
  std::string back_end;  // Who has it, and has told.
  PartitionId partition = 0;
  bool pinned = false;
  double requests = 0;  // At least.
  double bytes = 0;     // Likewise.
  double unseen = 0;    // Load that it may have had besides, at most.

  // In requests: what many octets cost counts, too.
  double load() const;
};

struct NodeLoad {
  std::string back_end;
  double measured_seconds = 0;  // For so long it has counted.
  double requests = 0;
  double bytes = 0;
  double pinned_requests = 0;
  std::vector<AccountLoad> accounts;               // In no order.
  std::vector<std::pair<uint32_t, double>> slots;  // Requests, without those of pinned accounts.
};

struct LoadQuery {
  std::string back_end;       // Empty: all.
  uint32_t accounts_max = 0;  // Of each partition; 0: all that it knows.
  bool slots = false;
};

// Asks the back ends; in the order of the map. `missing` is told why one did not answer. When none
// did, the Status is the first one's; kInvalidArgument: the map has no such back end.
Result<std::vector<NodeLoad>> ListLoads(BackEnds& back_ends, const LoadQuery& query,
                                        const std::function<void(const Status&)>& missing);

}  // namespace mesh::admin
