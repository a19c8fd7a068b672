// Digests: SHA-512 for payloads, Merkle nodes and UDFs, SHA3-512 for UDFs of
// type 'K', SHA-256 inside HKDF.
//
// One-shot functions reuse one context per thread: no allocation, no lookup of
// the algorithm. All may be called from any thread. A digest cannot fail.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

struct evp_md_ctx_st;  // OpenSSL's EVP_MD_CTX.

namespace mesh::crypto {

// N octets, compared and copied as a value; reads as a string_view of its own storage.
template <size_t N>
struct Digest : std::array<uint8_t, N> {
  std::string_view view() const { return {reinterpret_cast<const char*>(this->data()), N}; }
  operator std::string_view() const { return view(); }  // NOLINT: a digest is its octets.
  // Overwrites a digest that is a secret, in a way the compiler may not remove.
  void Wipe();
};
using Digest256 = Digest<32>;
using Digest512 = Digest<64>;

Digest256 Sha256(std::string_view octets);
Digest512 Sha512(std::string_view octets);
Digest512 Sha3_512(std::string_view octets);

// SHA-512(left || right), without joining them first: one node of a Merkle tree,
// or a prefix and its data.
Digest512 Sha512(std::string_view left, std::string_view right);

// SHA-512 of octets that come in pieces. One thread at a time; movable.
class Sha512Stream {
 public:
  Sha512Stream();
  Sha512Stream(Sha512Stream&&) noexcept = default;
  Sha512Stream& operator=(Sha512Stream&&) noexcept = default;
  ~Sha512Stream() = default;

  void Update(std::string_view octets);
  // The digest of everything since construction or the last Finish; starts anew.
  Digest512 Finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace mesh::crypto
