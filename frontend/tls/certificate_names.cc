#include "frontend/tls/certificate_names.h"

namespace mesh::tls {
namespace {

constexpr std::string_view kWildcard = "*.";

// Names in certificates and in TLS are ASCII.
std::string Lower(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace

void CertificateNames::Add(std::string_view name, size_t certificate) {
  std::string lower = Lower(name);
  if (lower.starts_with(kWildcard)) {
    domains_.emplace(lower.substr(kWildcard.size()), certificate);
  } else {
    hosts_.emplace(std::move(lower), certificate);
  }
}

std::optional<size_t> CertificateNames::Find(std::string_view host) const {
  const std::string lower = Lower(host);
  if (const auto exact = hosts_.find(lower); exact != hosts_.end()) return exact->second;
  const size_t dot = lower.find('.');
  if (dot == 0 || dot == std::string::npos) return std::nullopt;
  const auto wildcard = domains_.find(std::string_view(lower).substr(dot + 1));
  if (wildcard == domains_.end()) return std::nullopt;
  return wildcard->second;
}

}  // namespace mesh::tls
