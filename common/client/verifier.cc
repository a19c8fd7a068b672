#include "common/client/verifier.h"

#include <optional>
#include <utility>

#include "common/crypto/signature.h"
#include "common/dare/signature.h"

namespace mesh::client {
namespace {

std::string FrameName(uint64_t index) { return "frame " + std::to_string(index); }

Status Broken(uint64_t index, const std::string& why) {
  return Status(Code::kDataLoss, FrameName(index) + " " + why);
}

Status CheckIndex(const dare::HeaderFields& header, uint64_t expected) {
  if (!header.container_info || !header.container_info->index) {
    return Broken(expected, "has no index");
  }
  const int64_t index = *header.container_info->index;
  if (index == static_cast<int64_t>(expected)) return {};
  return Broken(expected, "is missing: frame " + std::to_string(index) + " came in its place");
}

}  // namespace

void KeyRing::Add(const Profile& profile) {
  Add(profile.key_offline_signature);
  for (const KeyData& key : profile.keys_online_signature) Add(key);
}

const crypto::PublicKey* KeyRing::Find(std::string_view udf) const {
  const auto it = keys_.find(udf);
  return it == keys_.end() ? nullptr : &it->second;
}

ContainerVerifier::ContainerVerifier(const KeyRing& keys, dare::MerkleFrontier frontier)
    : keys_(keys), frontier_(std::move(frontier)) {}

Status ContainerVerifier::CheckSignatures(const dare::Envelope& envelope,
                                          const dare::TrailerFields& trailer,
                                          Checks* checks) const {
  if (trailer.signatures.empty()) ++checks->unsigned_frames;
  for (const dare::SignatureFields& signature : trailer.signatures) {
    const crypto::PublicKey* const key = keys_.Find(signature.kid);
    if (key == nullptr) {
      ++checks->unknown_signatures;
      continue;
    }
    const crypto::Digest512 digest = dare::PayloadDigest(envelope.payload);
    const Status verified = crypto::Verify(*key, digest, signature.signature);
    if (!verified.ok()) {
      return Broken(frontier_.frames(), "has a wrong signature of " + signature.kid);
    }
    ++checks->signatures;
  }
  return {};
}

Status ContainerVerifier::Add(const dare::Envelope& envelope) {
  const uint64_t index = frontier_.frames();
  if (!envelope.has_payload) return Broken(index, "came without its payload");
  const Result<dare::HeaderFields> header = dare::ParseHeader(envelope.header);
  if (!header.ok()) return Broken(index, "cannot be read: " + header.status().message());
  MESH_RETURN_IF_ERROR(CheckIndex(*header, index));
  const Result<dare::TrailerFields> trailer = dare::EffectiveTrailer(*header, envelope.trailer);
  if (!trailer.ok()) return Broken(index, "cannot be read: " + trailer.status().message());

  Checks checks = checks_;
  const Status digest = dare::CheckPayloadDigest(envelope, *trailer);
  if (!digest.ok()) return Broken(index, "was altered: " + digest.message());
  if (!trailer->payload_digest.empty()) ++checks.payload_digests;
  MESH_RETURN_IF_ERROR(CheckSignatures(envelope, *trailer, &checks));
  ++checks.frames;

  frontier_.Append(dare::PayloadDigest(envelope.payload));
  checks_ = checks;
  return {};
}

Status ContainerVerifier::Finish(int64_t frames, std::string_view digest) const {
  const auto have = static_cast<int64_t>(frontier_.frames());
  if (have != frames) {
    return Status(Code::kDataLoss, "the service has " + std::to_string(frames) +
                                       " frames and this device " + std::to_string(have));
  }
  if (digest.empty() || digest == frontier_.digest()) return {};
  return Status(Code::kDataLoss,
                "the tree digest over its " + std::to_string(have) +
                    " frames is not the one that the service names: what was stored, or what "
                    "was sent, has been changed");
}

}  // namespace mesh::client
