// The order in which a client tries the hosts of a service (RFC 2782, "Usage rules").
//
// Pure functions; any thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace mesh::discovery {

// Any number, each as likely as every other. Called on the thread that chooses.
using RandomNumber = std::function<uint32_t()>;

struct Preference {
  uint16_t priority = 0;  // Lower ones first.
  uint16_t weight = 0;    // Among the same priority: the share of clients.
};

// The indices of `hosts`: by priority, and within one priority drawn by weight, so that
// hosts of weight 0 come last but for a small chance.
std::vector<size_t> OrderOfUse(const std::vector<Preference>& hosts, const RandomNumber& random);

}  // namespace mesh::discovery
