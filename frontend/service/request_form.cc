#include "frontend/service/request_form.h"

namespace mesh::frontend {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

}  // namespace

std::string_view MediaTypeOf(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (!type.empty() && kSpace.find(type.back()) != kSpace.npos) type.remove_suffix(1);
  return type;
}

std::string_view WithoutSpace(std::string_view body) {
  const size_t first = body.find_first_not_of(kSpace);
  return first == body.npos ? std::string_view() : body.substr(first);
}

ResultCode DecodeResultCode(Code code) {
  return code == Code::kResourceExhausted ? kRequestSize : ResultCodeOf(code);
}

}  // namespace mesh::frontend
