// Readers of member values that occur in several DARE structures. Internal to
// common/dare. Each returns false, with the fault in the reader's status.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/encoding/json_reader.h"

namespace mesh::dare {

inline bool ReadOptional(json::Reader& reader, std::optional<int64_t>* out) {
  int64_t value = 0;
  if (!reader.Int(&value)) return false;
  *out = value;
  return true;
}

inline bool ReadOptionalTime(json::Reader& reader, std::optional<WallMillis>* out) {
  WallMillis value = 0;
  if (!reader.DateTime(&value)) return false;
  *out = value;
  return true;
}

// An array, each element read by `read(&element)` and appended to `*out`.
template <typename T, typename Read>
bool ReadArray(json::Reader& reader, std::vector<T>* out, Read read) {
  reader.BeginArray();
  while (reader.NextElement()) {
    if (!read(&out->emplace_back())) return false;
  }
  return reader.ok();
}

inline bool ReadStrings(json::Reader& reader, std::vector<std::string>* out) {
  return ReadArray(reader, out, [&](std::string* element) { return reader.String(element); });
}

// An object, each member's value read by `read(name)`.
template <typename Read>
bool ReadObject(json::Reader& reader, Read read) {
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (!read(name)) return false;
  }
  return reader.ok();
}

}  // namespace mesh::dare
