#include "common/dare/envelope.h"

#include "common/dare/binary_members.h"
#include "common/encoding/json_text.h"

namespace mesh::dare {
namespace {

// The text of an object, after checking that it is one.
bool ReadObjectText(json::Reader& reader, std::string* out) {
  if (reader.Peek() != json::Kind::kObject) return reader.BeginObject();  // Says what is wrong.
  std::string_view text;
  std::string scratch;
  if (!json::ReadAsText(reader, &text, &scratch)) return false;
  out->assign(text);
  return true;
}

bool ReadPayload(json::Reader& reader, Envelope* out) {
  if (reader.Peek() == json::Kind::kNull) return reader.Null();
  out->has_payload = true;
  return reader.Binary(&out->payload);
}

bool ReadElement(json::Reader& reader, int index, Envelope* out) {
  if (index == 0) return ReadObjectText(reader, &out->header);
  if (index == 1) return ReadPayload(reader, out);
  if (index == 2) return ReadObjectText(reader, &out->trailer);
  return reader.Fail("an envelope has at most header, payload and trailer");
}

constexpr std::string_view kTag = "DareEnvelope";

}  // namespace

bool ReadEnvelope(json::Reader& reader, Envelope* out) {
  out->header = "{}";
  out->payload.clear();
  out->has_payload = false;
  out->trailer.clear();
  reader.BeginArray();
  for (int index = 0; reader.NextElement(); ++index) {
    if (!ReadElement(reader, index, out)) return false;
  }
  return reader.ok();
}

Result<Envelope> ParseEnvelope(std::string_view json, const json::Options& options) {
  json::Reader reader(json, options);
  Envelope envelope;
  ReadEnvelope(reader, &envelope);
  if (!reader.Finish()) return reader.status();
  return envelope;
}

void WriteEnvelope(const Envelope& envelope, json::Writer& writer) {
  writer.BeginArray();
  WriteHeaderText(envelope.header, writer);
  if (envelope.has_payload) {
    writer.Binary(envelope.payload);
  } else if (!envelope.trailer.empty()) {
    writer.Raw("null");
  }
  if (!envelope.trailer.empty()) WriteHeaderText(envelope.trailer, writer);
  writer.EndArray();
}

void WriteEnvelope(const Envelope& envelope, std::string& out, json::Form form) {
  json::Writer writer(out, form);
  WriteEnvelope(envelope, writer);
}

std::string EnvelopeText(const Envelope& envelope) {
  std::string text;
  WriteEnvelope(envelope, text);
  return text;
}

Result<Envelope> ParseTaggedEnvelope(std::string_view json, const json::Options& options) {
  json::Reader reader(json, options);
  Envelope envelope;
  std::string_view name;
  bool found = false;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    found = name == kTag;
    if (!found) return InvalidArgument("expected the one member DareEnvelope");
    ReadEnvelope(reader, &envelope);
  }
  if (!reader.Finish()) return reader.status();
  if (!found) return InvalidArgument("expected the member DareEnvelope");
  return envelope;
}

void WriteTaggedEnvelope(const Envelope& envelope, std::string& out) {
  out.append("{\"DareEnvelope\":");
  WriteEnvelope(envelope, out);
  out.push_back('}');
}

}  // namespace mesh::dare
