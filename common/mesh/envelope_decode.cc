#include "common/mesh/envelope_decode.h"

#include "common/base/limits.h"
#include "common/crypto/digest.h"
#include "common/crypto/udf.h"
#include "common/dare/envelope.h"
#include "common/dare/header.h"
#include "common/encoding/json_text.h"
#include "proto/mesh.pb.h"

namespace mesh {
namespace {

constexpr size_t kDigestBytes = 64;
constexpr std::string_view kDigestMember = "\"PayloadDigest\"";
constexpr size_t kReferencesMax = 256;
constexpr std::string_view kCompleteType = "MessageComplete";

// Of the texts in a request: JSON, whatever the request is in, and read once already.
json::Options JsonOptions(const DecodeContext& context) {
  json::Options options;
  options.known_valid = true;
  options.tolerant_base64 = !context.options.strict;
  return options;
}

Status TooLarge(std::string_view what, size_t bytes_max) {
  return Status(Code::kResourceExhausted, std::string(what) + ": at most " +
                                              std::to_string(bytes_max) + " octets are accepted");
}

Status CheckSizes(const dare::Envelope& envelope, size_t message_bytes_max) {
  if (envelope.payload.size() > message_bytes_max) {
    return TooLarge("envelope payload", message_bytes_max);
  }
  if (envelope.header.size() > kEnvelopeHeaderBytesMax) {
    return TooLarge("envelope header", kEnvelopeHeaderBytesMax);
  }
  if (envelope.trailer.size() > kEnvelopeHeaderBytesMax) {
    return TooLarge("envelope trailer", kEnvelopeHeaderBytesMax);
  }
  return Status();
}

// The digest that header or trailer claims; empty when neither does. An empty one is
// no digest, which the parsed fields do not tell from none at all.
Result<std::string> ClaimedDigest(const dare::Envelope& envelope, const dare::HeaderFields& header,
                                  const dare::TrailerFields& trailer) {
  const std::string& claimed =
      trailer.payload_digest.empty() ? header.payload_digest : trailer.payload_digest;
  if (!header.payload_digest.empty() && header.payload_digest != claimed) {
    return InvalidArgument("PayloadDigest: header and trailer differ");
  }
  const bool said = envelope.header.find(kDigestMember) != std::string::npos ||
                    envelope.trailer.find(kDigestMember) != std::string::npos;
  if (claimed.size() != (said ? kDigestBytes : 0)) {
    return InvalidArgument("PayloadDigest: expected the 64 octets of a SHA-2-512 digest");
  }
  return claimed;
}

// Fills payload_digest and redacted.
Status CheckDigest(const dare::Envelope& envelope, const std::string& claimed,
                   proto::Envelope* out) {
  const crypto::Digest512 digest = crypto::Sha512(envelope.payload);
  if (envelope.payload.empty() && !claimed.empty() && claimed != digest.view()) {
    out->set_redacted(true);
    out->set_payload_digest(claimed);
    return Status();
  }
  if (!envelope.has_payload && claimed.empty()) {
    return InvalidArgument("envelope: an entry without payload must say its PayloadDigest");
  }
  if (!claimed.empty() && claimed != digest.view()) {
    return InvalidArgument("PayloadDigest: is not the SHA-2-512 digest of the payload");
  }
  out->set_payload_digest(std::string(digest.view()));
  return Status();
}

proto::Event EventOf(const std::string& word) {
  if (word.empty()) return proto::EVENT_NONE;
  if (word == "New") return proto::EVENT_NEW;
  if (word == "Update") return proto::EVENT_UPDATE;
  if (word == "Delete") return proto::EVENT_DELETE;
  return proto::EVENT_UNKNOWN;
}

Status FillLabels(const dare::HeaderFields& header, proto::Envelope* out) {
  const dare::ContentMeta& meta = header.content_meta;
  for (const auto* identifier : {&header.envelope_id, &meta.unique_id, &meta.message_type}) {
    if (identifier->size() > kIdentifierBytesMax) {
      return TooLarge("EnvelopeID, UniqueID and MessageType", kIdentifierBytesMax);
    }
  }
  out->set_envelope_id(header.envelope_id);
  out->set_unique_id(meta.unique_id);
  out->set_message_type(meta.message_type);
  out->set_event(EventOf(meta.event));
  if (header.container_info && header.container_info->index) {
    if (*header.container_info->index < 0) {
      return InvalidArgument("ContainerInfo: Index is negative; expected 0 or more");
    }
    out->set_client_index(*header.container_info->index);
  }
  return Status();
}

// "Read" and "Unread" say so; whatever answers a message closes it.
proto::SpoolState StateOf(std::string_view relationship) {
  if (relationship == "Unread") return proto::SPOOL_STATE_UNREAD;
  if (relationship == "Read") return proto::SPOOL_STATE_READ;
  return proto::SPOOL_STATE_CLOSED;
}

bool ReadReference(json::Reader& reader, proto::Envelope* out) {
  std::string message_id, relationship;
  std::string_view name;
  if (!reader.BeginObject()) return false;
  while (reader.NextMember(&name)) {
    if (name == "MessageID") {
      reader.String(&message_id);
    } else if (name == "Relationship") {
      reader.String(&relationship);
    } else {
      reader.Skip();
    }
  }
  if (!reader.ok()) return false;
  if (message_id.empty()) return reader.Fail("Reference: names no MessageID");
  proto::Reference* reference = out->add_references();
  reference->set_envelope_id(crypto::EnvelopeId(message_id));
  reference->set_state(StateOf(relationship));
  return true;
}

bool ReadReferences(json::Reader& reader, proto::Envelope* out) {
  if (!reader.BeginArray()) return false;
  for (size_t count = 0; reader.NextElement(); ++count) {
    if (count == kReferencesMax) return reader.Fail("References: at most 256 in one message");
    if (!ReadReference(reader, out)) return false;
  }
  return reader.ok();
}

// {"MessageComplete": {"References": [...]}}.
bool ReadComplete(json::Reader& reader, proto::Envelope* out) {
  std::string_view name;
  if (!reader.BeginObject()) return false;
  while (reader.NextMember(&name)) {
    if (name != kCompleteType) return reader.Fail("expected a MessageComplete");
    if (!reader.BeginObject()) return false;
    while (reader.NextMember(&name)) {
      if (!(name == "References" ? ReadReferences(reader, out) : reader.Skip())) return false;
    }
  }
  return reader.Finish();
}

// A message that completes others says so in clear or not at all: what is
// encrypted is between devices.
Status AddReferences(const dare::HeaderFields& header, const std::string& payload,
                     proto::Envelope* out) {
  if (header.content_meta.message_type != kCompleteType || header.encrypted()) return Status();
  json::Reader reader(payload);
  if (ReadComplete(reader, out)) return Status();
  return InvalidArgument("MessageComplete: " + reader.status().message());
}

Status FillEntry(const DecodeContext& context, dare::Envelope& envelope, proto::Envelope* out,
                 bool* encrypted) {
  const json::Options options = JsonOptions(context);
  MESH_RETURN_IF_ERROR(CheckSizes(envelope, context.message_bytes_max));
  MESH_ASSIGN(const dare::HeaderFields header, dare::ParseHeader(envelope.header, options));
  MESH_ASSIGN(const dare::TrailerFields trailer,
              dare::EffectiveTrailer(header, envelope.trailer, options));
  MESH_ASSIGN(const std::string claimed, ClaimedDigest(envelope, header, trailer));
  MESH_RETURN_IF_ERROR(CheckDigest(envelope, claimed, out));
  MESH_RETURN_IF_ERROR(FillLabels(header, out));
  if (encrypted != nullptr) *encrypted = header.encrypted();
  if (!out->redacted()) MESH_RETURN_IF_ERROR(AddReferences(header, envelope.payload, out));
  MESH_ASSIGN(std::string stripped, dare::StripServiceMembers(envelope.header, options));
  out->set_header(Unfold(std::move(stripped)));
  out->set_payload(std::move(envelope.payload));
  out->set_trailer(Unfold(std::move(envelope.trailer)));
  return Status();
}

Status CheckEnvelopeText(const DecodeContext& context, std::string_view text) {
  const json::Options options = JsonOptions(context);
  MESH_ASSIGN(const dare::Envelope envelope, dare::ParseEnvelope(text, options));
  MESH_RETURN_IF_ERROR(CheckSizes(envelope, context.message_bytes_max));
  MESH_ASSIGN(const dare::HeaderFields header, dare::ParseHeader(envelope.header, options));
  MESH_ASSIGN(const dare::TrailerFields trailer,
              dare::EffectiveTrailer(header, envelope.trailer, options));
  MESH_ASSIGN(const std::string claimed, ClaimedDigest(envelope, header, trailer));
  if (!claimed.empty() && claimed != crypto::Sha512(envelope.payload).view()) {
    return InvalidArgument("PayloadDigest: is not the SHA-2-512 digest of the payload");
  }
  return Status();
}

}  // namespace

// Nothing that is signed is in it, other than as base64.
std::string Unfold(std::string&& text) {
  const bool folded = text.find('\n') != text.npos || text.find('\r') != text.npos;
  if (!folded) return std::move(text);
  std::string unfolded;
  unfolded.reserve(text.size());
  bool in_string = false, broken = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string && (c == '\r' || c == '\n')) {
      broken = true;
    } else if (!broken || c != ' ') {
      broken = false;
      unfolded.push_back(c);
      if (c == '"') in_string = !in_string;
      if (c == '\\') unfolded.push_back(text[++i]);
    }
  }
  return unfolded;
}

bool ReadEntry(DecodeContext& context, proto::Envelope* out, bool* encrypted) {
  if (++context.entries > kEntriesPerRequestMax) {
    return context.Refuse(
        Status(Code::kResourceExhausted,
               "at most " + std::to_string(kEntriesPerRequestMax) + " envelopes in one request"));
  }
  dare::Envelope envelope;
  if (!dare::ReadEnvelope(context.reader, &envelope)) return false;
  return context.Check(FillEntry(context, envelope, out, encrypted));
}

bool ReadEnvelopeText(DecodeContext& context, std::string* text) {
  std::string_view json;
  std::string scratch;
  if (!json::ReadAsText(context.reader, &json, &scratch)) return false;
  if (!context.Check(CheckEnvelopeText(context, json))) return false;
  *text = Unfold(std::string(json));
  return true;
}

}  // namespace mesh
