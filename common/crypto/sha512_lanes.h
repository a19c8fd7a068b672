// SHA-512 of four messages at once, where the processor can: a round of four costs little more
// than a round of one with AVX-512, and twice as much with AVX2. Internal to this folder; see
// HmacSha512Pair.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace mesh::crypto {

inline constexpr size_t kSha512Lanes = 4;
inline constexpr size_t kSha512BlockBytes = 128;

// Whether this processor has what it takes. Constant over the process.
bool HasSha512Lanes();

// The lanes' states, word by word, and a block of each one's message, lane by lane: numbers. They
// hold what is hashed: the caller wipes them.
struct alignas(32) Sha512LaneStates {
  std::array<std::array<uint64_t, kSha512Lanes>, 8> words;
};
using Sha512Block = std::array<uint64_t, kSha512BlockBytes / 8>;
using Sha512LaneBlocks = std::array<Sha512Block, kSha512Lanes>;

// How each message begins.
Sha512LaneStates Sha512LanesStart();

// Takes one block of each message. Only where HasSha512Lanes().
void Sha512LanesCompress(Sha512LaneStates& states, const Sha512LaneBlocks& blocks);

}  // namespace mesh::crypto
