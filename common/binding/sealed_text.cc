#include "common/binding/sealed_text.h"

#include <algorithm>
#include <utility>

#include "common/base/bytes.h"
#include "common/base/check.h"
#include "common/crypto/digest.h"
#include "common/crypto/signature.h"
#include "common/mesh/key_data.h"

namespace mesh::binding {
namespace {

constexpr size_t kCountBytes = sizeof(uint32_t);
constexpr size_t kFixedBytes = kSealedHeadBytes;
constexpr std::string_view kAdministratorLabel = "MeshAdministrator";

bool ReadOptionalEnvelope(json::Reader& reader, std::optional<dare::Envelope>* out) {
  return dare::ReadEnvelope(reader, &out->emplace());
}

bool ReadAdministrator(json::Reader& reader, std::optional<AdministratorSignature>* out) {
  AdministratorSignature& signature = out->emplace();
  std::string_view name;
  bool key = false;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name == "PublicParameters") {
      key = ReadTaggedKey(reader, &signature.key);
    } else if (name == "Signature") {
      reader.Binary(&signature.signature);
    } else {
      reader.Skip();
    }
  }
  if (!reader.ok()) return false;
  return (key && !signature.signature.empty()) ||
         reader.Fail("Administrator: expected PublicParameters and Signature");
}

// The envelopes of `extra` by name: one table for reading and writing.
struct EnvelopeMember {
  std::string_view name;
  std::optional<dare::Envelope> RequestExtra::*value;
};
constexpr EnvelopeMember kEnvelopes[] = {
    {"EnvelopedProfileDevice", &RequestExtra::profile_device},
    {"EnvelopedProfileAccount", &RequestExtra::profile_account},
    {"EnvelopedConnectionAccount", &RequestExtra::connection_account},
    {"EnvelopedProfileService", &RequestExtra::profile_service},
    {"EnvelopedProfileHost", &RequestExtra::profile_host},
    {"EnvelopedConnectionHost", &RequestExtra::connection_host},
};

bool ReadRequestMember(json::Reader& reader, std::string_view name, RequestExtra* out) {
  if (name == "Account") return reader.String(&out->account);
  if (name == "Domain") return reader.String(&out->domain);
  if (name == "Administrator") return ReadAdministrator(reader, &out->administrator);
  for (const EnvelopeMember& member : kEnvelopes) {
    if (member.name == name) return ReadOptionalEnvelope(reader, &(out->*member.value));
  }
  return reader.Skip();
}

bool ReadReplyMember(json::Reader& reader, std::string_view name, ReplyExtra* out) {
  if (name == "Ticket") return reader.Binary(&out->ticket);
  if (name == "MasterKey") return reader.Binary(&out->master_key);
  if (name == "NotOnOrAfter") return reader.DateTime(&out->not_on_or_after);
  return reader.Skip();
}

// An object, or nothing, each member read by `read(reader, name)`.
template <typename Read>
Status ParseExtra(Encoding encoding, std::string_view octets, Read read) {
  if (octets.empty()) return Status();
  json::Reader reader(octets, ReaderOptions(encoding));
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) read(reader, name);
  if (reader.Finish()) return Status();
  return InvalidArgument("what stands before the message: " + reader.status().message());
}

void WriteAdministrator(const AdministratorSignature& signature, json::Writer& writer) {
  writer.Member("Administrator").BeginObject().Member("PublicParameters");
  WriteTaggedKey(signature.key, writer);
  writer.Member("Signature").Binary(signature.signature).EndObject();
}

}  // namespace

Result<SealedText> ParseSealedText(std::string_view octets) {
  if (octets.size() < kFixedBytes) {
    return InvalidArgument("what is sealed is shorter than a RequestID, a time and a count");
  }
  SealedText text;
  text.request_id = octets.substr(0, kRequestIdBytes);
  text.time = static_cast<WallMillis>(ReadBigEndian64(octets.substr(kRequestIdBytes)));
  const uint32_t extra_bytes = ReadBigEndian32(octets.substr(kFixedBytes - kCountBytes));
  octets.remove_prefix(kFixedBytes);
  if (extra_bytes > kExtraBytesMax || extra_bytes > octets.size()) {
    return InvalidArgument("what stands before the message has at most " +
                           std::to_string(kExtraBytesMax) + " octets, and no more than there are");
  }
  text.extra = octets.substr(0, extra_bytes);
  text.message = octets.substr(extra_bytes);
  return text;
}

