// Placement says which slots should move so that back ends bear alike, or one bears nothing.
//
// Pure; any thread.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/moves/move_plan.h"

namespace mesh::admin {

// What a back end that is registered says of itself.
struct BackEndLoad {
  int64_t data_bytes = 0;
  int64_t requests = 0;  // In a second.
};
using Loads = std::map<std::string, BackEndLoad, std::less<>>;  // By back end.

// What a back end bears of all, before and after.
struct Share {
  std::string back_end;
  double before = 0;  // 0 to 1.
  double after = 0;
};

struct Placement {
  std::vector<MoveOrder> orders;  // None: it is well as it is. `to` is a partition's id.
  std::vector<Share> shares;      // By back end.
};

// A back end within this part of an equal share is left alone: what it says of itself goes up
// and down by more.
inline constexpr double kShareTolerance = 0.05;

// Slots go from those that bear more than an equal share to those that bear less. What a back
// end bears is the mean of its parts of all octets and of all requests; its slots are taken for
// alike. Back ends that are not registered neither give nor take. kFailedPrecondition, with the
// next step: fewer than two can take part.
Result<Placement> PlanRebalance(const KeptMap& map, const Loads& loads);

// All slots and pinned accounts of `back_end` go to the others, most to those that bear least.
// kNotFound: the map has no such back end; kFailedPrecondition: no other can take.
Result<Placement> PlanEvacuation(const KeptMap& map, const Loads& loads, std::string_view back_end);

}  // namespace mesh::admin
