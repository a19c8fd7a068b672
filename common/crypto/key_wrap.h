// AES key wrap (RFC 3394) under a 256-bit key: how an envelope's master secret
// travels to a recipient. Any thread.

#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"

namespace mesh::crypto {

inline constexpr size_t kWrappingKeyBytes = 32;

// Eight octets longer than `key`, which must be a multiple of 8 octets and at
// least 16; anything else is our own mistake and ends the process.
std::string WrapKey(std::string_view wrapping_key, std::string_view key);

// The key, or kInvalidArgument when `wrapped` has an impossible length or was not
// wrapped under `wrapping_key`.
Result<std::string> UnwrapKey(std::string_view wrapping_key, std::string_view wrapped);

}  // namespace mesh::crypto
