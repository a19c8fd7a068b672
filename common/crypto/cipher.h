// AES-256-CBC with PKCS#7 padding: the bulk cipher "A256CBC" of DARE envelopes
// (dare-08 §3.4). It hides and does not authenticate; the envelope's digest and
// signature do that. Any thread; allocates the result only.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace mesh::crypto {

inline constexpr size_t kCbcKeyBytes = 32;
inline constexpr size_t kCbcIvBytes = 16;

// Always 1 to 16 octets longer than `plaintext`. A key or IV of another length is
// our own mistake and ends the process.
std::string CbcEncrypt(std::string_view key, std::string_view iv, std::string_view plaintext);

// kInvalidArgument when `ciphertext` is not whole blocks or its padding is wrong.
Result<std::string> CbcDecrypt(std::string_view key, std::string_view iv,
                               std::string_view ciphertext);

}  // namespace mesh::crypto
