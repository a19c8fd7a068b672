// Writes compact JSON into a string of the caller's.
//
//   json::Writer writer(out);
//   writer.BeginObject();
//   writer.Member("Status").Int(201);
//   writer.Member("Updates").BeginArray();
//   ...
//
// Only `\"` and `\\` are escaped, control characters as `\u00XX`, and everything
// else stands as it is: the reference client misreads all other escapes. It also
// fails on null, so there is no way to write one: leave the member out.
//
// The caller keeps the nesting right; the writer only places commas. `out` must
// outlive the writer. For one thread.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/clock.h"

namespace mesh::json {

// How octets are written: as base64url text, or as JSON-B data items (json_b.h). All else
// is the same: JSON text may stand in JSON-B.
enum class Form : uint8_t { kText, kJsonB };

class Writer {
 public:
  // Appends to `out`; what is there stays.
  explicit Writer(std::string& out, Form form = Form::kText) : out_(out), form_(form) {}

  Form form() const { return form_; }

  Writer& BeginObject();
  Writer& EndObject();
  Writer& BeginArray();
  Writer& EndArray();
  // The name of the next value, inside an object.
  Writer& Member(std::string_view name);

  Writer& String(std::string_view utf8);
  Writer& Int(int64_t value);
  Writer& Bool(bool value);
  // Octets, as the form has them.
  Writer& Binary(std::string_view octets);
  // An instant, whole seconds (date_time.h).
  Writer& DateTime(WallMillis time);
  // JSON text of one whole value, as it is.
  Writer& Raw(std::string_view json);

 private:
  void Separate() {
    if (comma_) out_.push_back(',');
    comma_ = true;
  }

  std::string& out_;
  const Form form_;
  bool comma_ = false;  // Whether a value stands before, in this object or array.
};

// Appends `utf8` as a JSON string with its quotes.
void AppendString(std::string& out, std::string_view utf8);

}  // namespace mesh::json
