#include "common/crypto/shake256.h"

#include "common/base/bytes.h"
#include "common/base/check.h"
#include "common/crypto/openssl_ptr.h"

namespace mesh::crypto {
namespace {

EVP_MD_CTX* NewContext() {
  const EvpMdPtr shake(EVP_MD_fetch(nullptr, "SHAKE256", nullptr));
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  MESH_CHECK(shake != nullptr && context != nullptr);
  MESH_CHECK(EVP_DigestInit_ex2(context, shake.get(), nullptr) == 1);
  return context;
}

}  // namespace

std::string Shake256(std::initializer_list<std::string_view> pieces, size_t length) {
  thread_local const EvpMdCtxPtr context(NewContext());
  MESH_CHECK(EVP_DigestInit_ex2(context.get(), nullptr, nullptr) == 1);
  for (const std::string_view piece : pieces) {
    MESH_CHECK(EVP_DigestUpdate(context.get(), piece.data(), piece.size()) == 1);
  }
  std::string output(length, '\0');
  MESH_CHECK(EVP_DigestFinalXOF(context.get(), Octets(output), length) == 1);
  return output;
}

}  // namespace mesh::crypto
