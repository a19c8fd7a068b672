// Values of JSON-B as JSON text, for what is kept as text: headers, profiles.

#pragma once

#include <string>
#include <string_view>

#include "common/encoding/json_reader.h"

namespace mesh::json {

// Reads the next value of `reader` as RawValue() does, and gives it as JSON: octet for
// octet if it is JSON already, else compact, with data in base64url. `*text` lies in
// the reader's text or in `*scratch`. Returns false, with the fault in
// reader.status(), if there is none.
bool ReadAsText(Reader& reader, std::string_view* text, std::string* scratch);

}  // namespace mesh::json
