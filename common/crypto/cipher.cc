#include "common/crypto/cipher.h"

#include "common/base/bytes.h"
#include "common/crypto/cipher_context.h"

namespace mesh::crypto {
namespace {

constexpr size_t kBlockBytes = 16;

// Runs the whole of `in` through; false when the padding at the end is wrong.
bool Run(bool encrypt, std::string_view key, std::string_view iv, std::string_view in,
         std::string* out) {
  thread_local CipherContext context("AES-256-CBC");
  MESH_CHECK(key.size() == kCbcKeyBytes && iv.size() == kCbcIvBytes);
  EVP_CIPHER_CTX* started = context.Start(encrypt, Octets(key), Octets(iv));
  out->resize(in.size() + kBlockBytes);
  int body = 0;
  int last = 0;
  MESH_CHECK(EVP_CipherUpdate(started, Octets(*out), &body, Octets(in), IntSize(in.size())) == 1);
  if (EVP_CipherFinal_ex(started, Octets(*out) + body, &last) != 1) return false;
  out->resize(static_cast<size_t>(body) + static_cast<size_t>(last));
  return true;
}

}  // namespace

std::string CbcEncrypt(std::string_view key, std::string_view iv, std::string_view plaintext) {
  std::string ciphertext;
  MESH_CHECK(Run(true, key, iv, plaintext, &ciphertext));
  return ciphertext;
}

Result<std::string> CbcDecrypt(std::string_view key, std::string_view iv,
                               std::string_view ciphertext) {
  if (ciphertext.empty() || ciphertext.size() % kBlockBytes != 0) {
    return InvalidArgument("ciphertext has " + std::to_string(ciphertext.size()) +
                           " octets; a positive multiple of 16 is needed");
  }
  std::string plaintext;
  if (!Run(false, key, iv, ciphertext, &plaintext)) {
    Wipe(plaintext);
    return OpensslError(Code::kInvalidArgument, "ciphertext does not decrypt");
  }
  return plaintext;
}

}  // namespace mesh::crypto
