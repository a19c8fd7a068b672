// A numeric internet address with a port, as the kernel wants it.

#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "common/base/status.h"

namespace mesh::net {

class SocketAddress {
 public:
  // kInvalidArgument unless `address` is a numeric IPv4 or IPv6 address.
  static Result<SocketAddress> Parse(const std::string& address, uint16_t port);

  int family() const { return storage_.ss_family; }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t size() const { return size_; }

 private:
  sockaddr_storage storage_{};
  socklen_t size_ = 0;
};

// The numeric address in `address`, without its port; empty when it is none of the internet.
std::string AddressText(const sockaddr_storage& address);

// The port a bound socket has.
uint16_t BoundPort(int fd);

}  // namespace mesh::net
