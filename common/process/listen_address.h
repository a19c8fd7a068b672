// host:port as operators write it, as a socket needs it.

#pragma once

#include <sys/socket.h>

#include <string>

#include "common/base/status.h"
#include "common/base/unique_fd.h"

namespace mesh {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

// Reads "127.0.0.1:9101" or "[::1]:9101". Addresses only, no names: what a process
// listens on must not depend on a resolver. kInvalidArgument says what is allowed.
Result<SocketAddress> ParseSocketAddress(const std::string& text);

// A blocking TCP socket that listens on `address`. kUnavailable when the address
// cannot be had.
Result<UniqueFd> ListenOn(const std::string& address, int backlog);

// The port that `listener` is bound to; 0 when it is not.
int PortOf(int listener);

}  // namespace mesh
