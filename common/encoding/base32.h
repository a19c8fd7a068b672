// RFC 4648 base32 as UDFs are written: upper case, without padding, with a dash
// after every fourth character.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace mesh {

// As many characters as `bits` bits need, the last one filled from the octets that follow
// and, where there are none, with zero bits. All octets when there are fewer.
std::string Base32EncodeGrouped(std::string_view octets, size_t bits);
std::string Base32EncodeGrouped(std::string_view octets);

// The whole octets in `text`. Dashes are ignored wherever they stand, case as well, and so are
// last bits that fill no octet; kInvalidArgument, with the position, for any other character.
Result<std::string> Base32Decode(std::string_view text);

}  // namespace mesh
