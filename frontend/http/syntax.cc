#include "frontend/http/syntax.h"

namespace mesh::http {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

}  // namespace

std::string_view SplitFieldLine(std::string_view line, std::string_view* name,
                                std::string_view* value) {
  if (!line.empty() && IsBlank(line.front())) {
    return "a header field must not be folded over lines";
  }
  size_t colon = 0;
  while (colon < line.size() && Is(kToken, line[colon])) ++colon;
  if (colon == line.size()) return "a header field needs a colon after its name";
  if (colon == 0 || line[colon] != ':') {
    return "a header field's name must be a token, with the colon right after it";
  }
  std::string_view rest = line.substr(colon + 1);
  while (!rest.empty() && IsBlank(rest.front())) rest.remove_prefix(1);
  while (!rest.empty() && IsBlank(rest.back())) rest.remove_suffix(1);
  if (!AllAre(kField, rest)) return "a header field's value must not hold control characters";
  *name = line.substr(0, colon);
  *value = rest;
  return {};
}

}  // namespace mesh::http
