// Placement says which slots and accounts should move so that back ends bear alike, or one bears
// nothing.
//
// Pure; any thread.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/moves/move_plan.h"

namespace mesh::admin {

// An account that makes much load.
struct HotAccount {
  std::string account;
  double requests = 0;  // In a second, as all that follow.
  bool pinned = false;
};

// Of whom a back end's requests are, as it says when it is asked.
struct RequestLoad {
  std::vector<std::pair<uint32_t, double>> slots;  // Without those of pinned accounts.
  double pinned = 0;
  std::vector<HotAccount> accounts;
};

// What is known of a back end that is registered.
struct BackEndLoad {
  int64_t data_bytes = 0;
  double requests = 0;                             // In a second.
  std::optional<RequestLoad> told = std::nullopt;  // Nothing: its slots are taken for alike.
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
// With fewer in a second, over all, requests say nothing of anything.
inline constexpr double kRequestsMin = 1;
// Accounts that one plan pins: each is a move, and figures are to be looked at again after some.
inline constexpr size_t kPinsPerPlan = 8;

// What a back end bears is the mean of its parts of all octets and of all requests; octets are
// taken for alike over its slots, requests are where it says that they are. Back ends that are not
// registered neither give nor take. Pinned accounts stay where they are, and count there.

// Slots go from those that bear more than an equal share to those that bear less.
// kFailedPrecondition, with the next step: fewer than two can take part.
Result<Placement> PlanRebalance(const KeptMap& map, const Loads& loads);

// Hot accounts are pinned elsewhere, where one alone brings the back end that bears most nearer to
// an equal share by more than the tolerance. As PlanRebalance.
Result<Placement> PlanPins(const KeptMap& map, const Loads& loads);

// All slots and pinned accounts of `back_end` go to the others, most to those that bear least.
// kNotFound: the map has no such back end; kFailedPrecondition: no other can take.
Result<Placement> PlanEvacuation(const KeptMap& map, const Loads& loads, std::string_view back_end);

}  // namespace mesh::admin
