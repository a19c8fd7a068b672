#include "common/binding/wire_envelope.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "common/base/bytes.h"
#include "common/encoding/base64url.h"

namespace mesh::binding {
namespace {

constexpr std::string_view kJsonType = "application/json";
constexpr std::string_view kJsonBType = "application/json-b";
constexpr std::string_view kBindingName = "MeshService";
constexpr std::string_view kVersionText = "1";
// Octets of a header's names and short values.
constexpr size_t kHeaderBytes = 112;

constexpr std::array kModes = {Mode::kNull, Mode::kDevice, Mode::kProfile, Mode::kService,
                               Mode::kTicket};

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

bool ReadMode(json::Reader& reader, Mode* mode) {
  std::string name;
  if (!reader.String(&name)) return false;
  for (const Mode candidate : kModes) {
    *mode = candidate;
    if (ModeName(candidate) == name) return true;
  }
  return reader.Fail("Mode: expected Null, Device, Profile, Service or Ticket");
}

bool ReadVersion(json::Reader& reader) {
  int64_t version = 0;
  if (!reader.Int(&version)) return false;
  return version == kBindingVersion || reader.Fail("Version: expected 1");
}

bool ReadTicket(json::Reader& reader, std::string* ticket) {
  if (!reader.Binary(ticket)) return false;
  return ticket->size() <= kTicketBytesMax || reader.Fail("Ticket: longer than any of ours");
}

// A header without Mode or Version is that of an envelope which proves nothing.
struct Seen {
  bool version = false;
  bool mode = false;
};

bool ReadHeaderMember(json::Reader& reader, std::string_view name, WireHeader* out, Seen* seen) {
  if (name == "Version") return seen->version = ReadVersion(reader);
  if (name == "Mode") return seen->mode = ReadMode(reader, &out->mode);
  if (name == "kid") return reader.String(&out->host_key);
  if (name == "Ticket") return ReadTicket(reader, &out->ticket);
  if (name == "Salt") return reader.Binary(&out->salt);
  return reader.Skip();
}

Status CheckHeader(const WireHeader& header, const Seen& seen) {
  if (header.mode == Mode::kNull) return Status();
  if (!seen.version) return InvalidArgument("Version: missing; expected 1");
  if (header.mode != Mode::kTicket) return Status();
  if (header.salt.size() == kSaltBytes) return Status();
  return InvalidArgument("Salt: expected " + std::to_string(kSaltBytes) + " octets");
}

// Reads the header and where it stands in `body`, which is the reader's text.
bool ReadHeader(json::Reader& reader, std::string_view body, WireEnvelope* out, Seen* seen) {
  reader.Peek();  // From its `{`.
  const size_t begin = reader.offset();
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) ReadHeaderMember(reader, name, &out->header, seen);
  out->header_octets = body.substr(begin, reader.offset() - begin);
  return reader.ok();
}

// Nothing is said behind the payload, so nothing may be hidden there.
bool ReadEmptyObject(json::Reader& reader) {
  std::string_view name;
  reader.BeginObject();
  if (reader.NextMember(&name)) return reader.Fail("expected an empty trailer, or none");
  return reader.ok();
}

bool ReadElement(json::Reader& reader, std::string_view body, int index, WireEnvelope* out,
                 Seen* seen) {
  if (index == 0) return ReadHeader(reader, body, out, seen);
  if (index == 1) return reader.Binary(&out->payload);
  if (index == 2) return ReadEmptyObject(reader);
  return reader.Fail("expected header and payload");
}

}  // namespace

std::string_view MediaType(Encoding encoding) {
  return encoding == Encoding::kJson ? kJsonType : kJsonBType;
}

std::optional<Encoding> EncodingOf(std::string_view media_type) {
  if (media_type == kJsonType) return Encoding::kJson;  // As nearly everybody writes them.
  if (media_type == kJsonBType) return Encoding::kJsonB;
  if (EqualsIgnoreCase(media_type, kJsonType)) return Encoding::kJson;
  if (EqualsIgnoreCase(media_type, kJsonBType)) return Encoding::kJsonB;
  return std::nullopt;
}

json::Options ReaderOptions(Encoding encoding) {
  json::Options options;
  options.json_b = encoding == Encoding::kJsonB;
  return options;
}

