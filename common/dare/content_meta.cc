#include "common/dare/content_meta.h"

#include "common/dare/json_fields.h"
#include "common/encoding/json_reader.h"
#include "common/encoding/json_writer.h"

namespace mesh::dare {
namespace {

bool ReadKeyValue(json::Reader& reader, std::pair<std::string, std::string>* out) {
  return ReadObject(reader, [&](std::string_view name) {
    if (name == "Key") return reader.String(&out->first);
    if (name == "Value") return reader.String(&out->second);
    return reader.Skip();
  });
}

bool ReadMember(json::Reader& reader, std::string_view name, ContentMeta* meta) {
  if (name == "UniqueID") return reader.String(&meta->unique_id);
  if (name == "Labels") return ReadStrings(reader, &meta->labels);
  if (name == "KeyValues") {
    return ReadArray(reader, &meta->key_values,
                     [&](auto* pair) { return ReadKeyValue(reader, pair); });
  }
  if (name == "MessageType") return reader.String(&meta->message_type);
  if (name == "cty") return reader.String(&meta->cty);
  if (name == "Paths") return ReadStrings(reader, &meta->paths);
  if (name == "Filename") return reader.String(&meta->filename);
  if (name == "Event") return reader.String(&meta->event);
  if (name == "Created") return ReadOptionalTime(reader, &meta->created);
  if (name == "Modified") return ReadOptionalTime(reader, &meta->modified);
  if (name == "Expire") return ReadOptionalTime(reader, &meta->expire);
  if (name == "First") return ReadOptional(reader, &meta->first);
  if (name == "Previous") return ReadOptional(reader, &meta->previous);
  return reader.Skip();
}

void WriteString(json::Writer& writer, std::string_view name, const std::string& value) {
  if (!value.empty()) writer.Member(name).String(value);
}

void WriteStrings(json::Writer& writer, std::string_view name,
                  const std::vector<std::string>& values) {
  if (values.empty()) return;
  writer.Member(name).BeginArray();
  for (const std::string& value : values) writer.String(value);
  writer.EndArray();
}

void WriteKeyValues(json::Writer& writer, const ContentMeta& meta) {
  if (meta.key_values.empty()) return;
  writer.Member("KeyValues").BeginArray();
  for (const auto& [key, value] : meta.key_values) {
    writer.BeginObject().Member("Key").String(key).Member("Value").String(value).EndObject();
  }
  writer.EndArray();
}

void WriteTime(json::Writer& writer, std::string_view name,
               const std::optional<WallMillis>& value) {
  if (value) writer.Member(name).DateTime(*value);
}

void WriteInt(json::Writer& writer, std::string_view name, const std::optional<int64_t>& value) {
  if (value) writer.Member(name).Int(*value);
}

}  // namespace

Result<ContentMeta> ParseContentMeta(std::string_view json) {
  json::Reader reader(json);
  ContentMeta meta;
  ReadObject(reader, [&](std::string_view name) { return ReadMember(reader, name, &meta); });
  if (!reader.Finish()) return reader.status();
  return meta;
}

void WriteContentMeta(const ContentMeta& meta, std::string& out) {
  json::Writer writer(out);
  writer.BeginObject();
  WriteString(writer, "UniqueID", meta.unique_id);
  WriteStrings(writer, "Labels", meta.labels);
  WriteKeyValues(writer, meta);
  WriteString(writer, "MessageType", meta.message_type);
  WriteString(writer, "cty", meta.cty);
  WriteStrings(writer, "Paths", meta.paths);
  WriteString(writer, "Filename", meta.filename);
  WriteString(writer, "Event", meta.event);
  WriteTime(writer, "Created", meta.created);
  WriteTime(writer, "Modified", meta.modified);
  WriteTime(writer, "Expire", meta.expire);
  WriteInt(writer, "First", meta.first);
  WriteInt(writer, "Previous", meta.previous);
  writer.EndObject();
}

}  // namespace mesh::dare
