// HMAC (RFC 2104), and its one use in UDFs. Any thread; cannot fail.

#pragma once

#include <array>
#include <string_view>

#include "common/crypto/digest.h"

namespace mesh::crypto {

// Compare the result with ConstantTimeEquals, never with ==.
Digest512 HmacSha512(std::string_view key, std::string_view message);

// Two at once, each under its key; where the processor can, in less time than two.
std::array<Digest512, 2> HmacSha512Pair(const std::array<std::string_view, 2>& keys,
                                        const std::array<std::string_view, 2>& messages);

Digest256 HmacSha256(std::string_view key, std::string_view message);

}  // namespace mesh::crypto
