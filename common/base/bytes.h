// Spans of octets. Bytes from outside are always handled as a view with a
// length; ownership stays with whoever holds the std::string behind it.
//
// An owned run of octets is a std::string: RocksDB, gRPC, OpenSSL's output and
// JSON all meet there without a copy.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace mesh {

// The octets of `text`; same storage, same lifetime.
inline const uint8_t* Octets(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}
inline uint8_t* Octets(std::string& text) { return reinterpret_cast<uint8_t*>(text.data()); }

// Whether `a` equals `b`, in time that depends only on their lengths. For secrets.
bool ConstantTimeEquals(std::string_view a, std::string_view b);

// Overwrites `secret` with zeros in a way the compiler may not remove, then empties it.
void Wipe(std::string& secret);

// Appends `value` in network order. Fixed width: keys compare as numbers do.
void AppendBigEndian16(std::string& out, uint16_t value);
void AppendBigEndian32(std::string& out, uint32_t value);
void AppendBigEndian64(std::string& out, uint64_t value);

// Reads a number in network order from the front of `in`, which must hold it.
uint16_t ReadBigEndian16(std::string_view in);
uint32_t ReadBigEndian32(std::string_view in);
uint64_t ReadBigEndian64(std::string_view in);

// Lower-case hexadecimal, for people and tests.
std::string ToHex(std::string_view octets);

}  // namespace mesh
