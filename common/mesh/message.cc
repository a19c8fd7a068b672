#include "common/mesh/message.h"

#include <utility>

#include "common/crypto/digest.h"
#include "common/crypto/mac.h"
#include "common/crypto/udf.h"
#include "common/dare/seal.h"
#include "common/dare/signature.h"
#include "common/encoding/json_writer.h"

namespace mesh {
namespace {

constexpr std::string_view kMessageMediaType = "application/mmm/message";
// References of one message: as many as a spool is asked to change at once.
constexpr size_t kReferencesMax = 256;

// --- Reading -------------------------------------------------------------------------

bool ReadReference(json::Reader& reader, MessageReference* out) {
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name == "MessageID") {
      reader.String(&out->message_id);
    } else if (name == "ResponseID") {
      reader.String(&out->response_id);
    } else if (name == "Relationship") {
      reader.String(&out->relationship);
    } else {
      reader.Skip();
    }
  }
  return reader.ok();
}

bool ReadReferences(json::Reader& reader, std::vector<MessageReference>* out) {
  reader.BeginArray();
  while (reader.NextElement()) {
    if (out->size() == kReferencesMax) return reader.Fail("References: at most 256");
    ReadReference(reader, &out->emplace_back());
  }
  return reader.ok();
}

// Whether `name` is a member that all messages have; then it is read.
bool ReadHeadMember(json::Reader& reader, std::string_view name, MessageHead* head) {
  if (name == "MessageID") return reader.String(&head->message_id) || true;
  if (name == "Sender") return reader.String(&head->sender) || true;
  if (name == "Recipient") return reader.String(&head->recipient) || true;
  if (name == "References") return ReadReferences(reader, &head->references) || true;
  return false;
}

// Reads {"<type>": {...}}; `read(reader, name)` takes the members that the head does not.
template <typename Read>
Status ReadMessage(std::string_view payload, MessageHead* head, Read read) {
  json::Reader reader(payload);
  std::string_view name;
  reader.BeginObject();
  if (!reader.NextMember(&name)) reader.Fail("expected one member, named after a message");
  const bool expected = head->type.empty() || head->type == name;
  if (!expected) reader.Fail("expected " + head->type);
  head->type = name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (!ReadHeadMember(reader, name, head)) read(reader, name);
  }
  if (reader.NextMember(&name)) reader.Fail("expected one message");
  if (reader.Finish()) return Status();
  return InvalidArgument(head->type + ": " + reader.status().message());
}

Status Missing(const MessageHead& head, std::string_view what) {
  return InvalidArgument(head.type + ": expected " + std::string(what));
}

bool ReadOptionalTime(json::Reader& reader, std::optional<WallMillis>* out) {
  return reader.DateTime(&out->emplace());
}

// --- Writing -------------------------------------------------------------------------

void WriteReferences(const std::vector<MessageReference>& references, json::Writer& writer) {
  if (references.empty()) return;
  writer.Member("References").BeginArray();
  for (const MessageReference& reference : references) {
    writer.BeginObject().Member("MessageID").String(reference.message_id);
    if (!reference.response_id.empty()) writer.Member("ResponseID").String(reference.response_id);
    if (!reference.relationship.empty()) {
      writer.Member("Relationship").String(reference.relationship);
    }
    writer.EndObject();
  }
  writer.EndArray();
}

void WriteText(json::Writer& writer, std::string_view name, const std::string& text) {
  if (!text.empty()) writer.Member(name).String(text);
}

void WriteOctets(json::Writer& writer, std::string_view name, const std::string& octets) {
  if (!octets.empty()) writer.Member(name).Binary(octets);
}

void WriteTime(json::Writer& writer, std::string_view name, const std::optional<WallMillis>& time) {
  if (time) writer.Member(name).DateTime(*time);
}

void WriteEnvelopeMember(json::Writer& writer, std::string_view name,
                         const dare::Envelope& envelope) {
  writer.Member(name).Raw(dare::EnvelopeText(envelope));
}

// {"<type>": {...}}: the head's members, then what `write(writer)` writes.
template <typename Write>
void WriteTagged(const MessageHead& head, std::string& out, Write write) {
  json::Writer writer(out);
  writer.BeginObject().Member(head.type).BeginObject();
  WriteText(writer, "MessageID", head.message_id);
  WriteText(writer, "Sender", head.sender);
  WriteText(writer, "Recipient", head.recipient);
  WriteReferences(head.references, writer);
  write(writer);
  writer.EndObject().EndObject();
}

}  // namespace

// --- Each class -----------------------------------------------------------------------

Result<MessageHead> ParseMessageHead(std::string_view payload) {
  MessageHead head;
  MESH_RETURN_IF_ERROR(ReadMessage(
      payload, &head, [](json::Reader& reader, std::string_view) { return reader.Skip(); }));
  return head;
}

void WriteMessage(const MessageHead& message, std::string& out) {
  WriteTagged(message, out, [](json::Writer&) {});
}

