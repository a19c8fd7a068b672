#include "common/encoding/json_writer.h"

#include <charconv>
#include <system_error>

#include "common/encoding/base64url.h"
#include "common/encoding/date_time.h"
#include "common/encoding/json_b.h"

namespace mesh::json {
namespace {

bool MustEscape(char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }

void AppendEscaped(std::string& out, char c) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  out.push_back('\\');
  if (c == '"' || c == '\\') {
    out.push_back(c);
    return;
  }
  out.append("u00");
  out.push_back(kDigits[c >> 4]);
  out.push_back(kDigits[c & 0xf]);
}

}  // namespace

void AppendString(std::string& out, std::string_view utf8) {
  out.push_back('"');
  size_t clean = 0;  // Start of the run that needs no escape.
  for (size_t i = 0; i < utf8.size(); ++i) {
    if (!MustEscape(utf8[i])) continue;
    out.append(utf8, clean, i - clean);
    AppendEscaped(out, utf8[i]);
    clean = i + 1;
  }
  out.append(utf8, clean);
  out.push_back('"');
}

Writer& Writer::BeginObject() {
  Separate();
  out_.push_back('{');
  comma_ = false;
  return *this;
}

Writer& Writer::EndObject() {
  out_.push_back('}');
  comma_ = true;
  return *this;
}

Writer& Writer::BeginArray() {
  Separate();
  out_.push_back('[');
  comma_ = false;
  return *this;
}

Writer& Writer::EndArray() {
  out_.push_back(']');
  comma_ = true;
  return *this;
}

Writer& Writer::Member(std::string_view name) {
  Separate();
  AppendString(out_, name);
  out_.push_back(':');
  comma_ = false;
  return *this;
}

Writer& Writer::String(std::string_view utf8) {
  Separate();
  AppendString(out_, utf8);
  return *this;
}

Writer& Writer::Int(int64_t value) {
  Separate();
  char digits[24];
  const std::to_chars_result end = std::to_chars(digits, digits + sizeof digits, value);
  out_.append(digits, end.ptr);
  return *this;
}

Writer& Writer::Bool(bool value) {
  Separate();
  out_.append(value ? "true" : "false");
  return *this;
}

Writer& Writer::Binary(std::string_view octets) {
  Separate();
  if (form_ == Form::kJsonB) {
    json_b::AppendData(octets, out_);
    return *this;
  }
  out_.push_back('"');
  Base64UrlAppend(out_, octets);
  out_.push_back('"');
  return *this;
}

Writer& Writer::DateTime(WallMillis time) {
  Separate();
  out_.push_back('"');
  AppendDateTime(out_, time);
  out_.push_back('"');
  return *this;
}

Writer& Writer::Raw(std::string_view json) {
  Separate();
  out_.append(json);
  return *this;
}

}  // namespace mesh::json
