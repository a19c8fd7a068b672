// One OpenSSL cipher context per thread and algorithm, for the ciphers of this folder.

#pragma once

#include "common/base/check.h"
#include "common/crypto/openssl_ptr.h"

namespace mesh::crypto {

// For one thread. Holds a key schedule between messages: reset by the next one, wiped when
// the thread ends.
class CipherContext {
 public:
  explicit CipherContext(const char* algorithm)
      : cipher_(EVP_CIPHER_fetch(nullptr, algorithm, nullptr)), context_(EVP_CIPHER_CTX_new()) {
    MESH_CHECK(cipher_ != nullptr && context_ != nullptr);
    MESH_CHECK(EVP_CipherInit_ex2(context_.get(), cipher_.get(), nullptr, nullptr, 1, nullptr) ==
               1);
  }

  // Ready for a message under `key` and `iv` (null where the mode has none). Names no
  // cipher: then OpenSSL keeps what it has instead of making it anew.
  EVP_CIPHER_CTX* Start(bool encrypt, const uint8_t* key, const uint8_t* iv) {
    MESH_CHECK(EVP_CipherInit_ex2(context_.get(), nullptr, key, iv, encrypt ? 1 : 0, nullptr) == 1);
    return context_.get();
  }

 private:
  EvpCipherPtr cipher_;
  EvpCipherCtxPtr context_;
};

// OpenSSL counts octets in an int. Requests are megabytes at most; more is our own mistake.
inline int IntSize(size_t size) {
  MESH_CHECK(size <= 0x7fff'0000);
  return static_cast<int>(size);
}

}  // namespace mesh::crypto
