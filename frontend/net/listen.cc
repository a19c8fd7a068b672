#include "frontend/net/listen.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "frontend/net/address.h"

namespace mesh::net {
namespace {

// Connections that the kernel may finish before we take them.
constexpr int kBacklog = 4096;

Status CannotListen(const std::string& address, uint16_t port, int error) {
  return Status(Code::kUnavailable, "cannot listen on " + address + " port " +
                                        std::to_string(port) + ": " + std::strerror(error));
}

// Accepted sockets inherit TCP_NODELAY: replies leave in one piece anyway.
bool SetOptions(int fd) {
  const int on = 1;
  return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
         setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0 &&
         setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0;
}

}  // namespace

Result<Listener> Listen(const std::string& address, uint16_t port) {
  MESH_ASSIGN(const SocketAddress where, SocketAddress::Parse(address, port));
  UniqueFd fd(socket(where.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid() || !SetOptions(fd.get()) || bind(fd.get(), where.get(), where.size()) != 0 ||
      listen(fd.get(), kBacklog) != 0) {
    return CannotListen(address, port, errno);
  }
  const uint16_t bound = BoundPort(fd.get());
  return Listener{std::move(fd), bound};
}

// A socket that does not offer to share its port cannot be bound beside one that listens.
Status CheckUnused(const std::string& address, uint16_t port) {
  MESH_ASSIGN(const SocketAddress where, SocketAddress::Parse(address, port));
  const UniqueFd fd(socket(where.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  if (!fd.valid() || setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      bind(fd.get(), where.get(), where.size()) != 0) {
    return CannotListen(address, port, errno);
  }
  return Status();
}

}  // namespace mesh::net
