#include "common/crypto/aead.h"

#include <array>

#include "common/base/bytes.h"
#include "common/crypto/cipher_context.h"

namespace mesh::crypto {
namespace {

EVP_CIPHER_CTX* Start(bool encrypt, std::string_view key, std::string_view nonce,
                      std::string_view associated_data) {
  thread_local CipherContext context("AES-256-GCM");
  MESH_CHECK(key.size() == kAeadKeyBytes && nonce.size() == kAeadNonceBytes);
  EVP_CIPHER_CTX* started = context.Start(encrypt, Octets(key), Octets(nonce));
  int ignored = 0;
  MESH_CHECK(associated_data.empty() ||
             EVP_CipherUpdate(started, nullptr, &ignored, Octets(associated_data),
                              IntSize(associated_data.size())) == 1);
  return started;
}

// GCM is a stream: as many octets come out as go in, and none at the end.
void Transform(EVP_CIPHER_CTX* context, std::string_view in, uint8_t* out) {
  int written = 0;
  if (in.empty()) return;
  MESH_CHECK(EVP_CipherUpdate(context, out, &written, Octets(in), IntSize(in.size())) == 1);
}

}  // namespace

std::string AeadSeal(std::string_view key, std::string_view nonce, std::string_view associated_data,
                     std::string_view plaintext) {
  std::string sealed;
  sealed.reserve(plaintext.size() + kAeadTagBytes);
  sealed.append(plaintext);
  AeadSealInPlace(key, nonce, associated_data, &sealed);
  return sealed;
}

void AeadSealInPlace(std::string_view key, std::string_view nonce, std::string_view associated_data,
                     std::string* text) {
  EVP_CIPHER_CTX* context = Start(true, key, nonce, associated_data);
  const size_t size = text->size();
  text->resize(size + kAeadTagBytes);
  Transform(context, {text->data(), size}, Octets(*text));
  uint8_t* tag = Octets(*text) + size;
  int written = 0;
  MESH_CHECK(EVP_CipherFinal_ex(context, tag, &written) == 1);
  MESH_CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kAeadTagBytes, tag) == 1);
}

Result<std::string> AeadOpen(std::string_view key, std::string_view nonce,
                             std::string_view associated_data, std::string_view sealed) {
  std::string text(sealed);
  MESH_RETURN_IF_ERROR(AeadOpenInPlace(key, nonce, associated_data, &text));
  return text;
}

Status AeadOpenInPlace(std::string_view key, std::string_view nonce,
                       std::string_view associated_data, std::string* text) {
  if (text->size() < kAeadTagBytes) {
    text->clear();
    return InvalidArgument("sealed text does not open");
  }
  const size_t size = text->size() - kAeadTagBytes;
  std::array<char, kAeadTagBytes> tag;
  text->copy(tag.data(), tag.size(), size);
  text->resize(size);
  EVP_CIPHER_CTX* context = Start(false, key, nonce, associated_data);
  Transform(context, *text, Octets(*text));
  int written = 0;
  MESH_CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kAeadTagBytes, tag.data()) == 1);
  if (EVP_CipherFinal_ex(context, nullptr, &written) == 1) return Status();
  Wipe(*text);
  return OpensslError(Code::kInvalidArgument, "sealed text does not open");
}

}  // namespace mesh::crypto
