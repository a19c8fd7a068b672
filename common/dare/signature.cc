#include "common/dare/signature.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/crypto/signature.h"
#include "common/crypto/udf.h"
#include "common/encoding/json_writer.h"

namespace mesh::dare {
namespace {

constexpr std::string_view kSha2 = "SHA2";  // What the reference writes for SHA-2-512.

bool IsSha512(std::string_view dig) {
  return dig.empty() || dig == kSha2 || dig == "S512" || dig == "SHA512" || dig == "SHA-512";
}

// What header and trailer say together.
Result<TrailerFields> TrailerOf(const Envelope& envelope) {
  MESH_ASSIGN(const HeaderFields header, ParseHeader(envelope.header));
  if (!IsSha512(header.dig)) {
    return InvalidArgument("dig: '" + header.dig + "' is not served; expected SHA2 or S512");
  }
  return EffectiveTrailer(header, envelope.trailer);
}

Status CheckDigest(const crypto::Digest512& digest, const TrailerFields& trailer) {
  if (trailer.payload_digest.empty() || trailer.payload_digest == digest.view()) return Status();
  return InvalidArgument("PayloadDigest is not the SHA-512 of the payload");
}

// The keys' names, in their order.
std::vector<std::string> NamesOf(std::span<const crypto::PublicKey> keys) {
  std::vector<std::string> names;
  for (const crypto::PublicKey& key : keys) names.push_back(crypto::KeyFingerprint(key));
  return names;
}

}  // namespace

crypto::Digest512 PayloadDigest(std::string_view payload) { return crypto::Sha512(payload); }

Status CheckPayloadDigest(const Envelope& envelope, const TrailerFields& trailer) {
  if (trailer.payload_digest.empty()) return Status();
  return CheckDigest(PayloadDigest(envelope.payload), trailer);
}

Status CheckPayloadDigest(const Envelope& envelope) {
  MESH_ASSIGN(const TrailerFields trailer, TrailerOf(envelope));
  return CheckPayloadDigest(envelope, trailer);
}

Status VerifySignature(const Envelope& envelope, const crypto::PublicKey& key) {
  return VerifySignatureByOneOf(envelope, {&key, 1}).status();
}

Result<size_t> VerifySignatureByOneOf(const Envelope& envelope,
                                      std::span<const crypto::PublicKey> keys) {
  MESH_ASSIGN(const TrailerFields trailer, TrailerOf(envelope));
  if (trailer.signatures.empty()) return InvalidArgument("the envelope is not signed");
  if (trailer.signatures.size() > kSignaturesMax) {
    return InvalidArgument("more than " + std::to_string(kSignaturesMax) + " signatures");
  }
  const crypto::Digest512 digest = PayloadDigest(envelope.payload);
  MESH_RETURN_IF_ERROR(CheckDigest(digest, trailer));
  const std::vector<std::string> names = NamesOf(keys);
  for (const SignatureFields& entry : trailer.signatures) {
    const auto name = std::find(names.begin(), names.end(), entry.kid);
    if (name == names.end()) continue;
    const auto which = static_cast<size_t>(name - names.begin());
    if (crypto::Verify(keys[which], digest, entry.signature).ok()) return which;
    return InvalidArgument("the signature of " + entry.kid + " is wrong");
  }
  return InvalidArgument("no signature is by a key that may sign this");
}

Result<SignatureFields> SignPayload(std::string_view payload, const crypto::PrivateKey& key) {
  SignatureFields fields;
  fields.alg = kSha2;
  fields.kid = crypto::KeyFingerprint(key.public_key());
  MESH_ASSIGN(fields.signature, crypto::Sign(key, PayloadDigest(payload)));
  return fields;
}

void WriteTrailer(const TrailerFields& trailer, std::string& out) {
  json::Writer writer(out);
  writer.BeginObject();
  if (!trailer.signatures.empty()) writer.Member("signatures").BeginArray();
  for (const SignatureFields& entry : trailer.signatures) {
    writer.BeginObject();
    if (!entry.dig.empty()) writer.Member("dig").String(entry.dig);
    if (!entry.alg.empty()) writer.Member("alg").String(entry.alg);
    if (!entry.kid.empty()) writer.Member("kid").String(entry.kid);
    writer.Member("signature").Binary(entry.signature);
    if (!entry.witness.empty()) writer.Member("witness").Binary(entry.witness);
    writer.EndObject();
  }
  if (!trailer.signatures.empty()) writer.EndArray();
  if (!trailer.payload_digest.empty())
    writer.Member("PayloadDigest").Binary(trailer.payload_digest);
  if (!trailer.chain_digest.empty()) writer.Member("ChainDigest").Binary(trailer.chain_digest);
  if (!trailer.tree_digest.empty()) writer.Member("TreeDigest").Binary(trailer.tree_digest);
  writer.EndObject();
}

}  // namespace mesh::dare
