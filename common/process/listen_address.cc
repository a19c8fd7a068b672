#include "common/process/listen_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>

namespace mesh {
namespace {

Status NotAnAddress(const std::string& text) {
  return InvalidArgument("\"" + text +
                         "\" is not an address to listen on; write 127.0.0.1:9101 or [::1]:9101");
}

bool ParsePort(std::string_view text, uint16_t* port) {
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, *port);
  return error == std::errc() && stopped == end && !text.empty();
}

sockaddr* AsSockaddr(SocketAddress& address) {
  return reinterpret_cast<sockaddr*>(&address.storage);
}

}  // namespace

Result<SocketAddress> ParseSocketAddress(const std::string& text) {
  const size_t colon = text.rfind(':');
  uint16_t port = 0;
  if (colon == std::string::npos || !ParsePort(std::string_view(text).substr(colon + 1), &port)) {
    return NotAnAddress(text);
  }
  std::string host = text.substr(0, colon);
  SocketAddress address;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    auto* in6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(port);
    address.length = sizeof *in6;
    host = host.substr(1, host.size() - 2);
    if (::inet_pton(AF_INET6, host.c_str(), &in6->sin6_addr) != 1) return NotAnAddress(text);
    return address;
  }
  auto* in4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  in4->sin_family = AF_INET;
  in4->sin_port = htons(port);
  address.length = sizeof *in4;
  if (::inet_pton(AF_INET, host.c_str(), &in4->sin_addr) != 1) return NotAnAddress(text);
  return address;
}

Result<UniqueFd> ListenOn(const std::string& address, int backlog) {
  MESH_ASSIGN(SocketAddress parsed, ParseSocketAddress(address));
  UniqueFd fd(::socket(parsed.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  if (!fd.valid() || ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(fd.get(), AsSockaddr(parsed), parsed.length) != 0 ||
      ::listen(fd.get(), backlog) != 0) {
    return Status(Code::kUnavailable, "cannot listen on " + address + ": " + std::strerror(errno));
  }
  return fd;
}

int PortOf(int listener) {
  SocketAddress bound;
  bound.length = sizeof bound.storage;
  if (::getsockname(listener, AsSockaddr(bound), &bound.length) != 0) return 0;
  if (bound.storage.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<sockaddr_in6*>(&bound.storage)->sin6_port);
  }
  return ntohs(reinterpret_cast<sockaddr_in*>(&bound.storage)->sin_port);
}

}  // namespace mesh
