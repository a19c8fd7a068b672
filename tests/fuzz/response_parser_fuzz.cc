// However a reply is split, the parser says the same about it.

#include "frontend/http/response_parser.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "common/base/check.h"

using mesh::http::ResponseParser;
using Verdict = ResponseParser::Verdict;

namespace {

std::string Describe(const ResponseParser& parser) {
  const mesh::http::ResponseView& response = parser.response();
  MESH_CHECK(response.status >= 200 && response.status <= 599);
  MESH_CHECK(response.body.size() <= 256);
  return std::to_string(response.status) + std::string(response.body) + "\n";
}

std::string Said(std::string_view text, size_t step) {
  ResponseParser parser(512, 256);
  std::string said;
  std::string input;
  for (size_t given = 0; given < text.size(); given += step) {
    input.append(text.substr(given, step));
    while (!input.empty()) {
      const Verdict verdict = parser.Parse(input);
      if (verdict == Verdict::kPartial) break;
      if (verdict == Verdict::kRefused) return said + "refused";
      MESH_CHECK(parser.consumed() <= input.size());
      said += Describe(parser);
      input.erase(0, parser.consumed());
      parser.Next();
    }
  }
  if (input.empty() || parser.End(input) == Verdict::kRefused) return said + "cut short";
  return said + Describe(parser);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  MESH_CHECK(Said(text, text.size()) == Said(text, std::max<size_t>(data[0] % 16, 1)));
  return 0;
}
