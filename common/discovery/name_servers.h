// Which name servers are asked.

#pragma once

#include <string>
#include <vector>

#include "common/base/status.h"

namespace mesh::discovery {

// Each an address and a port, 192.0.2.53:53 or [2001:db8::53]:53. Empty: those of
// /etc/resolv.conf. Names in /etc/hosts are not looked at in either case.
using NameServers = std::vector<std::string>;

// kInvalidArgument, saying what is allowed, if one is not of that form or if there are more
// than kNameServersMax.
Status CheckNameServers(const NameServers& servers);

}  // namespace mesh::discovery
