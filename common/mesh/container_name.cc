#include "common/mesh/container_name.h"

#include <string>

#include "common/base/limits.h"

namespace mesh {

Status CheckContainerName(std::string_view name) {
  static constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  static constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  const bool good = !name.empty() && name.size() <= kContainerNameBytesMax &&
                    kLetters.find(name.front()) != kLetters.npos &&
                    name.find_first_not_of(kAllowed) == name.npos;
  if (good) return Status();
  return InvalidArgument("container name: use 1 to " + std::to_string(kContainerNameBytesMax) +
                         " letters, digits, '_' or '-', beginning with a letter");
}

bool IsSpool(std::string_view name) {
  return name == kInbound || name == kOutbound || name == kLocal || name == kArchive;
}

}  // namespace mesh
