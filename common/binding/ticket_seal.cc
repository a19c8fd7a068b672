#include "common/binding/ticket_seal.h"

#include "common/base/bytes.h"
#include "common/base/check.h"
#include "common/binding/sealed_text.h"
#include "common/binding/wire_envelope.h"
#include "common/crypto/aead.h"
#include "common/crypto/kdf.h"

namespace mesh::binding {
namespace {

constexpr std::string_view kRequestInfo = "ClientToServerEncrypt";
constexpr std::string_view kReplyInfo = "ServerToClientEncrypt";

// The key and the IV of one direction, wiped at the end.
class DirectionKeys {
 public:
  DirectionKeys(std::string_view master_key, std::string_view salt, std::string_view info)
      : octets_(crypto::HkdfSha512(master_key, salt, info,
                                   crypto::kAeadKeyBytes + crypto::kAeadNonceBytes)) {
    MESH_CHECK(master_key.size() == kMasterKeyBytes);
  }
  ~DirectionKeys() { Wipe(octets_); }
  DirectionKeys(const DirectionKeys&) = delete;
  DirectionKeys& operator=(const DirectionKeys&) = delete;

  std::string_view key() const {
    return std::string_view(octets_).substr(0, crypto::kAeadKeyBytes);
  }
  std::string_view iv() const { return std::string_view(octets_).substr(crypto::kAeadKeyBytes); }

 private:
  std::string octets_;
};

std::string Seal(const DirectionKeys& keys, std::string_view binding, std::string_view text) {
  return crypto::AeadSeal(keys.key(), keys.iv(), binding, text);
}

Result<std::string> Open(const DirectionKeys& keys, std::string_view binding,
                         std::string_view payload) {
  Result<std::string> text = crypto::AeadOpen(keys.key(), keys.iv(), binding, payload);
  if (text.ok()) return text;
  return Status(Code::kUnauthenticated, "the seal does not open");
}

std::string BothSalts(std::string_view request_salt, std::string_view reply_salt) {
  MESH_CHECK(request_salt.size() == kSaltBytes && reply_salt.size() == kSaltBytes);
  std::string both(request_salt);
  return both.append(reply_salt);
}

}  // namespace

std::string SealRequest(std::string_view master_key, std::string_view salt,
                        std::string_view binding, std::string_view sealed_text) {
  MESH_CHECK(salt.size() == kSaltBytes);
  return Seal(DirectionKeys(master_key, salt, kRequestInfo), binding, sealed_text);
}

Result<std::string> OpenRequest(std::string_view master_key, std::string_view salt,
                                std::string_view binding, std::string_view payload) {
  MESH_CHECK(salt.size() == kSaltBytes);
  return Open(DirectionKeys(master_key, salt, kRequestInfo), binding, payload);
}

std::string SealReply(std::string_view master_key, std::string_view request_salt,
                      std::string_view reply_salt, std::string_view binding,
                      std::string_view sealed_text) {
  const std::string salt = BothSalts(request_salt, reply_salt);
  return Seal(DirectionKeys(master_key, salt, kReplyInfo), binding, sealed_text);
}

Result<std::string> OpenReply(std::string_view master_key, std::string_view request_salt,
                              std::string_view reply_salt, std::string_view binding,
                              std::string_view payload) {
  const std::string salt = BothSalts(request_salt, reply_salt);
  return Open(DirectionKeys(master_key, salt, kReplyInfo), binding, payload);
}

}  // namespace mesh::binding
