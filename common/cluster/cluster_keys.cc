#include "common/cluster/cluster_keys.h"

#include <algorithm>
#include <charconv>

namespace mesh::cluster {
namespace {

constexpr size_t kNameBytesMax = 64;

bool MayStand(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

}  // namespace

Status CheckClusterName(std::string_view name) {
  if (!name.empty() && name.size() <= kNameBytesMax &&
      std::all_of(name.begin(), name.end(), MayStand)) {
    return Status();
  }
  return InvalidArgument("expected 1 to 64 letters, digits, '-', '_' and '.'");
}

std::optional<uint64_t> ParseDecimal(std::string_view text) {
  uint64_t value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || rest != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace mesh::cluster
