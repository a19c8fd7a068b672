#include "common/crypto/digest.h"

#include <openssl/crypto.h>

#include "common/base/check.h"
#include "common/crypto/openssl_ptr.h"

namespace mesh::crypto {
namespace {

// A context that has its algorithm already. Starting it anew with no algorithm named
// keeps OpenSSL from looking anything up or allocating.
class Context {
 public:
  explicit Context(const char* algorithm) : context_(EVP_MD_CTX_new()) {
    const EvpMdPtr fetched(EVP_MD_fetch(nullptr, algorithm, nullptr));
    MESH_CHECK(context_ != nullptr && fetched != nullptr);
    MESH_CHECK(EVP_DigestInit_ex2(context_.get(), fetched.get(), nullptr) == 1);
  }

  EVP_MD_CTX* Restart() {
    MESH_CHECK(EVP_DigestInit_ex2(context_.get(), nullptr, nullptr) == 1);
    return context_.get();
  }
  EVP_MD_CTX* get() const { return context_.get(); }

 private:
  EvpMdCtxPtr context_;
};

void Add(EVP_MD_CTX* context, std::string_view octets) {
  MESH_CHECK(EVP_DigestUpdate(context, octets.data(), octets.size()) == 1);
}

template <size_t N>
Digest<N> Finished(EVP_MD_CTX* context) {
  Digest<N> digest;
  MESH_CHECK(EVP_DigestFinal_ex(context, digest.data(), nullptr) == 1);
  return digest;
}

Context& Sha512Context() {
  thread_local Context context("SHA2-512");
  return context;
}

}  // namespace

template <size_t N>
void Digest<N>::Wipe() {
  OPENSSL_cleanse(this->data(), N);
}
template struct Digest<32>;
template struct Digest<64>;

Digest256 Sha256(std::string_view octets) {
  thread_local Context context("SHA2-256");
  EVP_MD_CTX* started = context.Restart();
  Add(started, octets);
  return Finished<32>(started);
}

Digest512 Sha512(std::string_view octets) {
  EVP_MD_CTX* started = Sha512Context().Restart();
  Add(started, octets);
  return Finished<64>(started);
}

Digest512 Sha3_512(std::string_view octets) {
  thread_local Context context("SHA3-512");
  EVP_MD_CTX* started = context.Restart();
  Add(started, octets);
  return Finished<64>(started);
}

Digest512 Sha512(std::string_view left, std::string_view right) {
  EVP_MD_CTX* started = Sha512Context().Restart();
  Add(started, left);
  Add(started, right);
  return Finished<64>(started);
}

void Sha512Stream::Free::operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }

Sha512Stream::Sha512Stream() : context_(EVP_MD_CTX_new()) {
  MESH_CHECK(context_ != nullptr);
  MESH_CHECK(EVP_MD_CTX_copy_ex(context_.get(), Sha512Context().Restart()) == 1);
}

void Sha512Stream::Update(std::string_view octets) { Add(context_.get(), octets); }

Digest512 Sha512Stream::Finish() {
  const Digest512 digest = Finished<64>(context_.get());
  MESH_CHECK(EVP_DigestInit_ex2(context_.get(), nullptr, nullptr) == 1);
  return digest;
}

}  // namespace mesh::crypto
