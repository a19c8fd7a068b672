#include "common/dare/encryption.h"

#include <utility>

#include "common/base/bytes.h"
#include "common/crypto/cipher.h"
#include "common/crypto/kdf.h"
#include "common/crypto/key_agreement.h"
#include "common/crypto/key_wrap.h"
#include "common/crypto/udf.h"
#include "common/encoding/json_b.h"

namespace mesh::dare {
namespace {

// Labels of key derivation (as clients use them; the drafts print others).
constexpr std::string_view kEncryptLabel = "encrypt";
constexpr std::string_view kIvLabel = "iv";
constexpr std::string_view kOldWrapLabel = "master";

struct ItemKeys {
  std::string key;
  std::string iv;
  ~ItemKeys() { Wipe(key); }
};

ItemKeys DeriveItemKeys(std::string_view master, std::string_view salt) {
  const crypto::Digest256 secret = crypto::HkdfExtractSha256(salt, master);
  return {crypto::HkdfExpandSha256(secret, kEncryptLabel, crypto::kCbcKeyBytes),
          crypto::HkdfExpandSha256(secret, kIvLabel, crypto::kCbcIvBytes)};
}

std::string Joined(std::string_view a, std::string_view b) {
  std::string joined(a);
  joined.append(b);
  return joined;
}

std::string WrappingKey(std::string_view shared_secret, std::string_view info) {
  return crypto::HkdfSha512(shared_secret, {}, info, crypto::kWrappingKeyBytes);
}

Result<crypto::PublicKey> EphemeralKey(const RecipientFields& recipient) {
  const std::optional<crypto::Curve> curve = crypto::CurveFromName(recipient.epk_curve);
  if (!curve) return InvalidArgument("epk: unknown curve '" + recipient.epk_curve + "'");
  return crypto::PublicKey{*curve, recipient.epk};
}

const RecipientFields* FindRecipient(const HeaderFields& header, std::string_view kid) {
  for (const RecipientFields& recipient : header.recipients) {
    if (recipient.kid == kid) return &recipient;
  }
  return nullptr;
}

Status NoRecipient(std::string_view kid) {
  return Status(Code::kNotFound, "the envelope is not encrypted for " + std::string(kid));
}

}  // namespace

std::string EncryptItem(std::string_view master, std::string_view salt, std::string_view clear) {
  const ItemKeys keys = DeriveItemKeys(master, salt);
  return crypto::CbcEncrypt(keys.key, keys.iv, clear);
}

Result<std::string> DecryptItem(std::string_view master, std::string_view salt,
                                std::string_view cipher) {
  const ItemKeys keys = DeriveItemKeys(master, salt);
  return crypto::CbcDecrypt(keys.key, keys.iv, cipher);
}

std::string EncryptAnnotation(std::string_view master, std::string_view header_salt,
                              std::string_view prefix, std::string_view clear) {
  std::string annotation;
  json_b::AppendData(prefix, annotation);
  json_b::AppendData(EncryptItem(master, Joined(prefix, header_salt), clear), annotation);
  return annotation;
}

Result<std::string> DecryptAnnotation(std::string_view master, std::string_view header_salt,
                                      std::string_view annotation) {
  MESH_ASSIGN(const std::string_view prefix, json_b::TakeData(&annotation));
  MESH_ASSIGN(const std::string_view cipher, json_b::TakeData(&annotation));
  return DecryptItem(master, Joined(prefix, header_salt), cipher);
}

std::string SignatureWitness(std::string_view master, std::string_view header_salt,
                             std::string_view signature) {
  return crypto::HkdfSha256(master, header_salt, signature, kMasterBytes);
}

Result<std::string> SharedSecret(const crypto::PrivateKey& key, const crypto::PublicKey& peer) {
  if (key.curve() != peer.curve) return InvalidArgument("epk: on another curve than the key");
  if (!crypto::IsSignatureCurve(key.curve())) return crypto::Agree(key, peer.octets);
  MESH_ASSIGN(crypto::PublicKey point, crypto::MultiplyPoint(key.scalar(), peer));
  return std::move(point.octets);
}

std::string WrapMaster(std::string_view shared_secret, std::string_view master) {
  std::string key = WrappingKey(shared_secret, {});
  std::string wrapped = crypto::WrapKey(key, master);
  Wipe(key);
  return wrapped;
}

Result<std::string> UnwrapMaster(std::string_view shared_secret, std::string_view wmk) {
  for (const std::string_view info : {std::string_view(), kOldWrapLabel}) {
    std::string key = WrappingKey(shared_secret, info);
    Result<std::string> master = crypto::UnwrapKey(key, wmk);
    Wipe(key);
    if (master.ok()) return master;
  }
  return InvalidArgument("wmk: not wrapped for this key");
}

Result<RecipientFields> MakeRecipient(std::string_view master, const crypto::PublicKey& key,
                                      crypto::RandomSource& random) {
  const crypto::PrivateKey ephemeral = crypto::PrivateKey::Generate(key.curve, random);
  MESH_ASSIGN(std::string secret, SharedSecret(ephemeral, key));
  RecipientFields recipient;
  recipient.kid = crypto::KeyFingerprint(key);
  recipient.epk_curve = crypto::CurveName(key.curve);
  recipient.epk = ephemeral.public_key().octets;
  recipient.wmk = WrapMaster(secret, master);
  Wipe(secret);
  return recipient;
}

RecipientFields MakeSymmetricRecipient(std::string_view master, std::string_view secret) {
  RecipientFields recipient;
  recipient.kid = crypto::SymmetricKeyId(secret);
  recipient.wmk = WrapMaster(secret, master);
  return recipient;
}

Result<std::string> RecoverMaster(const HeaderFields& header, const crypto::PrivateKey& key) {
  const std::string kid = crypto::KeyFingerprint(key.public_key());
  const RecipientFields* const recipient = FindRecipient(header, kid);
  if (recipient == nullptr) return NoRecipient(kid);
  MESH_ASSIGN(const crypto::PublicKey ephemeral, EphemeralKey(*recipient));
  MESH_ASSIGN(std::string secret, SharedSecret(key, ephemeral));
  Result<std::string> master = UnwrapMaster(secret, recipient->wmk);
  Wipe(secret);
  return master;
}

Result<std::string> RecoverMaster(const HeaderFields& header, std::string_view secret) {
  const std::string kid = crypto::SymmetricKeyId(secret);
  const RecipientFields* const recipient = FindRecipient(header, kid);
  if (recipient == nullptr) return NoRecipient(kid);
  return UnwrapMaster(secret, recipient->wmk);
}

Result<std::string> DecryptPayload(const Envelope& envelope, const HeaderFields& header,
                                   std::string_view master) {
  if (header.enc != kA256Cbc) {
    return Status(Code::kUnimplemented, "enc: '" + header.enc + "' is not served; use A256CBC");
  }
  if (!header.kid.empty() && header.kid != crypto::SymmetricKeyId(master)) {
    return InvalidArgument("kid: names another master secret");
  }
  return DecryptItem(master, header.salt, envelope.payload);
}

}  // namespace mesh::dare
