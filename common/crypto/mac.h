// HMAC (RFC 2104), and its one use in UDFs. Any thread; cannot fail.

#pragma once

#include <string_view>

#include "common/crypto/digest.h"

namespace mesh::crypto {

// Compare the result with ConstantTimeEquals, never with ==.
Digest512 HmacSha512(std::string_view key, std::string_view message);
Digest256 HmacSha256(std::string_view key, std::string_view message);

}  // namespace mesh::crypto