Result<RequestConnection> ParseRequestConnection(std::string_view payload) {
  RequestConnection message;
  bool profile = false;
  MESH_RETURN_IF_ERROR(
      ReadMessage(payload, &message.head, [&](json::Reader& reader, std::string_view name) {
        if (name == "AuthenticatedData") {
          return profile = dare::ReadEnvelope(reader, &message.profile_device);
        }
        if (name == "ClientNonce") return reader.Binary(&message.client_nonce);
        if (name == "PinUDF") return reader.String(&message.pin_udf);
        if (name == "PinWitness") return reader.Binary(&message.pin_witness);
        if (name == "AccountAddress") return reader.String(&message.account);
        return reader.Skip();
      }));
  if (!profile) return Missing(message.head, "AuthenticatedData, the device's profile");
  if (message.client_nonce.empty()) return Missing(message.head, "ClientNonce");
  if (message.account.empty()) return Missing(message.head, "AccountAddress");
  return message;
}

void WriteMessage(const RequestConnection& message, std::string& out) {
  WriteTagged(message.head, out, [&](json::Writer& writer) {
    WriteEnvelopeMember(writer, "AuthenticatedData", message.profile_device);
    WriteOctets(writer, "ClientNonce", message.client_nonce);
    WriteText(writer, "PinUDF", message.pin_udf);
    WriteOctets(writer, "PinWitness", message.pin_witness);
    WriteText(writer, "AccountAddress", message.account);
  });
}

Result<AcknowledgeConnection> ParseAcknowledgeConnection(std::string_view payload) {
  AcknowledgeConnection message;
  bool request = false;
  MESH_RETURN_IF_ERROR(
      ReadMessage(payload, &message.head, [&](json::Reader& reader, std::string_view name) {
        if (name == "EnvelopedRequestConnection") {
          return request = dare::ReadEnvelope(reader, &message.request);
        }
        if (name == "ServerNonce") return reader.Binary(&message.server_nonce);
        if (name == "Witness") return reader.String(&message.witness);
        return reader.Skip();
      }));
  if (!request) return Missing(message.head, "EnvelopedRequestConnection");
  if (message.server_nonce.empty()) return Missing(message.head, "ServerNonce");
  if (message.witness.empty()) return Missing(message.head, "Witness");
  return message;
}

void WriteMessage(const AcknowledgeConnection& message, std::string& out) {
  WriteTagged(message.head, out, [&](json::Writer& writer) {
    WriteEnvelopeMember(writer, "EnvelopedRequestConnection", message.request);
    WriteOctets(writer, "ServerNonce", message.server_nonce);
    WriteText(writer, "Witness", message.witness);
  });
}

Result<RespondConnection> ParseRespondConnection(std::string_view payload) {
  RespondConnection message;
  MESH_RETURN_IF_ERROR(
      ReadMessage(payload, &message.head, [&](json::Reader& reader, std::string_view name) {
        if (name == "Result") return reader.String(&message.result);
        if (name == "CatalogedDevice") {
          return ReadCatalogedDevice(reader, &message.device.emplace());
        }
        return reader.Skip();
      }));
  if (message.result.empty()) return Missing(message.head, "Result");
  return message;
}

void WriteMessage(const RespondConnection& message, std::string& out) {
  WriteTagged(message.head, out, [&](json::Writer& writer) {
    WriteText(writer, "Result", message.result);
    if (message.device) {
      writer.Member("CatalogedDevice");
      WriteCatalogedDevice(*message.device, writer);
    }
  });
}

Result<MessageClaim> ParseMessageClaim(std::string_view payload) {
  MessageClaim message;
  MESH_RETURN_IF_ERROR(
      ReadMessage(payload, &message.head, [&](json::Reader& reader, std::string_view name) {
        if (name == "PublicationId") return reader.String(&message.publication_id);
        if (name == "ServiceAuthenticate") return reader.String(&message.service_authenticate);
        if (name == "DeviceAuthenticate") return reader.String(&message.device_authenticate);
        if (name == "Expires") return ReadOptionalTime(reader, &message.expires);
        return reader.Skip();
      }));
  if (message.head.sender.empty() || message.head.recipient.empty()) {
    return Missing(message.head, "Sender and Recipient");
  }
  if (message.publication_id.empty()) return Missing(message.head, "PublicationId");
  if (message.service_authenticate.empty()) return Missing(message.head, "ServiceAuthenticate");
  return message;
}

void WriteMessage(const MessageClaim& message, std::string& out) {
  WriteTagged(message.head, out, [&](json::Writer& writer) {
    WriteText(writer, "PublicationId", message.publication_id);
    WriteText(writer, "ServiceAuthenticate", message.service_authenticate);
    WriteText(writer, "DeviceAuthenticate", message.device_authenticate);
    WriteTime(writer, "Expires", message.expires);
  });
}

Result<MessagePin> ParseMessagePin(std::string_view payload) {
  MessagePin message;
  MESH_RETURN_IF_ERROR(
      ReadMessage(payload, &message.head, [&](json::Reader& reader, std::string_view name) {
        if (name == "Account") return reader.String(&message.account);
        if (name == "Expires") return ReadOptionalTime(reader, &message.expires);
        if (name == "Automatic") return reader.Bool(&message.automatic);
        if (name == "SaltedPIN") return reader.String(&message.salted_pin);
        if (name == "Action") return reader.String(&message.action);
        return reader.Skip();
      }));
  if (message.salted_pin.empty()) return Missing(message.head, "SaltedPIN");
  return message;
}

