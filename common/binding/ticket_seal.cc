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

// The first octets of a derivation's output.
struct KeyAndIv {
  explicit KeyAndIv(std::string_view output)
      : key(output.substr(0, crypto::kAeadKeyBytes)),
        iv(output.substr(crypto::kAeadKeyBytes, crypto::kAeadNonceBytes)) {}
  std::string_view key;
  std::string_view iv;
};

// The output for one direction, wiped at the end.
class Direction {
 public:
  Direction(std::string_view master_key, std::string_view salt, std::string_view info)
      : output_(crypto::HkdfSha512(master_key, salt, info,
                                   crypto::kAeadKeyBytes + crypto::kAeadNonceBytes)) {
    MESH_CHECK(master_key.size() == kMasterKeyBytes);
  }
  ~Direction() { Wipe(output_); }
  Direction(const Direction&) = delete;
  Direction& operator=(const Direction&) = delete;

  KeyAndIv keys() const { return KeyAndIv(output_); }

 private:
  std::string output_;
};

std::string Seal(const KeyAndIv& keys, std::string_view binding, std::string_view text) {
  return crypto::AeadSeal(keys.key, keys.iv, binding, text);
}

Status Open(const KeyAndIv& keys, std::string_view binding, std::string* text) {
  if (crypto::AeadOpenInPlace(keys.key, keys.iv, binding, text).ok()) return Status();
  return Status(Code::kUnauthenticated, "the seal does not open");
}

Result<std::string> Open(const KeyAndIv& keys, std::string_view binding, std::string_view payload) {
  std::string text(payload);
  MESH_RETURN_IF_ERROR(Open(keys, binding, &text));
  return text;
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
  return Seal(Direction(master_key, salt, kRequestInfo).keys(), binding, sealed_text);
}

Result<std::string> OpenRequest(std::string_view master_key, std::string_view salt,
                                std::string_view binding, std::string_view payload) {
  MESH_CHECK(salt.size() == kSaltBytes);
  return Open(Direction(master_key, salt, kRequestInfo).keys(), binding, payload);
}

std::string SealReply(std::string_view master_key, std::string_view request_salt,
                      std::string_view reply_salt, std::string_view binding,
                      std::string_view sealed_text) {
  const std::string salt = BothSalts(request_salt, reply_salt);
  return Seal(Direction(master_key, salt, kReplyInfo).keys(), binding, sealed_text);
}

Result<std::string> OpenReply(std::string_view master_key, std::string_view request_salt,
                              std::string_view reply_salt, std::string_view binding,
                              std::string_view payload) {
  const std::string salt = BothSalts(request_salt, reply_salt);
  return Open(Direction(master_key, salt, kReplyInfo).keys(), binding, payload);
}

TicketSeals::TicketSeals(std::string_view master_key, std::string_view request_salt,
                         std::string_view reply_salt) {
  MESH_CHECK(master_key.size() == kMasterKeyBytes);
  MESH_CHECK(request_salt.size() == kSaltBytes && reply_salt.size() == kSaltBytes);
  std::array<char, 2 * kSaltBytes> salts;
  request_salt.copy(salts.data(), kSaltBytes);
  reply_salt.copy(salts.data() + kSaltBytes, kSaltBytes);
  const std::string_view both(salts.data(), salts.size());
  outputs_ =
      crypto::HkdfSha512Pair(master_key, {{{request_salt, kRequestInfo}, {both, kReplyInfo}}});
}

TicketSeals::~TicketSeals() {
  for (crypto::Digest512& output : outputs_) output.Wipe();
}

Status TicketSeals::OpenRequest(std::string_view binding, std::string* text) const {
  return Open(KeyAndIv(outputs_[0]), binding, text);
}

void TicketSeals::SealReply(std::string_view binding, std::string* text) const {
  const KeyAndIv keys(outputs_[1]);
  crypto::AeadSealInPlace(keys.key, keys.iv, binding, text);
}

}  // namespace mesh::binding
