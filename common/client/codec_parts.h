// What the files of the client's codec share. Internal to it.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/client/codec.h"
#include "common/encoding/json_reader.h"

namespace mesh::client {

// Writes {"<tag>": {...}}: the constructor opens both objects, Finish closes them.
class RequestText {
 public:
  explicit RequestText(std::string_view tag, Form form = Form::kText) : writer_(text_, form) {
    writer_.BeginObject().Member(tag).BeginObject();
  }
  json::Writer& writer() { return writer_; }
  std::string Finish() {
    writer_.EndObject().EndObject();
    return std::move(text_);
  }

 private:
  std::string text_;
  json::Writer writer_;
};

// Reads the member called `name` if it is one that the response has; otherwise
// leaves it and returns false, and the caller skips it.
using ReadMember = std::function<bool(std::string_view name, json::Reader& reader)>;

// A response with the tag `tag`, or MeshResponse; with an empty tag any will do. kDataLoss.
Result<Outcome> DecodeResponse(std::string_view payload, std::string_view tag, Form form,
                               const ReadMember& read);

// Empty if there is none to be read; the reader has the fault.
void ReadEnvelope(json::Reader& reader, std::optional<dare::Envelope>* out);

}  // namespace mesh::client
