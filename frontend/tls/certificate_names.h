// CertificateNames says which of a server's certificates a client gets for the host that it asks
// for: the one that names it, or else the one with a wildcard for it.

#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace mesh::tls {

// Any number of threads may Find once all is added.
class CertificateNames {
 public:
  // Certificate number `certificate` names `name`: a host, or "*." and a domain, which stands for
  // every host one label below it. What an earlier one names stays its own. Case does not matter.
  void Add(std::string_view name, size_t certificate);

  // The certificate for `host`; nothing when none names it.
  std::optional<size_t> Find(std::string_view host) const;

 private:
  std::map<std::string, size_t, std::less<>> hosts_;
  std::map<std::string, size_t, std::less<>> domains_;  // Of wildcards, without "*.".
};

}  // namespace mesh::tls
