// Which members of headers and trailers hold octets, and so how these are written in
// JSON-B. They are kept as JSON text; the way back is json::ReadAsText.

#pragma once

#include <string>
#include <string_view>

#include "common/encoding/json_writer.h"

namespace mesh::dare {

// Whether the member `name` of a header, of a trailer or of an object in them is
// binary, or an array of binary (draft dare-08 §5.2, §5.3).
bool IsBinaryMember(std::string_view name);

// Appends `text`, the JSON text of a header or trailer or the front of one, in `form`.
// JSON-B is the text octet for octet, but that the values of binary members are data
// items; what is not base64 stays.
void AppendInForm(std::string_view text, json::Form form, std::string& out);

// Writes the header or trailer `text` as the next value, in the writer's form.
void WriteHeaderText(std::string_view text, json::Writer& writer);

}  // namespace mesh::dare
