#include "common/discovery/name_servers.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstdint>
#include <string_view>

#include "common/discovery/limits.h"

namespace mesh::discovery {
namespace {

bool IsPort(std::string_view text) {
  uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, port);
  return error == std::errc() && stopped == end && port != 0;
}

bool IsNameServer(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || !IsPort(std::string_view(text).substr(colon + 1))) return false;
  in6_addr address;
  const std::string host = text.substr(0, colon);
  if (::inet_pton(AF_INET, host.c_str(), &address) == 1) return true;
  return host.size() > 2 && host.front() == '[' && host.back() == ']' &&
         ::inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &address) == 1;
}

}  // namespace

Status CheckNameServers(const NameServers& servers) {
  for (const std::string& server : servers) {
    if (IsNameServer(server)) continue;
    return InvalidArgument("name server " + server +
                           ": expected an address and a port, such as 192.0.2.53:53 or [::1]:53");
  }
  if (servers.size() <= kNameServersMax) return Status();
  return InvalidArgument("at most " + std::to_string(kNameServersMax) +
                         " name servers can be given");
}

}  // namespace mesh::discovery
