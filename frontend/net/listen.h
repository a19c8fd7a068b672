// Listening sockets.

#pragma once

#include <cstdint>
#include <string>

#include "common/base/status.h"
#include "common/base/unique_fd.h"

namespace mesh::net {

struct Listener {
  UniqueFd socket;
  uint16_t port;  // The bound port, also when 0 was asked for.
};

// Opens a listening TCP socket on a numeric IPv4 or IPv6 `address`; port 0 takes a
// free one. Several may share an address and port (SO_REUSEPORT): the kernel spreads
// connections over them. kInvalidArgument for a bad address, kUnavailable, naming
// address and cause, when it cannot be bound.
Result<Listener> Listen(const std::string& address, uint16_t port);

// kUnavailable when somebody else listens there already. Sharing would otherwise let
// a forgotten process take half of the connections without a word.
Status CheckUnused(const std::string& address, uint16_t port);

}  // namespace mesh::net
