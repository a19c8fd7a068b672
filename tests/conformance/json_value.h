// Texts read by our own readers into values that checkers can walk: JSON through
// json::Reader, JSON-B through json_b::Reader. Data of JSON-B becomes base64url, as it
// stands in JSON.

#pragma once

#include <string>
#include <string_view>

#include "tests/conformance/vector_file.h"

namespace mesh::conformance {

// Throw when the text is not right.
Case ReadJson(std::string_view text);
Case ReadJsonB(std::string_view octets);
// Whichever of the two `octets` are.
Case ReadEither(std::string_view octets);

// `value` written in JSON-B as the reference writes it; text of base64url members
// named in `data` becomes data.
std::string WriteJsonB(const nlohmann::ordered_json& value);
// As ReadJsonB(), members in their order and data as nlohmann's binary values.
nlohmann::ordered_json ReadOrderedJsonB(std::string_view octets);

}  // namespace mesh::conformance
