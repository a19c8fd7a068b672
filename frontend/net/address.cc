#include "frontend/net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>

namespace mesh::net {

Result<SocketAddress> SocketAddress::Parse(const std::string& address, uint16_t port) {
  SocketAddress result;
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&result.storage_, &v4, sizeof v4);
    result.size_ = sizeof v4;
  } else if (inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&result.storage_, &v6, sizeof v6);
    result.size_ = sizeof v6;
  } else {
    return InvalidArgument("'" + address + "' must be a numeric IPv4 or IPv6 address");
  }
  return result;
}

std::string AddressText(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = {};
  const auto* const v4 = reinterpret_cast<const sockaddr_in*>(&address);
  const auto* const v6 = reinterpret_cast<const sockaddr_in6*>(&address);
  if (address.ss_family == AF_INET) inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
  if (address.ss_family == AF_INET6) inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
  return text;
}

uint16_t BoundPort(int fd) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return 0;
  // Both families keep the port at the same place.
  return ntohs(reinterpret_cast<const sockaddr_in*>(&bound)->sin_port);
}

}  // namespace mesh::net
