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
#include <bit>
#include <cstring>

#include "common/base/bytes.h"
#include "common/base/check.h"
#include "common/crypto/openssl_ptr.h"
#include "common/crypto/sha512_lanes.h"

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

// --- Two at once -------------------------------------------------------------------

constexpr size_t kWordBytes = 8;
constexpr size_t kDigestWords = 8;
// Octets of a message that fit into the one block behind the key's, with its end and length.
constexpr size_t kOneBlockMessageMax = kSha512BlockBytes - 1 - 16;
constexpr uint64_t kInnerPads = 0x3636363636363636;
constexpr uint64_t kOuterPads = 0x5c5c5c5c5c5c5c5c;
constexpr uint64_t kEndOfMessage = uint64_t{0x80} << 56;
// The first lane of the outer hashes; the inner ones begin at 0.
constexpr size_t kOuter = 2;

// A hash's numbers in the order of its octets, and back.
uint64_t NetworkOrder(uint64_t number) {
  return std::endian::native == std::endian::big ? number : __builtin_bswap64(number);
}

constexpr size_t kBlockWords = kSha512BlockBytes / kWordBytes;

// The number that stands at a word of `octets`, with zeros behind them.
uint64_t WordOf(std::string_view octets, size_t word) {
  uint64_t number = 0;
  const size_t at = word * kWordBytes;
  if (at + kWordBytes <= octets.size()) {
    std::memcpy(&number, octets.data() + at, kWordBytes);
  } else if (at < octets.size()) {
    std::memcpy(&number, octets.data() + at, octets.size() - at);
  }
  return NetworkOrder(number);
}

// In bits, with the key's block before it.
uint64_t LengthOf(size_t message_bytes) { return 8 * (kSha512BlockBytes + message_bytes); }

struct PairState {
  Sha512LaneBlocks blocks;
  Sha512LaneStates all;    // The inner hashes, and beside them the outer ones.
  Sha512LaneStates inner;  // The inner hashes at their end; the outer lanes mean nothing.

  ~PairState() { ::explicit_bzero(this, sizeof *this); }

  void SetKey(size_t i, std::string_view key) {
    for (size_t word = 0; word < kBlockWords; ++word) {
      const uint64_t number = WordOf(key, word);
      blocks.words[word][i] = number ^ kInnerPads;
      blocks.words[word][kOuter + i] = number ^ kOuterPads;
    }
  }
  void SetMessage(size_t i, std::string_view message) {
    for (size_t word = 0; word < kBlockWords; ++word) {
      blocks.words[word][i] = WordOf(message, word);
    }
    blocks.words[message.size() / kWordBytes][i] |=
        kEndOfMessage >> 8 * (message.size() % kWordBytes);
    blocks.words.back()[i] = LengthOf(message.size());
  }
  // The inner digest is the outer hash's message.
  void SetInner(size_t i) {
    for (size_t word = 0; word < kBlockWords; ++word) {
      blocks.words[word][kOuter + i] = word < kDigestWords ? inner.words[word][i] : 0;
    }
    blocks.words[kDigestWords][kOuter + i] = kEndOfMessage;
    blocks.words.back()[kOuter + i] = LengthOf(kDigestWords * kWordBytes);
  }
  Digest512 Result(size_t i) const {
    Digest512 digest;
    for (size_t word = 0; word < kDigestWords; ++word) {
      const uint64_t octets = NetworkOrder(all.words[word][kOuter + i]);
      std::memcpy(digest.data() + kWordBytes * word, &octets, kWordBytes);
    }
    return digest;
  }
};

// Keys of at most a block, messages of at most kOneBlockMessageMax: three compressions.
std::array<Digest512, 2> PairInLanes(const std::array<std::string_view, 2>& keys,
                                     const std::array<std::string_view, 2>& messages) {
  PairState state;
  for (size_t i = 0; i < 2; ++i) state.SetKey(i, keys[i]);
  state.all = Sha512LanesStart();
  Sha512LanesCompress(state.all, state.blocks);
  for (size_t i = 0; i < 2; ++i) state.SetMessage(i, messages[i]);
  state.inner = state.all;
  Sha512LanesCompress(state.inner, state.blocks);
  for (size_t i = 0; i < 2; ++i) state.SetInner(i);
  Sha512LanesCompress(state.all, state.blocks);
  return {state.Result(0), state.Result(1)};
}

bool FitsLanes(std::string_view key, std::string_view message) {
  return key.size() <= kSha512BlockBytes && message.size() <= kOneBlockMessageMax;
}

}  // namespace

std::array<Digest512, 2> HmacSha512Pair(const std::array<std::string_view, 2>& keys,
                                        const std::array<std::string_view, 2>& messages) {
  if (HasSha512Lanes() && FitsLanes(keys[0], messages[0]) && FitsLanes(keys[1], messages[1])) {
    return PairInLanes(keys, messages);
  }
  return {HmacSha512(keys[0], messages[0]), HmacSha512(keys[1], messages[1])};
}

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
