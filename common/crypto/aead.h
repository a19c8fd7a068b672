// AES-256-GCM, one message at a time. Any thread; allocates the result only.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace mesh::crypto {

inline constexpr size_t kAeadKeyBytes = 32;
inline constexpr size_t kAeadNonceBytes = 12;
inline constexpr size_t kAeadTagBytes = 16;

// The ciphertext, then its tag. A key or nonce of another length is our own
// mistake and ends the process. The caller never repeats a nonce under one key.
std::string AeadSeal(std::string_view key, std::string_view nonce, std::string_view associated_data,
                     std::string_view plaintext);
// The same, where the plaintext is: that of a reply is not copied.
void AeadSealInPlace(std::string_view key, std::string_view nonce, std::string_view associated_data,
                     std::string* text);

// The plaintext, or kInvalidArgument for a sealed text that is short, altered, or
// of another key, nonce or associated data; which of these is not told.
Result<std::string> AeadOpen(std::string_view key, std::string_view nonce,
                             std::string_view associated_data, std::string_view sealed);
// The same, where the sealed text is; empty after a failure.
Status AeadOpenInPlace(std::string_view key, std::string_view nonce,
                       std::string_view associated_data, std::string* text);

}  // namespace mesh::crypto
