// The functions that hash into a structure of the caller's are deprecated in favour of
// contexts that are fetched; these cost a ticketed request a fifth of its time.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "common/crypto/mac.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>

#include "common/base/bytes.h"
#include "common/base/check.h"
#include "common/crypto/openssl_ptr.h"

namespace mesh::crypto {
namespace {

constexpr uint8_t kInnerPad = 0x36;
constexpr uint8_t kOuterPad = 0x5c;

// An HMAC context bound to its digest; each message gives it a key.
class Context {
 public:
  explicit Context(const char* digest) {
    const EvpMacPtr hmac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
    MESH_CHECK(hmac != nullptr);
    context_.reset(EVP_MAC_CTX_new(hmac.get()));
    char name[16] = {};
    std::string_view(digest).copy(name, sizeof(name) - 1);
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
        OSSL_PARAM_construct_end()};
    MESH_CHECK(context_ != nullptr && EVP_MAC_CTX_set_params(context_.get(), parameters) == 1);
  }

  template <size_t N>
  Digest<N> Compute(std::string_view key, std::string_view message) {
    // A null key would mean "the last one", so an empty key needs a real address.
    const uint8_t* key_octets = key.empty() ? Octets("") : Octets(key);
    Digest<N> digest;
    size_t written = 0;
    MESH_CHECK(EVP_MAC_init(context_.get(), key_octets, key.size(), nullptr) == 1);
    MESH_CHECK(EVP_MAC_update(context_.get(), Octets(message), message.size()) == 1);
    MESH_CHECK(EVP_MAC_final(context_.get(), digest.data(), &written, N) == 1 && written == N);
    return digest;
  }

 private:
  EvpMacCtxPtr context_;
};

}  // namespace

// RFC 2104 over SHA-512 itself: every key of ours fits into one block, and then a MAC of
// a short message is four compressions and nothing else.
Digest512 HmacSha512(std::string_view key, std::string_view message) {
  Digest512 digest;
  std::array<uint8_t, SHA512_CBLOCK> block{};
  SHA512_CTX context;
  const auto hash = [&](uint8_t pad, std::string_view octets) {
    for (uint8_t& octet : block) octet ^= pad;
    SHA512_Init(&context);
    SHA512_Update(&context, block.data(), block.size());
    SHA512_Update(&context, octets.data(), octets.size());
    SHA512_Final(digest.data(), &context);
  };
  const Digest512 short_key = key.size() > block.size() ? Sha512(key) : Digest512();
  if (key.size() > block.size()) key = short_key;
  std::copy(key.begin(), key.end(), block.begin());
  hash(kInnerPad, message);
  hash(kInnerPad ^ kOuterPad, digest);
  OPENSSL_cleanse(block.data(), block.size());
  OPENSSL_cleanse(&context, sizeof context);
  return digest;
}

Digest256 HmacSha256(std::string_view key, std::string_view message) {
  thread_local Context context("SHA2-256");
  return context.Compute<32>(key, message);
}

}  // namespace mesh::crypto
