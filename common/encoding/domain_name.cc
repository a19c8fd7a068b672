#include "common/encoding/domain_name.h"

namespace mesh {
namespace {

bool IsLabel(std::string_view label) {
  if (label.empty() || label.size() > kDomainLabelBytesMax) return false;
  if (label.front() == '-' || label.back() == '-') return false;
  return label.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == label.npos;
}

}  // namespace

bool IsDomainName(std::string_view name) {
  if (name.empty() || name.size() > kDomainNameBytesMax) return false;
  while (true) {
    const size_t dot = name.find('.');
    if (!IsLabel(name.substr(0, dot))) return false;
    if (dot == name.npos) return true;
    name.remove_prefix(dot + 1);
  }
}

bool IsHostName(std::string_view name) {
  if (!IsDomainName(name)) return false;
  const char first = name[name.rfind('.') + 1];  // The whole name if there is no dot.
  return first >= 'a' && first <= 'z';
}

std::string AsciiLowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace mesh
