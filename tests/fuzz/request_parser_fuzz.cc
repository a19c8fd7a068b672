// However a request is split, the parser says the same; what it hands over lies within
// what it was given and holds none of what it promises to refuse.

#include "frontend/http/request_parser.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "common/base/check.h"

using mesh::http::ParserLimits;
using mesh::http::RequestParser;
using Verdict = RequestParser::Verdict;

namespace {

constexpr ParserLimits kLimits = {
    .target_bytes_max = 64, .header_bytes_max = 512, .fields_max = 8, .body_bytes_max = 256};

void CheckRequest(const RequestParser& parser, size_t input_size) {
  const mesh::http::Request& request = parser.request();
  MESH_CHECK(parser.consumed() <= input_size);
  MESH_CHECK(!request.method.empty() && request.target.size() <= kLimits.target_bytes_max);
  MESH_CHECK(request.body.size() <= kLimits.body_bytes_max);
  MESH_CHECK(request.fields.size() <= kLimits.fields_max);
  for (const mesh::http::Field& field : request.fields) {
    MESH_CHECK(!field.name.empty());
    MESH_CHECK(field.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
  }
}

// All that is said about `text` when it comes in pieces of `step` octets.
std::string Said(std::string_view text, size_t step) {
  RequestParser parser(kLimits);
  std::string said;
  std::string input;
  for (size_t given = 0; given < text.size(); given += step) {
    input.append(text.substr(given, step));
    while (!input.empty()) {
      const Verdict verdict = parser.Parse(input);
      if (verdict == Verdict::kPartial) break;
      if (verdict == Verdict::kRefused) {
        return said + "refused " + std::to_string(parser.refusal().status);
      }
      CheckRequest(parser, input.size());
      said.append(parser.request().method).append(parser.request().target);
      said.append(parser.request().host).append(parser.request().body).append("\n");
      input.erase(0, parser.consumed());
      parser.Next();
    }
  }
  return said;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string whole = Said(text, text.size());
  MESH_CHECK(Said(text, std::max<size_t>(data[0] % 16, 1)) == whole);
  return 0;
}
