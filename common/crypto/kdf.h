// HKDF (RFC 5869) over SHA-256 and SHA-512. Any thread.
//
// An absent salt is the empty one. Callers own the keys that come out and wipe
// them (common/base/bytes.h) when they are done.

#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "common/crypto/digest.h"

namespace mesh::crypto {

Digest512 HkdfExtractSha512(std::string_view salt, std::string_view key_material);
Digest256 HkdfExtractSha256(std::string_view salt, std::string_view key_material);

// `length` octets; more than 255 digests' worth is our own mistake and ends the process.
std::string HkdfExpandSha512(std::string_view pseudo_random_key, std::string_view info,
                             size_t length);
std::string HkdfExpandSha256(std::string_view pseudo_random_key, std::string_view info,
                             size_t length);

// Extract, then expand.
std::string HkdfSha512(std::string_view key_material, std::string_view salt, std::string_view info,
                       size_t length);

// Two derivations from one key, as HmacSha512Pair: the first 64 octets of what HkdfSha512 gives
// for each salt and info, which has at most kDerivationInfoMax octets. Allocates nothing.
struct Derivation {
  std::string_view salt;
  std::string_view info;
};
inline constexpr size_t kDerivationInfoMax = 63;
std::array<Digest512, 2> HkdfSha512Pair(std::string_view key_material,
                                        const std::array<Derivation, 2>& derivations);

std::string HkdfSha256(std::string_view key_material, std::string_view salt, std::string_view info,
                       size_t length);

}  // namespace mesh::crypto
