// Any text is refused, or can be read value by value, written again, and read to the
// same text. As JSON-B it is refused, or has a text that is JSON; and JSON is its own.

#include "common/encoding/json_reader.h"

#include <cstddef>
#include <cstdint>
#include <string>

#include "common/base/check.h"
#include "common/encoding/json_text.h"
#include "common/encoding/json_writer.h"

namespace {

using mesh::json::Kind;
using mesh::json::Reader;
using mesh::json::Writer;

// Copies the next value; numbers and null as they stand.
void Copy(Reader& reader, Writer& writer) {
  std::string_view view;
  std::string text;
  bool flag = false;
  switch (reader.Peek()) {
    case Kind::kObject:
      writer.BeginObject();
      reader.BeginObject();
      while (reader.NextMember(&view)) {
        writer.Member(view);
        Copy(reader, writer);
      }
      writer.EndObject();
      return;
    case Kind::kArray:
      writer.BeginArray();
      reader.BeginArray();
      while (reader.NextElement()) Copy(reader, writer);
      writer.EndArray();
      return;
    case Kind::kString:
      if (reader.StringView(&view, &text)) writer.String(view);
      return;
    case Kind::kBool:
      if (reader.Bool(&flag)) writer.Bool(flag);
      return;
    default:
      if (reader.RawValue(&view)) writer.Raw(view);
  }
}

bool CopyAll(std::string_view text, std::string* copy) {
  Reader reader(text);
  Writer writer(*copy);
  Copy(reader, writer);
  return reader.Finish();
}

void CheckJsonB(std::string_view octets, bool json) {
  mesh::json::Options options;
  options.json_b = true;
  Reader reader(octets, options);
  std::string_view text;
  std::string scratch;
  const bool good = mesh::json::ReadAsText(reader, &text, &scratch) && reader.Finish();
  MESH_CHECK(good || !json);
  if (!good) return;
  MESH_CHECK(json == (reader.items() == 0));
  std::string copy;
  MESH_CHECK(CopyAll(text, &copy));
  MESH_CHECK(json || copy == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Reader skipper(text);
  skipper.Skip();
  const bool good = skipper.Finish();
  CheckJsonB(text, good);

  std::string once;
  MESH_CHECK(CopyAll(text, &once) == good);
  if (!good) return 0;
  std::string twice;
  MESH_CHECK(CopyAll(once, &twice));
  MESH_CHECK(once == twice);
  return 0;
}
