#include "common/binding/noise.h"

#include <utility>

#include "common/base/bytes.h"
#include "common/base/check.h"
#include "common/crypto/aead.h"
#include "common/crypto/key_agreement.h"
#include "common/crypto/mac.h"
#include "common/crypto/montgomery.h"

namespace mesh::binding {
namespace {

// 26 octets: short enough to be the first hash as it is, filled with zeros.
constexpr std::string_view kProtocolName = "Noise_IK_448_AESGCM_SHA512";
constexpr size_t kSealedKeyBytes = kNoiseKeyBytes + crypto::kAeadTagBytes;

using crypto::Curve;
using crypto::Digest512;
using crypto::PrivateKey;

Status NotOpened() {
  return Status(Code::kUnauthenticated, "the exchange's message does not open");
}

Status TooLong() {
  return Status(Code::kResourceExhausted, "a message of an exchange may have at most " +
                                              std::to_string(kNoiseMessageBytesMax) + " octets");
}

}  // namespace

// --- SymmetricState ---------------------------------------------------------------

NoiseState::NoiseState(std::string_view prologue) {
  hash_.fill(0);
  kProtocolName.copy(reinterpret_cast<char*>(hash_.data()), kProtocolName.size());
  chaining_key_ = hash_;
  MixHash(prologue);
}

NoiseState::~NoiseState() {
  chaining_key_.Wipe();
  Wipe(key_);
}

void NoiseState::MixHash(std::string_view octets) { hash_ = crypto::Sha512(hash_, octets); }

// HKDF of the framework with two outputs: the next chaining key, and a key that is cut
// to what AES-256 takes.
void NoiseState::MixKey(std::string_view key_material) {
  Digest512 secret = crypto::HmacSha512(chaining_key_, key_material);
  chaining_key_ = crypto::HmacSha512(secret, std::string_view("\x01", 1));
  Digest512 second = crypto::HmacSha512(secret, std::string(chaining_key_.view()) + '\x02');
  Wipe(key_);
  key_.assign(second.view().substr(0, crypto::kAeadKeyBytes));
  count_ = 0;
  secret.Wipe();
  second.Wipe();
}

// Four zero octets and the count, big-endian.
std::string NoiseState::Nonce() {
  std::string nonce(4, '\0');
  AppendBigEndian64(nonce, count_++);
  return nonce;
}

std::string NoiseState::EncryptAndHash(std::string_view plaintext) {
  MESH_CHECK(!key_.empty());
  std::string ciphertext = crypto::AeadSeal(key_, Nonce(), hash_, plaintext);
  MixHash(ciphertext);
  return ciphertext;
}

Result<std::string> NoiseState::DecryptAndHash(std::string_view ciphertext) {
  MESH_CHECK(!key_.empty());
  Result<std::string> plaintext = crypto::AeadOpen(key_, Nonce(), hash_, ciphertext);
  if (!plaintext.ok()) return NotOpened();
  MixHash(ciphertext);
  return plaintext;
}

Status NoiseState::MixAgreement(const PrivateKey& key, std::string_view peer) {
  MESH_ASSIGN(std::string secret, crypto::Agree(key, peer));
  MixKey(secret);
  Wipe(secret);
  return Status();
}

// --- Initiator --------------------------------------------------------------------

NoiseInitiator::NoiseInitiator(std::string_view prologue, const PrivateKey& static_key,
                               std::string_view responder)
    : state_(prologue), static_key_(static_key), responder_(responder) {
  MESH_CHECK(static_key.curve() == Curve::kX448);
  state_.MixHash(responder_);
}

Result<std::string> NoiseInitiator::WriteFirst(std::string_view payload,
                                               crypto::RandomSource& random) {
  if (payload.size() + kNoiseFirstOverhead > kNoiseMessageBytesMax) return TooLong();
  ephemeral_ = PrivateKey::Generate(Curve::kX448, random);
  std::string message(ephemeral_->public_key().coordinate());
  state_.MixHash(message);
  MESH_RETURN_IF_ERROR(state_.MixAgreement(*ephemeral_, responder_));
  message += state_.EncryptAndHash(static_key_.public_key().coordinate());
  MESH_RETURN_IF_ERROR(state_.MixAgreement(static_key_, responder_));
  message += state_.EncryptAndHash(payload);
  return message;
}

Result<std::string> NoiseInitiator::ReadSecond(std::string_view message) {
  MESH_CHECK(ephemeral_.has_value());
  if (message.size() < kNoiseSecondOverhead) return NotOpened();
  const std::string_view ephemeral = message.substr(0, kNoiseKeyBytes);
  state_.MixHash(ephemeral);
  MESH_RETURN_IF_ERROR(state_.MixAgreement(*ephemeral_, ephemeral));
  MESH_RETURN_IF_ERROR(state_.MixAgreement(static_key_, ephemeral));
  return state_.DecryptAndHash(message.substr(kNoiseKeyBytes));
}

// --- Responder --------------------------------------------------------------------

NoiseResponder::NoiseResponder(std::string_view prologue, const PrivateKey& static_key)
    : state_(prologue), static_key_(static_key) {
  MESH_CHECK(static_key.curve() == Curve::kX448);
  state_.MixHash(static_key.public_key().coordinate());
}

Status NoiseResponder::CheckFirst(std::string_view message) {
  if (message.size() > kNoiseMessageBytesMax) return TooLong();
  if (message.size() < kNoiseFirstOverhead) return NotOpened();
  if (crypto::IsCanonicalCoordinate(Curve::kX448, message.substr(0, kNoiseKeyBytes))) return {};
  return InvalidArgument("the ephemeral key is not below p");
}

Status NoiseResponder::ReadKey(std::string_view message) {
  ephemeral_ = message.substr(0, kNoiseKeyBytes);
  state_.MixHash(ephemeral_);
  MESH_RETURN_IF_ERROR(state_.MixAgreement(static_key_, ephemeral_));
  MESH_ASSIGN(initiator_, state_.DecryptAndHash(message.substr(kNoiseKeyBytes, kSealedKeyBytes)));
  return {};
}

Result<std::string> NoiseResponder::ReadPayload(std::string_view message) {
  MESH_RETURN_IF_ERROR(state_.MixAgreement(static_key_, initiator_));
  return state_.DecryptAndHash(message.substr(kNoiseKeyBytes + kSealedKeyBytes));
}

Result<std::string> NoiseResponder::ReadFirst(std::string_view message) {
  MESH_RETURN_IF_ERROR(CheckFirst(message));
  MESH_RETURN_IF_ERROR(ReadKey(message));
  return ReadPayload(message);
}

Result<std::string> NoiseResponder::WriteSecond(std::string_view payload,
                                                crypto::RandomSource& random) {
  MESH_CHECK(!initiator_.empty());
  if (payload.size() + kNoiseSecondOverhead > kNoiseMessageBytesMax) return TooLong();
  const PrivateKey ephemeral = PrivateKey::Generate(Curve::kX448, random);
  std::string message(ephemeral.public_key().coordinate());
  state_.MixHash(message);
  MESH_RETURN_IF_ERROR(state_.MixAgreement(ephemeral, ephemeral_));
  MESH_RETURN_IF_ERROR(state_.MixAgreement(ephemeral, initiator_));
  message += state_.EncryptAndHash(payload);
  return message;
}

}  // namespace mesh::binding
