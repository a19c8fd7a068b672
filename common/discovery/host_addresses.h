// The addresses of one host, as the name servers that were given say: for programs that must not
// ask this machine's.

#pragma once

#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/discovery/name_servers.h"

namespace mesh::discovery {

// Numeric ones, IPv6 first; at least one. `servers` has passed CheckNameServers. Blocks until
// `deadline` at most, and needs no thread. Errors as Outcome (lookup.h), and kInvalidArgument when
// `host` is not a DNS name in lower case.
Result<std::vector<std::string>> HostAddresses(const std::string& host, const NameServers& servers,
                                               const Clock& clock, Deadline deadline);

}  // namespace mesh::discovery
