// Base64url of 24 octets at a time, where the processor can (AVX2). Internal to base64url.cc,
// which does the rest.

#pragma once

#include <cstddef>
#include <cstdint>

namespace mesh {

// Octets of one step, and how many of them are left at most.
inline constexpr size_t kLanesOctets = 24;
inline constexpr size_t kLanesRest = 27;

// Encodes from the front of `in`, of `size` octets, to `out`. Returns how many octets were
// encoded: a multiple of 24, leaving four to 27 of more than that; 0 where the processor cannot.
size_t EncodeLanes(const uint8_t* in, size_t size, char* out);

// Decodes characters from the front of `in` to `out`, which has `room` octets that may all be
// written. Returns how many were decoded: a multiple of 32, to three quarters as many octets.
// Stops before 32 characters of which one is none of the 64.
size_t DecodeLanes(const uint8_t* in, size_t size, uint8_t* out, size_t room);

}  // namespace mesh
