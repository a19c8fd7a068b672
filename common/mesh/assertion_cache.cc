#include "common/mesh/assertion_cache.h"

#include <algorithm>

#include "common/base/bytes.h"
#include "common/crypto/signature.h"

namespace mesh {
namespace {

// What is verified about an assertion.
enum class Kind : char { kSelfSigned, kConnectionAccount, kSignature };

// What one signature that is remembered takes, about: a digest, a list node, a map node.
constexpr size_t kSignatureBytes = 256;

void AddCounted(std::string_view octets, std::string& out) {
  AppendBigEndian32(out, static_cast<uint32_t>(octets.size()));
  out.append(octets);
}

// Names `envelope` with its signatures. The payload goes in as its digest.
std::string NameOf(Kind kind, const dare::Envelope& envelope,
                   const crypto::Digest512& payload_digest) {
  std::string name(1, static_cast<char>(kind));
  AddCounted(envelope.header, name);
  AddCounted(envelope.trailer, name);
  return name.append(payload_digest.view());
}

// Where two texts are looked for: at the last octets of the first. There its digest and its
// signature stand, so two devices have two places.
crypto::Digest512 PlaceOf(std::string_view text) {
  crypto::Digest512 place{};
  if (text.size() > place.size()) text.remove_prefix(text.size() - place.size());
  std::copy(text.begin(), text.end(), place.begin());
  return place;
}

}  // namespace

Result<std::shared_ptr<const Profile>> AssertionCache::SelfSigned(const dare::Envelope& envelope,
                                                                  ProfileKind kind) {
  std::string name = NameOf(Kind::kSelfSigned, envelope, crypto::Sha512(envelope.payload));
  name.push_back(static_cast<char>(kind));
  const crypto::Digest512 key = crypto::Sha512(name);
  if (auto known = profiles_.Find(key)) return known;
  ++verified_;
  MESH_ASSIGN(Profile profile, VerifySelfSigned(envelope, kind));
  return profiles_.Keep(key, envelope.payload.size(), std::move(profile));
}

Result<std::shared_ptr<const VerifiedConnection>> AssertionCache::ConnectionAccount(
    const dare::Envelope& connection, const dare::Envelope& profile_account) {
  const crypto::Digest512 connection_digest = crypto::Sha512(connection.payload);
  const crypto::Digest512 account_digest = crypto::Sha512(profile_account.payload);
  std::string name = NameOf(Kind::kConnectionAccount, connection, connection_digest);
  const crypto::Digest512 key = crypto::Sha512(name.append(account_digest.view()));
  if (auto known = connections_.Find(key)) return known;

  ++verified_;
  VerifiedConnection verified;
  MESH_ASSIGN(verified.account, ParseProfile(profile_account.payload, ProfileKind::kAccount));
  MESH_ASSIGN(verified.connection, VerifyConnectionAccount(connection, verified.account));
  verified.connection_digest = connection_digest.view();
  verified.profile_account_digest = account_digest.view();
  const size_t bytes = connection.payload.size() + profile_account.payload.size();
  return connections_.Keep(key, bytes, std::move(verified));
}

// Finding both octet for octet costs a twentieth of parsing and hashing them.
Result<std::shared_ptr<const VerifiedConnection>> AssertionCache::ConnectionAccount(
    std::string_view connection, std::string_view profile_account) {
  const crypto::Digest512 place = PlaceOf(connection);
  const auto known = texts_.Find(place);
  if (known != nullptr && known->connection == connection &&
      known->profile_account == profile_account) {
    return known->verified;
  }
  MESH_ASSIGN(const dare::Envelope connection_envelope, dare::ParseEnvelope(connection));
  MESH_ASSIGN(const dare::Envelope profile_envelope, dare::ParseEnvelope(profile_account));
  MESH_ASSIGN(auto verified, ConnectionAccount(connection_envelope, profile_envelope));
  texts_.Keep(place, connection.size() + profile_account.size(),
              {std::string(connection), std::string(profile_account), verified});
  return verified;
}

Status AssertionCache::Signature(const crypto::PublicKey& key, const crypto::Digest512& digest,
                                 std::string_view signature) {
  std::string name(1, static_cast<char>(Kind::kSignature));
  name.push_back(static_cast<char>(key.curve));
  AddCounted(key.octets, name);
  AddCounted(signature, name);
  const crypto::Digest512 known = crypto::Sha512(name.append(digest.view()));
  if (signatures_.Find(known)) return Status();
  ++verified_;
  MESH_RETURN_IF_ERROR(crypto::Verify(key, digest, signature));
  signatures_.Keep(known, kSignatureBytes, {});
  return Status();
}

std::shared_ptr<const VerifiedConnection> AssertionCache::Signer(
    std::string_view trailer, const crypto::Digest512& payload_digest) {
  const auto known = signers_.Find(payload_digest);
  return known != nullptr && known->trailer == trailer ? known->signer : nullptr;
}

void AssertionCache::KeepSigner(std::string_view trailer, const crypto::Digest512& payload_digest,
                                std::shared_ptr<const VerifiedConnection> signer) {
  signers_.Keep(payload_digest, trailer.size(), {std::string(trailer), std::move(signer)});
}

}  // namespace mesh