void AppendSealedText(const SealedText& text, std::string& out) {
  MESH_CHECK(text.request_id.size() == kRequestIdBytes);
  out.reserve(out.size() + kFixedBytes + text.extra.size() + text.message.size());
  out.append(text.request_id);
  AppendBigEndian64(out, static_cast<uint64_t>(text.time));
  AppendCounted(text.extra, out);
  out.append(text.message);
}

void PutSealedHead(std::string_view request_id, WallMillis time, std::string* out) {
  MESH_CHECK(request_id.size() == kRequestIdBytes && out->size() >= kSealedHeadBytes);
  request_id.copy(out->data(), kRequestIdBytes);
  auto left = static_cast<uint64_t>(time);
  for (size_t i = sizeof left; i-- > 0; left >>= 8) {
    (*out)[kRequestIdBytes + i] = static_cast<char>(left);
  }
  std::fill_n(out->begin() + kRequestIdBytes + sizeof left, kCountBytes, '\0');
}

Result<RequestExtra> ParseRequestExtra(Encoding encoding, std::string_view octets) {
  RequestExtra extra;
  MESH_RETURN_IF_ERROR(
      ParseExtra(encoding, octets, [&](json::Reader& reader, std::string_view name) {
        ReadRequestMember(reader, name, &extra);
      }));
  return extra;
}

std::string WriteRequestExtra(Encoding encoding, const RequestExtra& extra) {
  std::string octets;
  json::Writer writer(octets, WriterForm(encoding));
  writer.BeginObject();
  if (!extra.account.empty()) writer.Member("Account").String(extra.account);
  if (!extra.domain.empty()) writer.Member("Domain").String(extra.domain);
  for (const EnvelopeMember& member : kEnvelopes) {
    const std::optional<dare::Envelope>& envelope = extra.*member.value;
    if (!envelope) continue;
    writer.Member(member.name);
    dare::WriteEnvelope(*envelope, writer);
  }
  if (extra.administrator) WriteAdministrator(*extra.administrator, writer);
  writer.EndObject();
  return octets == "{}" ? std::string() : octets;
}

Result<ReplyExtra> ParseReplyExtra(Encoding encoding, std::string_view octets) {
  ReplyExtra extra;
  MESH_RETURN_IF_ERROR(ParseExtra(
      encoding, octets,
      [&](json::Reader& reader, std::string_view name) { ReadReplyMember(reader, name, &extra); }));
  if (extra.ticket.empty() != extra.master_key.empty() ||
      (!extra.ticket.empty() && extra.master_key.size() != kMasterKeyBytes)) {
    Wipe(extra.master_key);
    return InvalidArgument("Ticket and MasterKey: expected both, the key of 32 octets");
  }
  return extra;
}

std::string WriteReplyExtra(Encoding encoding, const ReplyExtra& extra) {
  std::string octets;
  if (extra.ticket.empty()) return octets;
  json::Writer writer(octets, WriterForm(encoding));
  writer.BeginObject().Member("Ticket").Binary(extra.ticket);
  writer.Member("MasterKey").Binary(extra.master_key);
  writer.Member("NotOnOrAfter").DateTime(extra.not_on_or_after).EndObject();
  return octets;
}

std::string AdministratorDigest(std::string_view service_udf, std::string_view account,
                                const SealedText& text) {
  std::string octets;
  AppendCounted(kAdministratorLabel, octets);
  AppendCounted(service_udf, octets);
  AppendCounted(account, octets);
  octets.append(text.request_id);
  AppendBigEndian64(octets, static_cast<uint64_t>(text.time));
  octets.append(crypto::Sha512(text.message).view());
  return std::string(crypto::Sha512(octets).view());
}

Status VerifyAdministrator(const AdministratorSignature& signature, std::string_view service_udf,
                           std::string_view account, const SealedText& text) {
  return crypto::Verify(signature.key, AdministratorDigest(service_udf, account, text),
                        signature.signature);
}

}  // namespace mesh::binding
