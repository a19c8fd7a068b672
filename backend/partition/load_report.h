// LoadReport is what a back end says of the load of a partition: put together from the meters of
// all threads that work for it, and only for what is in the partition now.

#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "backend/partition/load_meter.h"
#include "common/mesh/partition_map.h"

namespace mesh::backend {

// All figures are per second.
struct AccountLoad {
  std::string account;
  bool pinned = false;
  double requests = 0;  // At least.
  double bytes = 0;     // Likewise.
  double unseen = 0;    // Load (account_sketch.h) that it may have had besides, at most.

  double load() const { return requests + bytes / kOctetsPerRequest; }
};

struct PartitionLoad {
  PartitionId partition = 0;
  double requests = 0;
  double bytes = 0;
  double pinned_requests = 0;                      // Those of `requests` that no slot has.
  std::vector<AccountLoad> accounts;               // Whoever makes most load first.
  std::vector<std::pair<uint32_t, double>> slots;  // Requests, of those that have some.
};

// What `readings` say of `partition`, to which `map` may have given, and from which it may have
// taken, accounts and slots in the meantime. What has gone is left out; of the octets of slots
// that have gone it is assumed that they were like the others.
PartitionLoad ReportLoad(PartitionId partition, const PartitionMap& map,
                         const std::vector<LoadReading>& readings);

}  // namespace mesh::backend
