// Where a service is: what discovery finds out about a domain.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mesh::discovery {

// The service that we look for: `_mmm._tcp.DOMAIN`, or `mmm.DOMAIN` (draft -06 §4.1).
inline constexpr std::string_view kServiceName = "mmm";
inline constexpr uint16_t kDefaultPort = 443;
inline constexpr std::string_view kDefaultPath = "/.well-known/mmm";

// One host of a service.
struct ServiceTarget {
  std::string host;  // DNS name, in lower case.
  uint16_t port = kDefaultPort;
  std::vector<std::string> addresses;  // Numeric, of both families; at least one.
  std::string path{kDefaultPath};      // Of requests: absolute, without query.

  bool operator==(const ServiceTarget&) const = default;
};

}  // namespace mesh::discovery
