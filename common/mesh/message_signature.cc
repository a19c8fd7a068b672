#include "common/mesh/message_signature.h"

#include <optional>
#include <string>
#include <utility>

#include "common/dare/signature.h"
#include "common/encoding/json_reader.h"
#include "common/encoding/json_writer.h"

namespace mesh {
namespace {

constexpr std::string_view kConnectionMember = "EnvelopedConnectionAccount";
constexpr std::string_view kProfileMember = "EnvelopedProfileAccount";

// The envelopes are texts, several kilobytes of them, that are parsed when they are not known.
struct Block {
  std::string kid;
  std::string signature;
  std::string_view connection;
  std::string_view profile;

  bool whole() const { return !connection.empty() && !profile.empty(); }
};

bool ReadBlock(json::Reader& reader, Block* block) {
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    if (name == "kid") {
      reader.String(&block->kid);
    } else if (name == "signature") {
      reader.Binary(&block->signature);
    } else if (name == kConnectionMember) {
      reader.RawValue(&block->connection);
    } else if (name == kProfileMember) {
      reader.RawValue(&block->profile);
    } else {
      reader.Skip();
    }
  }
  return reader.ok();
}

// What stands in a block that nobody looks at must be well-formed, too.
bool CheckEnvelopes(json::Reader& reader, const Block& block) {
  for (const std::string_view text : {block.connection, block.profile}) {
    if (text.empty()) continue;
    const Status status = dare::ParseEnvelope(text).status();
    if (!status.ok()) return reader.Fail(status.message());
  }
  return true;
}

// Keeps the first that is whole.
bool ReadBlocks(json::Reader& reader, std::optional<Block>* found) {
  reader.BeginArray();
  for (size_t count = 0; reader.NextElement(); ++count) {
    if (count == dare::kSignaturesMax) return reader.Fail("signatures: too many");
    Block block;
    if (!ReadBlock(reader, &block)) return false;
    if (!*found && block.whole()) {
      *found = std::move(block);
    } else if (!CheckEnvelopes(reader, block)) {
      return false;
    }
  }
  return reader.ok();
}

// What is found views `text`.
Status FindBlock(std::string_view text, std::optional<Block>* found) {
  if (text.empty() || text.find(kConnectionMember) == text.npos) return Status();
  json::Options options;
  options.known_valid = true;  // Of an envelope that was read.
  json::Reader reader(text, options);
  std::string_view name;
  reader.BeginObject();
  while (reader.NextMember(&name)) {
    name == "signatures" ? ReadBlocks(reader, found) : reader.Skip();
  }
  return reader.Finish() ? Status() : reader.status();
}

// Copies the members of the object that is next but for those of a signature block.
void CopySignature(json::Reader& reader, json::Writer& writer) {
  std::string_view name, value;
  reader.BeginObject();
  writer.BeginObject();
  while (reader.NextMember(&name)) {
    if (name == kConnectionMember || name == kProfileMember) {
      reader.Skip();
    } else if (reader.RawValue(&value)) {
      writer.Member(name).Raw(value);
    }
  }
  writer.EndObject();
}

void CopySignatures(json::Reader& reader, json::Writer& writer) {
  reader.BeginArray();
  writer.BeginArray();
  while (reader.NextElement()) CopySignature(reader, writer);
  writer.EndArray();
}

Status Denied(std::string_view why) {
  return Status(Code::kPermissionDenied, "signature block: " + std::string(why));
}

}  // namespace

Result<std::shared_ptr<const VerifiedConnection>> VerifyMessageSignature(
    std::string_view header, std::string_view trailer, const crypto::Digest512& payload_digest,
    AssertionCache& assertions) {
  if (auto known = assertions.Signer(trailer, payload_digest)) return known;
  std::optional<Block> block;
  MESH_RETURN_IF_ERROR(FindBlock(trailer, &block));
  const bool in_trailer = block.has_value();
  if (!block) MESH_RETURN_IF_ERROR(FindBlock(header, &block));
  if (!block) return std::shared_ptr<const VerifiedConnection>();
  MESH_ASSIGN(auto signer, assertions.ConnectionAccount(block->connection, block->profile));
  const KeyData& key = signer->connection.key_signature;
  if (block->kid != key.udf) return Denied("kid is not the connection's KeySignature");
  if (!assertions.Signature(key.key, payload_digest, block->signature).ok()) {
    return Denied("the signature is wrong");
  }
  // The header was not looked at then.
  if (in_trailer) assertions.KeepSigner(trailer, payload_digest, signer);
  return signer;
}

std::string WithoutSignatureBlocks(const std::string& text) {
  if (text.find(kConnectionMember) == text.npos && text.find(kProfileMember) == text.npos) {
    return text;
  }
  json::Reader reader(text);
  std::string out;
  json::Writer writer(out);
  std::string_view name, value;
  reader.BeginObject();
  writer.BeginObject();
  while (reader.NextMember(&name)) {
    writer.Member(name);
    if (name == "signatures") {
      CopySignatures(reader, writer);
    } else if (reader.RawValue(&value)) {
      writer.Raw(value);
    }
  }
  writer.EndObject();
  return reader.Finish() ? out : text;
}

Status SignMessage(const crypto::PrivateKey& key, const dare::Envelope& connection,
                   const dare::Envelope& profile_account, dare::Envelope* message) {
  MESH_ASSIGN(const dare::SignatureFields signature, dare::SignPayload(message->payload, key));
  message->trailer.clear();
  json::Writer writer(message->trailer);
  writer.BeginObject().Member("signatures").BeginArray().BeginObject();
  writer.Member("alg").String(signature.alg).Member("kid").String(signature.kid);
  writer.Member("signature").Binary(signature.signature);
  writer.Member(kConnectionMember).Raw(dare::EnvelopeText(connection));
  writer.Member(kProfileMember).Raw(dare::EnvelopeText(profile_account));
  writer.EndObject().EndArray();
  writer.Member("PayloadDigest").Binary(dare::PayloadDigest(message->payload).view());
  writer.EndObject();
  return Status();
}

}  // namespace mesh