void WriteMessage(const MessagePin& message, std::string& out) {
  WriteTagged(message.head, out, [&](json::Writer& writer) {
    WriteText(writer, "Account", message.account);
    WriteTime(writer, "Expires", message.expires);
    writer.Member("Automatic").Bool(message.automatic);
    WriteText(writer, "SaltedPIN", message.salted_pin);
    WriteText(writer, "Action", message.action);
  });
}

Result<MessageError> ParseMessageError(std::string_view payload) {
  MessageError message;
  MESH_RETURN_IF_ERROR(
      ReadMessage(payload, &message.head, [&](json::Reader& reader, std::string_view name) {
        if (name == "ErrorCode") return reader.String(&message.error);
        return reader.Skip();
      }));
  return message;
}

void WriteMessage(const MessageError& message, std::string& out) {
  WriteTagged(message.head, out,
              [&](json::Writer& writer) { WriteText(writer, "ErrorCode", message.error); });
}

Result<Letter> ParseLetter(std::string_view payload) {
  Letter message;
  MESH_RETURN_IF_ERROR(
      ReadMessage(payload, &message.head, [&](json::Reader& reader, std::string_view name) {
        if (name == "Text" || name == "Subject") return reader.String(&message.text);
        if (name == "Self" || name == "AuthenticatedData") {
          return dare::ReadEnvelope(reader, &message.contact.emplace());
        }
        if (name == "Request") return dare::ReadEnvelope(reader, &message.request.emplace());
        if (name == "Accept") return reader.Bool(&message.accept.emplace());
        return reader.Skip();
      }));
  return message;
}

void WriteMessage(const Letter& message, std::string& out) {
  const bool asks_contact = message.head.type == kRequestContact;
  WriteTagged(message.head, out, [&](json::Writer& writer) {
    WriteText(writer, asks_contact ? "Subject" : "Text", message.text);
    if (message.contact) {
      WriteEnvelopeMember(writer, asks_contact ? "Self" : "AuthenticatedData", *message.contact);
    }
    if (message.request) WriteEnvelopeMember(writer, "Request", *message.request);
    if (message.accept) writer.Member("Accept").Bool(*message.accept);
  });
}

Result<dare::Envelope> WrapMessage(const MessageHead& head, std::string_view payload,
                                   WallMillis created, const crypto::PrivateKey* signer,
                                   std::vector<crypto::PublicKey> recipients) {
  dare::SealOptions options;
  options.recipients = std::move(recipients);
  options.envelope_id = crypto::EnvelopeId(head.message_id);
  options.signer = signer;
  dare::ContentMeta& meta = options.content_meta.emplace();
  meta.unique_id = head.message_id;
  meta.message_type = head.type;
  meta.cty = kMessageMediaType;
  meta.created = created;
  return dare::Seal(payload, options);
}

// --- Connecting devices -----------------------------------------------------------------

std::string ConnectionWitness(const crypto::PublicKey& mesh_key, std::string_view server_nonce,
                              const crypto::PublicKey& device_key, std::string_view client_nonce) {
  return ConnectionWitness(crypto::KeyFingerprintOctets(mesh_key), server_nonce,
                           crypto::KeyFingerprintOctets(device_key), client_nonce);
}

std::string ConnectionWitness(std::string_view mesh_fingerprint, std::string_view server_nonce,
                              std::string_view device_fingerprint, std::string_view client_nonce) {
  const crypto::Digest512 mesh = crypto::Sha512(mesh_fingerprint, server_nonce);
  const crypto::Digest512 device = crypto::Sha512(device_fingerprint, client_nonce);
  const crypto::Digest512 witness = crypto::Sha512(mesh, device);
  // The digest itself, without a type octet before it.
  return crypto::FormatUdf(witness[0], witness.view().substr(1), crypto::kUdfBits);
}

Result<std::string> SaltedPin(std::string_view pin, std::string_view action) {
  MESH_ASSIGN(const crypto::Udf udf, crypto::ParseUdf(pin));
  const bool secret = udf.type == static_cast<uint8_t>(crypto::UdfType::kEncryption) ||
                      udf.type == static_cast<uint8_t>(crypto::UdfType::kSigningEncryption);
  if (!secret) return InvalidArgument("a PIN begins with E");
  return crypto::MacUdf(udf.data, action);
}

// The key is the text of the salted PIN, not the octets it stands for.
std::string PinUdf(std::string_view salted_pin, std::string_view account) {
  return crypto::MacUdf(salted_pin, account);
}

std::string PinWitness(std::string_view salted_pin, std::string_view account,
                       std::string_view client_nonce, const dare::Envelope& authenticated) {
  std::string message(account);
  message.append(client_nonce);
  message.append(dare::PayloadDigest(authenticated.payload).view());
  return std::string(crypto::HmacSha512(salted_pin, message).view());
}

}  // namespace mesh
