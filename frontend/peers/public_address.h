// Which addresses a server may connect to when a stranger chooses the name.

#pragma once

#include <string>
#include <vector>

#include "common/discovery/service_target.h"

namespace mesh::frontend {

// Whether `numeric`, IPv4 or IPv6, is an address of the public internet: none that IANA's
// special-purpose registries reserve (loopback, link-local, private, shared, documentation,
// multicast ...), in IPv6 only global unicast, and no form that holds an IPv4 address which
// is not public itself.
bool IsPublicAddress(const std::string& numeric);

// `targets` with their public addresses alone; targets without any are left out.
std::vector<discovery::ServiceTarget> PublicTargets(std::vector<discovery::ServiceTarget> targets);

}  // namespace mesh::frontend
