#include "common/mesh/reply_table.h"

#include "common/dare/binary_members.h"
#include "common/dare/envelope.h"
#include "common/dare/header.h"
#include "common/mesh/message_signature.h"
#include "proto/partition.pb.h"

namespace mesh {
namespace {

// A header or trailer as this client may see it: `text`, or what is put in `*scratch`.
std::string_view TextFor(const EncodeContext& context, const std::string& text,
                         std::string* scratch) {
  if (!context.reference) return text;
  *scratch = WithoutSignatureBlocks(text);
  return *scratch;
}

void WriteHeader(EncodeContext& context, const proto::StoredEnvelope& envelope) {
  std::string scratch;
  const std::string_view header = envelope.without_header()
                                      ? std::string_view("{}")
                                      : TextFor(context, envelope.header(), &scratch);
  context.writer.Raw({});
  dare::AppendWithServiceMembers(header, envelope.index(), envelope.received(), context.out,
                                 context.writer.form());
}

}  // namespace

void WriteString(EncodeContext& context, std::string_view name, const std::string& value) {
  if (!value.empty()) context.writer.Member(name).String(value);
}

void WriteBinary(EncodeContext& context, std::string_view name, const std::string& value) {
  if (!value.empty()) context.writer.Member(name).Binary(value);
}

void WriteEnvelope(EncodeContext& context, const proto::StoredEnvelope& envelope) {
  json::Writer& writer = context.writer;
  const bool trailer = !envelope.without_trailer() && !envelope.trailer().empty();
  writer.BeginArray();
  WriteHeader(context, envelope);
  if (!envelope.without_payload()) {
    writer.Binary(envelope.payload());
  } else if (context.reference) {
    writer.String({});
  } else if (trailer) {
    writer.Raw("null");
  }
  std::string scratch;
  if (trailer) dare::WriteHeaderText(TextFor(context, envelope.trailer(), &scratch), writer);
  writer.EndArray();
}

void WriteEnvelopeText(EncodeContext& context, const std::string& text) {
  if (context.writer.form() == json::Form::kText) {
    context.writer.Raw(text);
    return;
  }
  json::Options options;
  options.tolerant_base64 = true;
  const Result<dare::Envelope> envelope = dare::ParseEnvelope(text, options);
  // Else something is wrong with what is kept, and the client is to see it.
  envelope.ok() ? dare::WriteEnvelope(*envelope, context.writer) : void(context.writer.Raw(text));
}

}  // namespace mesh
