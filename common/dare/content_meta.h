// ContentMeta says what the payload of an envelope is: the clear-text labels by
// which catalogs and spools are indexed. In a header it is a binary member that
// holds a JSON object, untagged (draft dare-08 §6.2).

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"

namespace mesh::dare {

// A value. Empty strings and vectors mean "not there", on reading and writing.
struct ContentMeta {
  std::string unique_id;  // Primary key of a catalog entry, MessageID of a message.
  std::vector<std::string> labels;
  std::vector<std::pair<std::string, std::string>> key_values;
  std::string message_type;  // Class of a message, e.g. "RequestConnection".
  std::string cty;           // Media type.
  std::vector<std::string> paths;
  std::string filename;
  std::string event;  // Of a catalog entry: "New", "Update" or "Delete".
  std::optional<WallMillis> created;
  std::optional<WallMillis> modified;
  std::optional<WallMillis> expire;
  std::optional<int64_t> first;     // Frame in which the entry appeared.
  std::optional<int64_t> previous;  // Frame that this one replaces.
};

// Reads the JSON object `json`. Members it does not know are ignored.
// kInvalidArgument if it is not such an object.
Result<ContentMeta> ParseContentMeta(std::string_view json);

// Appends `meta` as a compact JSON object.
void WriteContentMeta(const ContentMeta& meta, std::string& out);

}  // namespace mesh::dare
