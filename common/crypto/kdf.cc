#include "common/crypto/kdf.h"

#include "common/base/bytes.h"
#include "common/base/check.h"
#include "common/crypto/mac.h"

namespace mesh::crypto {
namespace {

// RFC 5869 §2.3: T(i) = HMAC(PRK, T(i-1) | info | i), joined and cut.
template <auto Hmac, size_t kDigestBytes>
std::string Expand(std::string_view pseudo_random_key, std::string_view info, size_t length) {
  MESH_CHECK(length <= 255 * kDigestBytes);
  std::string output;
  output.reserve(length + kDigestBytes);
  std::string block;
  for (char counter = 1; output.size() < length; ++counter) {
    block.append(info);
    block.push_back(counter);
    auto digest = Hmac(pseudo_random_key, block);
    output.append(digest.view());
    block.assign(digest.view());
    digest.Wipe();
  }
  Wipe(block);
  output.resize(length);
  return output;
}

// What the first block of an output is the HMAC of.
class FirstBlock {
 public:
  explicit FirstBlock(std::string_view info) : size_(info.size() + 1) {
    MESH_CHECK(info.size() <= kDerivationInfoMax);
    info.copy(octets_.data(), info.size());
    octets_[info.size()] = 1;
  }
  operator std::string_view() const { return {octets_.data(), size_}; }  // NOLINT: its octets.

 private:
  std::array<char, kDerivationInfoMax + 1> octets_;
  const size_t size_;
};

}  // namespace

Digest512 HkdfExtractSha512(std::string_view salt, std::string_view key_material) {
  return HmacSha512(salt, key_material);
}

Digest256 HkdfExtractSha256(std::string_view salt, std::string_view key_material) {
  return HmacSha256(salt, key_material);
}

std::string HkdfExpandSha512(std::string_view pseudo_random_key, std::string_view info,
                             size_t length) {
  return Expand<HmacSha512, 64>(pseudo_random_key, info, length);
}

std::string HkdfExpandSha256(std::string_view pseudo_random_key, std::string_view info,
                             size_t length) {
  return Expand<HmacSha256, 32>(pseudo_random_key, info, length);
}

std::string HkdfSha512(std::string_view key_material, std::string_view salt, std::string_view info,
                       size_t length) {
  Digest512 key = HkdfExtractSha512(salt, key_material);
  std::string output = HkdfExpandSha512(key, info, length);
  key.Wipe();
  return output;
}

std::array<Digest512, 2> HkdfSha512Pair(std::string_view key_material,
                                        const std::array<Derivation, 2>& derivations) {
  const auto& [a, b] = derivations;
  std::array<Digest512, 2> keys = HmacSha512Pair({a.salt, b.salt}, {key_material, key_material});
  const auto outputs = HmacSha512Pair({keys[0], keys[1]}, {FirstBlock(a.info), FirstBlock(b.info)});
  for (Digest512& key : keys) key.Wipe();
  return outputs;
}

std::string HkdfSha256(std::string_view key_material, std::string_view salt, std::string_view info,
                       size_t length) {
  Digest256 key = HkdfExtractSha256(salt, key_material);
  std::string output = HkdfExpandSha256(key, info, length);
  key.Wipe();
  return output;
}

}  // namespace mesh::crypto
