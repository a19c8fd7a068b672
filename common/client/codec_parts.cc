#include "common/client/codec_parts.h"

namespace mesh::client {

using json::Reader;

namespace {

// The members that every response has (draft -06 §10.2).
bool ReadOutcome(std::string_view name, Reader& reader, Outcome* out) {
  if (name == "Status") return reader.Int(&out->status), true;
  if (name == "StatusExtended") return reader.Int(&out->extended), true;
  if (name == "StatusDescription") return reader.String(&out->description), true;
  return false;
}

}  // namespace

void ReadEnvelope(Reader& reader, std::optional<dare::Envelope>* out) {
  dare::Envelope envelope;
  if (dare::ReadEnvelope(reader, &envelope)) *out = std::move(envelope);
}

Result<Outcome> DecodeResponse(std::string_view payload, std::string_view tag, Form form,
                               const ReadMember& read) {
  json::Options options;
  options.json_b = form == Form::kJsonB;
  Reader reader(payload, options);
  Outcome outcome;
  std::string_view name;
  reader.BeginObject();
  bool tagged = false;
  while (reader.NextMember(&name)) {
    if (tagged || (!tag.empty() && name != tag && name != "MeshResponse")) {
      reader.Fail("expected one " + std::string(tag));
      break;
    }
    tagged = true;
    std::string_view member;
    reader.BeginObject();
    while (reader.NextMember(&member)) {
      if (!ReadOutcome(member, reader, &outcome) && !read(member, reader)) reader.Skip();
    }
  }
  if (reader.ok() && !tagged) reader.Fail("expected one " + std::string(tag));
  if (!reader.Finish()) {
    return Status(Code::kDataLoss,
                  "the service's reply cannot be read: " + reader.status().message());
  }
  return outcome;
}

}  // namespace mesh::client
