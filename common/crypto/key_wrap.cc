#include "common/crypto/key_wrap.h"

#include "common/base/bytes.h"
#include "common/crypto/cipher_context.h"

namespace mesh::crypto {
namespace {

constexpr size_t kCheckBytes = 8;
constexpr size_t kKeyBytesMin = 16;

CipherContext& WrapContext() {
  thread_local CipherContext context("AES-256-WRAP");
  return context;
}

}  // namespace

std::string WrapKey(std::string_view wrapping_key, std::string_view key) {
  MESH_CHECK(wrapping_key.size() == kWrappingKeyBytes);
  MESH_CHECK(key.size() >= kKeyBytesMin && key.size() % kCheckBytes == 0);
  EVP_CIPHER_CTX* context = WrapContext().Start(true, Octets(wrapping_key), nullptr);
  std::string wrapped(key.size() + kCheckBytes, '\0');
  int written = 0;
  MESH_CHECK(
      EVP_CipherUpdate(context, Octets(wrapped), &written, Octets(key), IntSize(key.size())) == 1);
  MESH_CHECK(static_cast<size_t>(written) == wrapped.size());
  return wrapped;
}

Result<std::string> UnwrapKey(std::string_view wrapping_key, std::string_view wrapped) {
  MESH_CHECK(wrapping_key.size() == kWrappingKeyBytes);
  if (wrapped.size() < kKeyBytesMin + kCheckBytes || wrapped.size() % kCheckBytes != 0) {
    return InvalidArgument("wrapped key has " + std::to_string(wrapped.size()) +
                           " octets; a multiple of 8 from 24 on is needed");
  }
  EVP_CIPHER_CTX* context = WrapContext().Start(false, Octets(wrapping_key), nullptr);
  std::string key(wrapped.size(), '\0');
  int written = 0;
  if (EVP_CipherUpdate(context, Octets(key), &written, Octets(wrapped), IntSize(wrapped.size())) !=
      1) {
    Wipe(key);
    return OpensslError(Code::kInvalidArgument, "key was not wrapped under this wrapping key");
  }
  key.resize(wrapped.size() - kCheckBytes);
  return key;
}

}  // namespace mesh::crypto
