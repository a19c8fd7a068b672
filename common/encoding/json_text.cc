#include "common/encoding/json_text.h"

#include "common/base/check.h"
#include "common/encoding/json_writer.h"

namespace mesh::json {
namespace {

void Copy(Reader& reader, Writer& writer);

void CopyObject(Reader& reader, Writer& writer) {
  std::string_view name;
  writer.BeginObject();
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    writer.Member(name);
    Copy(reader, writer);
  }
  writer.EndObject();
}

void CopyArray(Reader& reader, Writer& writer) {
  writer.BeginArray();
  reader.BeginArray();
  while (reader.NextElement()) Copy(reader, writer);
  writer.EndArray();
}

// What is wrong stays in the reader.
void Copy(Reader& reader, Writer& writer) {
  std::string_view view;
  std::string text;
  bool flag = false;
  switch (reader.Peek()) {
    case Kind::kObject:
      return CopyObject(reader, writer);
    case Kind::kArray:
      return CopyArray(reader, writer);
    case Kind::kString:
      if (reader.StringView(&view, &text)) writer.String(view);
      return;
    case Kind::kData:
      if (reader.Binary(&text)) writer.Binary(text);
      return;
    case Kind::kNumber:
      if (reader.Number(&view)) writer.Raw(view);
      return;
    case Kind::kBool:
      if (reader.Bool(&flag)) writer.Bool(flag);
      return;
    case Kind::kNull:
      if (reader.Null()) writer.Raw("null");
      return;
    case Kind::kNone:
      reader.Skip();
  }
}

}  // namespace

bool ReadAsText(Reader& reader, std::string_view* text, std::string* scratch) {
  const size_t items = reader.items();
  if (!reader.RawValue(text)) return false;
  if (reader.items() == items) return true;
  Reader again(*text, reader.options());
  scratch->clear();
  Writer writer(*scratch);
  Copy(again, writer);
  MESH_CHECK(again.Finish());
  *text = *scratch;
  return true;
}

}  // namespace mesh::json
