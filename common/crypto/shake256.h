// SHAKE256: the hash inside Ed448. Internal to common/crypto.

#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace mesh::crypto {

// `length` octets of SHAKE256 over the pieces, joined. Any thread.
std::string Shake256(std::initializer_list<std::string_view> pieces, size_t length);

}  // namespace mesh::crypto