json::Form WriterForm(Encoding encoding) {
  return encoding == Encoding::kJson ? json::Form::kText : json::Form::kJsonB;
}

std::string_view ModeName(Mode mode) {
  switch (mode) {
    case Mode::kNull:
      return "Null";
    case Mode::kDevice:
      return "Device";
    case Mode::kProfile:
      return "Profile";
    case Mode::kService:
      return "Service";
    case Mode::kTicket:
      return "Ticket";
  }
  return "";
}

std::string WriteWireHeader(Encoding encoding, const WireHeader& header) {
  std::string octets;
  octets.reserve(kHeaderBytes + (header.ticket.size() + header.salt.size()) / 3 * 4);
  json::Writer writer(octets, WriterForm(encoding));
  writer.BeginObject().Member("Version").Int(kBindingVersion);
  writer.Member("Mode").String(ModeName(header.mode));
  if (!header.host_key.empty()) writer.Member("kid").String(header.host_key);
  if (!header.ticket.empty()) writer.Member("Ticket").Binary(header.ticket);
  if (!header.salt.empty()) writer.Member("Salt").Binary(header.salt);
  writer.EndObject();
  return octets;
}

Result<WireEnvelope> ParseWireEnvelope(Encoding encoding, std::string_view body) {
  json::Reader reader(body, ReaderOptions(encoding));
  WireEnvelope envelope;
  Seen seen;
  int elements = 0;
  reader.BeginArray();
  while (reader.NextElement()) ReadElement(reader, body, elements++, &envelope, &seen);
  if (reader.ok() && elements < 2) reader.Fail("expected header and payload");
  if (!reader.Finish()) return InvalidArgument("the envelope: " + reader.status().message());
  MESH_RETURN_IF_ERROR(CheckHeader(envelope.header, seen));
  return envelope;
}

void AppendWireEnvelope(Encoding encoding, std::string_view header_octets, std::string_view payload,
                        std::string& out) {
  // Base64url, brackets, and the head of a data item.
  out.reserve(out.size() + header_octets.size() + payload.size() / 3 * 4 + 16);
  json::Writer writer(out, WriterForm(encoding));
  writer.BeginArray().Raw(header_octets).Binary(payload).EndArray();
}

void AppendCounted(std::string_view octets, std::string& out) {
  AppendBigEndian32(out, static_cast<uint32_t>(octets.size()));
  out.append(octets);
}

TicketReplies::TicketReplies(Encoding encoding) : encoding_(encoding) {
  WireHeader header;
  header.mode = Mode::kTicket;
  header.salt = std::string(kSaltBytes, '\xff');
  const std::string other = WriteWireHeader(encoding, header);
  header.salt = std::string(kSaltBytes, '\0');
  header_ = WriteWireHeader(encoding, header);
  const auto differ = std::mismatch(header_.begin(), header_.end(), other.begin());
  salt_at_ = static_cast<size_t>(differ.first - header_.begin());
}

std::string_view TicketReplies::Header(std::string_view salt) {
  if (encoding_ == Encoding::kJsonB) {
    header_.replace(salt_at_, salt.size(), salt);
  } else {
    const std::string text = Base64UrlEncode(salt);
    header_.replace(salt_at_, text.size(), text);
  }
  return header_;
}

std::string_view TicketReplies::Binding(std::string_view service_udf,
                                        std::string_view header_octets) {
  if (common_ == 0 || service_udf != service_udf_) {
    service_udf_ = service_udf;
    binding_ = BindingOctets(Mode::kTicket, service_udf, encoding_, {});
    common_ = binding_.size() - sizeof(uint32_t);
  }
  binding_.resize(common_);
  AppendCounted(header_octets, binding_);
  return binding_;
}

std::string BindingOctets(Mode mode, std::string_view service_udf, Encoding encoding,
                          std::string_view header_octets) {
  const std::string_view parts[] = {kBindingName, kVersionText,        ModeName(mode),
                                    service_udf,  MediaType(encoding), header_octets};
  std::string octets;
  octets.reserve(128 + header_octets.size());
  for (const std::string_view part : parts) AppendCounted(part, octets);
  return octets;
}

}  // namespace mesh::binding
