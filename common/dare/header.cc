#include "common/dare/header.h"

#include <utility>

#include "common/base/check.h"
#include "common/dare/binary_members.h"
#include "common/dare/json_fields.h"

namespace mesh::dare {
namespace {

bool ReadSignature(json::Reader& reader, SignatureFields* out) {
  return ReadObject(reader, [&](std::string_view name) {
    if (name == "dig") return reader.String(&out->dig);
    if (name == "alg") return reader.String(&out->alg);
    if (name == "kid") return reader.String(&out->kid);
    if (name == "signature") return reader.Binary(&out->signature);
    if (name == "witness") return reader.Binary(&out->witness);
    return reader.Skip();
  });
}

bool ReadEphemeralKey(json::Reader& reader, RecipientFields* out) {
  return ReadObject(reader, [&](std::string_view name) {
    if (name == "crv") return reader.String(&out->epk_curve);
    if (name == "Public") return reader.Binary(&out->epk);
    return reader.Skip();
  });
}

bool ReadEphemeral(json::Reader& reader, RecipientFields* out) {
  return ReadObject(reader, [&](std::string_view name) {
    if (name == "PublicKeyECDH") return ReadEphemeralKey(reader, out);
    return reader.Skip();
  });
}

bool ReadRecipient(json::Reader& reader, RecipientFields* out) {
  return ReadObject(reader, [&](std::string_view name) {
    if (name == "kid") return reader.String(&out->kid);
    if (name == "epk") return ReadEphemeral(reader, out);
    if (name == "wmk") return reader.Binary(&out->wmk);
    return reader.Skip();
  });
}

bool ReadContainerInfo(json::Reader& reader, std::optional<ContainerInfo>* out) {
  ContainerInfo& info = out->emplace();
  return ReadObject(reader, [&](std::string_view name) {
    if (name == "DataEncoding") return reader.String(&info.data_encoding);
    if (name == "ContainerType") return reader.String(&info.container_type);
    if (name == "Index") return ReadOptional(reader, &info.index);
    if (name == "TreePosition") return ReadOptional(reader, &info.tree_position);
    if (name == "IsMeta") return reader.Bool(&info.is_meta);
    return reader.Skip();
  });
}

bool ReadContentMeta(json::Reader& reader, HeaderFields* out) {
  if (!reader.Binary(&out->content_meta_data)) return false;
  Result<ContentMeta> meta = ParseContentMeta(out->content_meta_data);
  if (!meta.ok()) return reader.Fail("ContentMetaData: " + meta.status().message());
  out->content_meta = *std::move(meta);
  return true;
}

bool ReadTrailerMember(json::Reader& reader, std::string_view name, TrailerFields* out) {
  if (name == "signatures") {
    out->signatures.clear();
    return ReadArray(reader, &out->signatures,
                     [&](SignatureFields* entry) { return ReadSignature(reader, entry); });
  }
  if (name == "PayloadDigest") return reader.Binary(&out->payload_digest);
  if (name == "ChainDigest") return reader.Binary(&out->chain_digest);
  if (name == "TreeDigest") return reader.Binary(&out->tree_digest);
  return reader.Skip();
}

bool ReadHeaderMember(json::Reader& reader, std::string_view name, HeaderFields* out) {
  if (name == "EnvelopeID") return reader.String(&out->envelope_id);
  if (name == "enc") return reader.String(&out->enc);
  if (name == "dig") return reader.String(&out->dig);
  if (name == "kid") return reader.String(&out->kid);
  if (name == "Salt") return reader.Binary(&out->salt);
  // The drafts' examples begin the name with a small letter, the reference does not.
  if (name == "Annotations" || name == "annotations") {
    return ReadArray(reader, &out->annotations,
                     [&](std::string* entry) { return reader.Binary(entry); });
  }
  if (name == "recipients") {
    return ReadArray(reader, &out->recipients,
                     [&](RecipientFields* entry) { return ReadRecipient(reader, entry); });
  }
  if (name == "ContentMetaData") return ReadContentMeta(reader, out);
  if (name == "ContainerInfo") return ReadContainerInfo(reader, &out->container_info);
  if (name == "Received") return ReadOptionalTime(reader, &out->received);
  return ReadTrailerMember(reader, name, out);
}

bool IsServiceMember(std::string_view name) {
  return name == "ContainerInfo" || name == "Received";
}

// Each member stretches from the octet after the one before (its comma included)
// to the end of its value. Members that stay are copied with all the octets in
// front of them, except that the first one must not begin with a comma.
Result<std::string> Strip(std::string_view header, const json::Options& options,
                          bool (*stripped_member)(std::string_view name)) {
  json::Reader reader(header, options);
  std::string_view name;
  std::string stripped;
  stripped.reserve(header.size());
  bool first = true;
  reader.BeginObject();
  size_t begin = reader.offset();
  stripped.append(header.substr(0, begin));
  while (reader.NextMember(&name)) {
    const bool goes = stripped_member(name);
    if (!reader.Skip()) return reader.status();
    std::string_view member = header.substr(begin, reader.offset() - begin);
    begin = reader.offset();
    if (goes) continue;
    const size_t comma = member.find_first_not_of(" \t\r\n");
    if (first && member[comma] == ',') member.remove_prefix(comma + 1);
    stripped.append(member);
    first = false;
  }
  if (!reader.Finish()) return reader.status();
  stripped.append(header.substr(begin));
  return stripped;
}

}  // namespace

Result<HeaderFields> ParseHeader(std::string_view json, const json::Options& options) {
  json::Reader reader(json, options);
  HeaderFields fields;
  ReadObject(reader,
             [&](std::string_view name) { return ReadHeaderMember(reader, name, &fields); });
  if (!reader.Finish()) return reader.status();
  return fields;
}

Result<TrailerFields> ParseTrailer(std::string_view json, const json::Options& options) {
  json::Reader reader(json, options);
  TrailerFields fields;
  ReadObject(reader,
             [&](std::string_view name) { return ReadTrailerMember(reader, name, &fields); });
  if (!reader.Finish()) return reader.status();
  return fields;
}

Result<TrailerFields> EffectiveTrailer(const HeaderFields& header, std::string_view trailer,
                                       const json::Options& options) {
  if (trailer.empty()) return TrailerFields(header);
  MESH_ASSIGN(TrailerFields fields, ParseTrailer(trailer, options));
  if (fields.signatures.empty()) fields.signatures = header.signatures;
  if (fields.payload_digest.empty()) fields.payload_digest = header.payload_digest;
  if (fields.chain_digest.empty()) fields.chain_digest = header.chain_digest;
  if (fields.tree_digest.empty()) fields.tree_digest = header.tree_digest;
  return fields;
}

Result<std::string> StripServiceMembers(std::string_view header, const json::Options& options) {
  return Strip(header, options, IsServiceMember);
}

Result<std::string> WithDigests(std::string_view trailer, std::string_view payload_digest,
                                std::string_view tree_digest) {
  MESH_ASSIGN(std::string text, Strip(trailer, {}, [](std::string_view name) {
                return name == "PayloadDigest" || name == "TreeDigest" || name == "ChainDigest";
              }));
  std::string digests;
  json::Writer(digests)
      .BeginObject()
      .Member("PayloadDigest")
      .Binary(payload_digest)
      .Member("TreeDigest")
      .Binary(tree_digest)
      .EndObject();
  const size_t close = text.rfind('}');
  const bool more = text[text.find_last_not_of(" \t\r\n", close - 1)] != '{';
  text.replace(close, 1, (more ? "," : "") + digests.substr(1));
  return text;
}

Result<std::string> WithEnvelopeId(std::string_view header, std::string_view id) {
  MESH_ASSIGN(std::string rest,
              Strip(header, {}, [](std::string_view name) { return name == "EnvelopeID"; }));
  const size_t open = rest.find('{') + 1;
  const bool more = rest[rest.find_first_not_of(" \t\r\n", open)] != '}';
  rest.insert(open, "\"EnvelopeID\":\"" + std::string(id) + (more ? "\"," : "\""));
  return rest;
}

std::string InsertServiceMembers(std::string_view header, int64_t index,
                                 std::optional<WallMillis> received) {
  std::string text;
  text.reserve(header.size() + 128);
  AppendWithServiceMembers(header, index, received, text);
  return text;
}

void AppendWithServiceMembers(std::string_view header, int64_t index,
                              std::optional<WallMillis> received, std::string& out,
                              json::Form form) {
  const size_t close = header.find_last_not_of(" \t\r\n");
  MESH_CHECK(close != std::string_view::npos && close > 0 && header[close] == '}');
  const size_t last = header.find_last_not_of(" \t\r\n", close - 1);
  AppendInForm(header.substr(0, last + 1), form, out);
  if (header[last] != '{') out.push_back(',');
  out.append("\"ContainerInfo\":");
  json::Writer writer(out);
  writer.BeginObject();
  if (index == 0)
    writer.Member("DataEncoding").String("JSON").Member("ContainerType").String("Merkle");
  writer.Member("Index").Int(index).EndObject();
  if (received) writer.Member("Received").DateTime(*received);
  out.append(header.substr(last + 1));
}

}  // namespace mesh::dare
