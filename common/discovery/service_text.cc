#include "common/discovery/service_text.h"

#include <string_view>

#include "common/discovery/limits.h"
#include "common/encoding/domain_name.h"

namespace mesh::discovery {
namespace {

constexpr std::string_view kPathKey = "path";
constexpr std::string_view kPathCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";

bool IsPath(std::string_view path) {
  if (path.empty() || path.size() > kPathBytesMax || path.front() != '/') return false;
  if (path.find_first_not_of(kPathCharacters) != path.npos) return false;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    const bool last = segment.size() == path.size();
    if (segment == "." || segment == ".." || (segment.empty() && !last)) return false;
    path.remove_prefix(segment.size());
  }
  return true;
}

// The first part of `*rest` that ends at a space; takes it from there.
std::string_view NextPair(std::string_view* rest) {
  const size_t begin = rest->find_first_not_of(' ');
  if (begin == rest->npos) return *rest = {};
  rest->remove_prefix(begin);
  const std::string_view pair = rest->substr(0, rest->find(' '));
  rest->remove_prefix(pair.size());
  return pair;
}

}  // namespace

std::optional<std::string> PathAttribute(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    std::string_view rest = text;
    while (!rest.empty()) {
      const std::string_view pair = NextPair(&rest);
      const size_t equals = pair.find('=');
      if (equals == pair.npos || AsciiLowerCase(pair.substr(0, equals)) != kPathKey) continue;
      const std::string_view path = pair.substr(equals + 1);
      if (IsPath(path)) return std::string(path);
      return std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace mesh::discovery
